//! How ejabberd is set up and started: without a node name, so that several run side by side.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use super::certificates;
use super::process::bound_to_us;
use super::server::{CHAT, DESK, GUESTS, ROOMS, Site};

/// Writes the configuration.
pub fn set_up(site: &Site) {
    std::fs::write(site.home.join("ejabberd.yml"), configuration(site)).unwrap();
}

/// How it is started.
pub fn command(site: &Site) -> Command {
    let spool = format!("{:?}", site.home.join("spool").display().to_string());
    let mut command = bound_to_us("erl", site.user());
    command
        .args(["+K", "true", "+S", "2:2", "-noinput", "-mnesia", "dir", &spool, "-s", "ejabberd"])
        .env("EJABBERD_CONFIG_PATH", site.home.join("ejabberd.yml"))
        .env("EJABBERD_LOG_PATH", site.home.join("ejabberd.log"))
        .env("HOME", &site.home)
        .env("ERL_LIBS", library_folder());
    command
}

/// What its log says, in any order, when it is up.
pub fn signs_of_life(site: &Site) -> Vec<String> {
    let mut ports = vec![site.client.number(), site.http.number()];
    if site.setup.tls {
        ports.push(site.direct_tls.number());
    }
    ports.into_iter().map(|port| format!("connections at 127.0.0.1:{port} for")).collect()
}

/// Makes the accounts.
pub fn register(site: &Site, passwords: &BTreeMap<String, String>) {
    for (user, password) in passwords {
        let body = serde_json::json!({ "user": user, "host": CHAT, "password": password }).to_string();
        post(site, "/api/register", &body);
    }
}

/// Stops and starts the module: its rooms end, and those that are persistent begin anew, empty.
pub fn restart_group_chat(site: &Site) {
    post(site, "/api/restart_module", &serde_json::json!({ "host": CHAT, "module": "mod_muc" }).to_string());
}

/// Debian keeps Erlang's libraries in the folder of its architecture.
fn library_folder() -> String {
    let entries = std::fs::read_dir("/usr/lib").unwrap().flatten().map(|entry| entry.path());
    let holds_ejabberd = |folder: &std::path::PathBuf| {
        std::fs::read_dir(folder)
            .is_ok_and(|names| names.flatten().any(|name| name.file_name().to_string_lossy().starts_with("ejabberd-")))
    };
    let folder = entries.into_iter().find(holds_ejabberd).expect("ejabberd is installed (scripts/test installs it)");
    folder.display().to_string()
}

fn post(site: &Site, path: &str, body: &str) {
    let mut stream = TcpStream::connect(site.http.address()).unwrap();
    let request = format!(
        "POST {path} HTTP/1.0\r\nHost: {CHAT}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.lines().next().is_some_and(|line| line.contains(" 200 ")), "ejabberd refused {path}: {answer}");
}

/// Everything is in SQL: Mnesia's files on disk are written minutes later, and a crash would lose accounts and rooms.
/// COMPAT: each host has a file of its own. ejabberd opens it once for each host, and when the other one is just writing
/// ("database is locked") it delivers a line without archiving it.
fn configuration(site: &Site) -> String {
    let home = site.home.display();
    let http = site.http.number();
    let listeners = listeners(site);
    let certificates =
        if site.setup.tls { format!("certfiles: [{home}/{}]", certificates::BOTH) } else { String::new() };
    let stream_management = if site.setup.stream_management {
        "mod_stream_mgmt: {resend_on_timeout: if_offline, resume_timeout: 300}"
    } else {
        ""
    };
    let admin = if site.setup.desk_is_admin { DESK } else { "nobody@chat.example" };
    let archive = site.setup.archive;
    let (listed, persistent) = (site.setup.rooms_listed, site.setup.rooms_persistent);
    let throttle = if site.setup.rooms_throttled { "min_message_interval: 2" } else { "" };
    let creators = if site.setup.rooms_by_admins_only { "desk" } else { "all" };
    format!(
        r#"hosts: [{CHAT}, {GUESTS}]
listen:
{listeners}
  - port: {http}
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers: {{/xmpp-websocket: ejabberd_http_ws, /bosh: mod_bosh, /api: mod_http_api}}
api_permissions: {{loopback: {{who: {{ip: 127.0.0.1/8}}, what: "*"}}}}
{certificates}
oom_killer: false   # of rooms whose archive is slower than their talk, it would kill hundreds
sql_type: sqlite
sql_database: {home}/ejabberd.sqlite
default_db: sql
auth_method: sql
auth_password_format: scram
host_config: {{{GUESTS}: {{auth_method: [anonymous], anonymous_protocol: sasl_anon, allow_multiple_connections: true, sql_database: {home}/guests.sqlite}}}}
acl: {{local: {{user_regexp: ""}}, desk: {{user: [{admin}]}}}}
access_rules: {{c2s: {{allow: all}}, muc_admin: {{allow: desk}}, muc_create: {{allow: {creators}}}}}
modules:
  mod_adhoc: {{}}
  mod_admin_extra: {{}}
  mod_bosh: {{}}
  mod_caps: {{}}
  mod_disco: {{}}
  mod_http_api: {{}}
  mod_mam: {{db_type: sql, default: never, request_activates_archiving: false}}
  mod_offline: {{}}
  mod_ping: {{}}
  mod_roster: {{versioning: true}}
  {stream_management}
append_host_config:
  {CHAT}:
    modules:
      mod_muc:
        host: {ROOMS}
        access: all
        access_admin: muc_admin
        access_create: muc_create
        access_persistent: muc_create
        access_mam: all
        max_user_conferences: 5000
        {throttle}
        default_room_options: {{mam: {archive}, persistent: {persistent}, public: {listed}}}
"#
    )
}

fn listeners(site: &Site) -> String {
    let common = r#"ip: "127.0.0.1", module: ejabberd_c2s, max_stanza_size: 262144, shaper: none, access: c2s"#;
    let (client, direct_tls) = (site.client.number(), site.direct_tls.number());
    if site.setup.tls {
        format!(
            "  - {{port: {direct_tls}, {common}, tls: true}}\n  - {{port: {client}, {common}, starttls: true, starttls_required: false}}"
        )
    } else {
        format!("  - {{port: {client}, {common}}}")
    }
}
