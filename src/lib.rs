//! frontdesk: a help desk over XMPP group chat. This page is the map.
//!
//! **Decide, carry, speak.** [`desk`] is a plain, deterministic state machine: one event and the time in, a list of
//! actions out. Everything else carries events to it and performs what it asks.
//!
//! ```text
//! server ─ stanza ─► xmpp/inbound ─ event ─►┐                    ┌─► store          (remember: one commit a turn)
//! clock  ─ deadline ───────────────────────►│ daemon ─► desk ───►│─► xmpp/outbound ─ stanza ─► server    (speak)
//! faq, crm ─ answer ───────────────────────►┘   (events in,      └─► faq, crm       (ask)
//!                                                actions out)
//! ```
//!
//! | where | what it does | start reading at |
//! | --- | --- | --- |
//! | [`desk`] | DECIDES who serves whom, what is said, what is remembered | `desk/mod.rs`, then `desk/chat/` |
//! | [`daemon`] | CARRIES: the only loop; remember, then speak | `daemon.rs` |
//! | [`xmpp`] | SPEAKS XMPP; the only place that knows stanzas | `xmpp/link.rs` |
//! | [`store`] | REMEMBERS; the only place that knows SQL | `store/mod.rs` |
//! | [`faq`] | ANSWERS `?? words` from Markdown files | `faq/mod.rs` |
//! | [`crm`] | LOOKS UP what is known about a guest, over HTTP, in CSV or SQLite | `crm/mod.rs` |
//! | [`web`] | SPEAKS HTTP: the guest's window, its way to the XMPP server, the operators' pages | `web/mod.rs` |
//! | [`logs`] | copies the record into files, where `[store] log_dir` wants them | `logs.rs`, `daemon/logs.rs` |
//! | [`transcript`] | shows a stored chat as text, JSON, HTML, CSV | `transcript/mod.rs` |
//! | [`config`], [`secret`] | TOML to a checked configuration; passwords that never show | `config/mod.rs` |
//! | [`simulate`] | TRIES OUT: the same desk on a simulated day, or on stored ones | `simulate/mod.rs`, `simulate/world.rs` |
//! | [`cli`], [`check`], [`exit`] | what can be typed at the shell, and how it ends | `cli.rs` |
//! | [`addresses`], [`roots`] | which addresses are out in the world; whom we believe in TLS | `addresses.rs` |
//! | [`clock`] | the only file that asks what time it is and draws random bytes | `clock.rs` |
//! | [`faults`] | spots where tests make faults strike; nothing in the binary that people get | `faults.rs` |
//!
//! The way of an invitation: it enters at `xmpp/inbound/`, is stamped and carried by `daemon.rs`, becomes a chat in
//! `desk/inviting.rs` (or in `desk/alias.rs`, where somebody simply wrote to us), goes its way in `desk/chat/`, is
//! remembered by `store/`, and leaves through `xmpp/outbound`.
//!
//! What is deliberately absent: a lock to look in, a clock or `async` in the desk, an adapter that knows another, a
//! timer that is stored or cancelled (deadlines are derived), a trait made for a mock. `tests/architecture.rs` holds
//! the house to it.

#[macro_use]
pub mod faults;

/// Half of what an event costs is small pieces of memory that come and go; this one hands them out faster. In the library, so
/// that what is measured is what runs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod addresses;
pub mod check;
pub mod cli;
pub mod clock;
pub mod config;
pub mod crm;
pub mod daemon;
pub mod desk;
pub mod exit;
pub mod faq;
pub mod logs;
pub mod roots;
pub mod secret;
pub mod simulate;
pub mod store;
pub mod transcript;
pub mod web;
pub mod xmpp;
