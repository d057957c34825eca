//! Who is who in a story: `alice` is an operator's client, `g1` a guest's, `desk` is us.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::LazyLock;
use std::time::Duration;

use frontdesk::desk::ids::{Nick, QueueName, RoomJid};
use frontdesk::desk::routing::rules::Rules;
use frontdesk::desk::settings::{OperatorSettings, QueueSettings, Settings, StrategyName};
use jid::{BareJid, FullJid};

pub const OPERATORS: [&str; 7] = ["alice", "bob", "carol", "dave", "erin", "frank", "boss"];

static ME: LazyLock<FullJid> = LazyLock::new(|| FullJid::from_str("support@chat.example/frontdesk").unwrap());

pub fn account() -> BareJid {
    ME.to_bare()
}

pub fn me() -> FullJid {
    ME.clone()
}

pub fn room(name: &str) -> RoomJid {
    let full = if name.contains('@') { name.to_owned() } else { format!("{name}@rooms.chat.example") };
    RoomJid::from_str(&full).unwrap()
}

/// `alice`, `alice/phone`, `g1`, `g1/again`, or a whole JID.
pub fn person(name: &str) -> FullJid {
    let (name, resource) = name.split_once('/').unwrap_or((name, "pc"));
    let bare = if name.contains('@') {
        name.to_owned()
    } else if OPERATORS.contains(&name) {
        format!("{name}@chat.example")
    } else {
        format!("{name}@guest.example")
    };
    FullJid::from_str(&format!("{bare}/{resource}")).unwrap()
}

pub fn operator(name: &str, chats_max: u32) -> OperatorSettings {
    let mut letters = name.chars();
    let first = letters.next().unwrap().to_uppercase();
    OperatorSettings {
        jid: person(name).to_bare(),
        name: format!("{first}{}", letters.as_str()).into(),
        queues: vec![QueueName::from("support")],
        chats_max,
        tier: 1,
        skills: BTreeSet::new(),
        languages: Vec::new(),
        supervisor_only: false,
    }
}

pub fn queue(name: &str) -> QueueSettings {
    QueueSettings {
        name: QueueName::from(name),
        strategy: StrategyName::RoundRobin,
        offer: Duration::from_secs(20),
        first_reply: Duration::from_secs(120),
        tier: Duration::from_secs(60),
        wrap_up: Duration::ZERO,
        prefer_last_operator: false,
        supervisors: Vec::new(),
        hours: None,
        holidays: BTreeSet::new(),
        skills: BTreeSet::new(),
        chat_weight: 1,
        priority: 0,
        escalate: Duration::from_secs(180),
        message: Duration::from_secs(300),
        missed_offers_max: 3,
        overflow: None,
    }
}

pub fn settings(operators: Vec<OperatorSettings>) -> Settings {
    Settings {
        account: account(),
        nick: Nick::from("Support".to_owned()),
        services: vec!["rooms.chat.example".to_owned()],
        guests: vec!["guest.example".to_owned()],
        guest_grace: Duration::from_secs(45),
        operator_grace: Duration::from_secs(30),
        hide_operators: true,
        chats_open_max: 500,
        alias: true,
        alias_idle: Duration::from_secs(900),
        shared_accounts: Vec::new(),
        zone: chrono_tz::Europe::Berlin,
        queues: vec![queue("support")],
        operators,
        rules: Rules::default(),
        token: None,
        crms: Vec::new(),
    }
}
