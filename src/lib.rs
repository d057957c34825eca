//! frontdesk: a help desk over XMPP group chat.

pub mod check;
pub mod cli;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod desk;
pub mod exit;
pub mod faq;
pub mod secret;
pub mod store;
pub mod transcript;
pub mod xmpp;
