//! Which keys the contract has, each with an example to show when something is wrong with it.

/// A key of the contract.
#[derive(Debug)]
pub(super) struct Key {
    /// The table it lives in.
    pub table: &'static str,
    /// Its name.
    pub name: &'static str,
    /// How a line with it looks.
    pub example: &'static str,
}

/// The contract's tables, and whether they are arrays of tables (`[[…]]`).
pub(super) const TABLES: &[(&str, bool)] = &[
    ("xmpp", false),
    ("rooms", false),
    ("store", false),
    ("faq", false),
    ("time", false),
    ("web", false),
    ("queue", true),
    ("operator", true),
    ("crm", true),
    ("rule", true),
    ("token", false),
];

const KEYS: &[Key] = &[
    key("xmpp", "jid", r#"jid = "support@example.org""#),
    key("xmpp", "password_file", r#"password_file = "secret""#),
    key("xmpp", "server", r#"server = "127.0.0.1:5222""#),
    key("xmpp", "tls", r#"tls = "required""#),
    key("xmpp", "ca_file", r#"ca_file = "ca.pem""#),
    key("xmpp", "nick", r#"nick = "Support""#),
    key("rooms", "services", r#"services = ["rooms.example.org"]"#),
    key("rooms", "guests", r#"guests = ["guest.example.org"]"#),
    key("rooms", "guest_grace_seconds", "guest_grace_seconds = 45"),
    key("rooms", "operator_grace_seconds", "operator_grace_seconds = 30"),
    key("rooms", "hide_operators", "hide_operators = true"),
    key("rooms", "chats_open_max", "chats_open_max = 500"),
    key("rooms", "alias", "alias = true"),
    key("rooms", "alias_idle_seconds", "alias_idle_seconds = 900"),
    key("rooms", "shared_accounts", r#"shared_accounts = ["web@guest.example.org"]"#),
    key("store", "url", r#"url = "sqlite:frontdesk.db""#),
    key("store", "retention_days", "retention_days = 180"),
    key("store", "log_dir", r#"log_dir = "logs""#),
    key("faq", "dir", r#"dir = "faq""#),
    key("faq", "answer_from_percent", "answer_from_percent = 50"),
    key("faq", "suggest_from_percent", "suggest_from_percent = 15"),
    key("time", "zone", r#"zone = "Europe/Berlin""#),
    key("web", "listen", r#"listen = "127.0.0.1:8080""#),
    key("web", "address", r#"address = "https://help.example.org""#),
    key("web", "sites", r#"sites = ["https://www.example.org"]"#),
    key("web", "upstream", r#"upstream = "ws://127.0.0.1:5280/xmpp-websocket""#),
    key("web", "trusted_proxies", r#"trusted_proxies = ["127.0.0.1"]"#),
    key("web", "title", r#"title = "Support""#),
    key("web", "colour", r##"colour = "#1f6feb""##),
    key("web", "form", r#"form = ["name", "question*"]"#),
    key("web", "form_closed", r#"form_closed = ["name", "email*", "question*"]"#),
    key("web", "departments", r#"departments = ["Sales", "Technical"]"#),
    key("web", "operator_listen", r#"operator_listen = "127.0.0.1:8081""#),
    key("web", "operator_address", r#"operator_address = "https://operators.example.org""#),
    key("web", "operator_dir", r#"operator_dir = "converse""#),
    key("queue", "name", r#"name = "support""#),
    key("queue", "strategy", r#"strategy = "round-robin""#),
    key("queue", "offer_seconds", "offer_seconds = 20"),
    key("queue", "first_reply_seconds", "first_reply_seconds = 120"),
    key("queue", "tier_seconds", "tier_seconds = 60"),
    key("queue", "wrap_up_seconds", "wrap_up_seconds = 0"),
    key("queue", "prefer_last_operator", "prefer_last_operator = true"),
    key("queue", "supervisors", r#"supervisors = ["boss@example.org"]"#),
    key("queue", "hours", r#"hours = "Mo-Fr 09:00-17:00""#),
    key("queue", "holidays", r#"holidays = ["2026-12-25"]"#),
    key("queue", "skills", r#"skills = ["billing"]"#),
    key("queue", "chat_weight", "chat_weight = 1"),
    key("queue", "priority", "priority = 0"),
    key("queue", "escalate_seconds", "escalate_seconds = 180"),
    key("queue", "message_seconds", "message_seconds = 300"),
    key("queue", "missed_offers_max", "missed_offers_max = 3"),
    key("queue", "overflow_to", r#"overflow_to = "other""#),
    key("queue", "overflow_seconds", "overflow_seconds = 120"),
    key("queue", "overflow_chats", "overflow_chats = 5"),
    key("operator", "jid", r#"jid = "alice@example.org""#),
    key("operator", "name", r#"name = "Alice""#),
    key("operator", "queues", r#"queues = ["support"]"#),
    key("operator", "chats_max", "chats_max = 3"),
    key("operator", "tier", "tier = 1"),
    key("operator", "skills", r#"skills = ["billing"]"#),
    key("operator", "languages", r#"languages = ["de", "en"]"#),
    key("rule", "when", r#"when = 'has(guest.crm.licence) && guest.crm.licence == "enterprise"'"#),
    key("rule", "queue", r#"queue = "senior""#),
    key("rule", "priority", "priority = 10"),
    key("rule", "skills", r#"skills = ["billing"]"#),
    key("rule", "operator", r#"operator = "Alice""#),
    key("rule", "tags", r#"tags = ["vip"]"#),
    key("rule", "refuse", r#"refuse = "Please write to sales@example.org.""#),
    key("token", "algorithm", r#"algorithm = "HS256""#),
    key("token", "key_file", r#"key_file = "token.key""#),
    key("token", "audience", r#"audience = "support@example.org""#),
    key("token", "lifetime_max_seconds", "lifetime_max_seconds = 900"),
    key("crm", "name", r#"name = "customers""#),
    key("crm", "url", r#"url = "https://crm.example.org/customers/{guest.id}""#),
    key("crm", "csv", r#"csv = "customers.csv""#),
    key("crm", "key", r#"key = "customer""#),
    key("crm", "sqlite", r#"sqlite = "customers.db""#),
    key("crm", "query", r#"query = "SELECT licence FROM customer WHERE number = ?1""#),
    key("crm", "by", r#"by = "guest.id""#),
    key("crm", "allow_said", "allow_said = true"),
    key("crm", "timeout_seconds", "timeout_seconds = 3"),
    key("crm", "fields", r#"fields = ["licence", "name"]"#),
    key("crm", "token_file", r#"token_file = "crm-token""#),
    key("crm", "ca_file", r#"ca_file = "ca.pem""#),
    key("crm", "allow", r#"allow = ["crm.internal.example"]"#),
];

const fn key(table: &'static str, name: &'static str, example: &'static str) -> Key {
    Key { table, name, example }
}

/// The key of that name in that table.
pub(super) fn find(table: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.table == table && key.name == name)
}

/// How a line with this key looks.
pub(super) fn example(table: &str, name: &str) -> &'static str {
    find(table, name).map(|key| key.example).unwrap_or_default()
}

/// The keys of this version, as (table, name); the README's table of keys is held against it.
pub fn documented_keys() -> impl Iterator<Item = (&'static str, &'static str)> {
    KEYS.iter().map(|key| (key.table, key.name))
}

/// How a table's header is written.
pub(super) fn header(table: &str) -> String {
    match TABLES.iter().find(|(name, _)| *name == table) {
        Some((_, true)) => format!("[[{table}]]"),
        _ => format!("[{table}]"),
    }
}

/// What somebody may have meant who wrote `name` in `table`.
pub(super) fn advice_for_unknown_key(table: &str, name: &str) -> String {
    let here = || KEYS.iter().filter(|key| key.table == table).map(|key| key.name);
    if let Some(meant) = nearest(name, here()) {
        return format!("did you mean `{meant}`? {} knows {}", header(table), listed(here()));
    }
    let elsewhere = KEYS.iter().filter(|key| key.name == name).map(|key| header(key.table));
    let elsewhere: Vec<String> = elsewhere.collect();
    if !elsewhere.is_empty() {
        return format!("write it under {}; {} knows {}", elsewhere.join(" or "), header(table), listed(here()));
    }
    format!("remove it; {} knows {}", header(table), listed(here()))
}

/// What somebody may have meant who wrote `name` where tables are expected.
pub(super) fn advice_for_unknown_table(name: &str) -> String {
    let known = TABLES.iter();
    let headers = listed(known.clone().map(|(table, _)| header(table)));
    if let Some(meant) = nearest(name, known.map(|(table, _)| *table)) {
        return format!("did you mean `{}`? There are {headers}", header(meant));
    }
    let under: Vec<String> = KEYS.iter().filter(|key| key.name == name).map(|key| header(key.table)).collect();
    if under.is_empty() {
        format!("remove it; there are {headers}")
    } else {
        format!("write it under {}", under.join(" or "))
    }
}

/// The candidate that `word` is probably a misspelling of.
pub(super) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .map(|candidate| (strsim::jaro_winkler(&word, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// "`a`, `b`, `c`".
pub(super) fn listed<S: AsRef<str>>(names: impl Iterator<Item = S>) -> String {
    names.map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ")
}
