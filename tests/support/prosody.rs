//! How Prosody is set up and started.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::certificates;
use super::process::bound_to_us;
use super::server::{CHAT, DESK, GUESTS, ROOMS, Site};

/// Writes the configuration and the accounts' files.
pub fn set_up(site: &Site, passwords: &BTreeMap<String, String>) {
    std::fs::write(site.home.join("prosody.cfg.lua"), configuration(site)).unwrap();
    std::fs::create_dir_all(site.home.join("modules")).unwrap();
    std::fs::write(site.home.join("modules").join("mod_throttle.lua"), include_str!("throttle.lua")).unwrap();
    let accounts = site.home.join("data").join("chat%2eexample").join("accounts");
    std::fs::create_dir_all(&accounts).unwrap();
    for (name, password) in passwords {
        write_account(&accounts, name, password);
    }
}

/// How it is started.
pub fn command(site: &Site) -> Command {
    let mut command = bound_to_us("prosody", site.user());
    command.arg("-F").arg("--config").arg(site.home.join("prosody.cfg.lua")).env("HOME", &site.home);
    command
}

/// What its log says, in any order, when it is up.
pub fn signs_of_life(site: &Site) -> Vec<String> {
    let mut signs = vec![format!("'c2s' on [127.0.0.1]:{}", site.client.number())];
    if site.setup.tls {
        signs.push(format!("'c2s_direct_tls' on [127.0.0.1]:{}", site.direct_tls.number()));
    }
    signs
}

/// Unloads and loads the module. It would keep its rooms' occupants if they were not taken from it before, as they are from a
/// service that crashes.
pub fn restart_group_chat(site: &Site) {
    let forget = format!(
        "> local muc, all = prosody.hosts['{ROOMS}'].modules.muc, {{}}; \
         for room in muc.each_room(true) do all[#all + 1] = room end; \
         for _, room in ipairs(all) do \
           if room:get_persistent() then room:save(true) else muc.delete_room(room) end; \
           muc.forget_room(room) \
         end; \
         return 'forgotten'"
    );
    let answer = console(site, &forget);
    assert!(answer.contains("forgotten"), "{answer}");
    // It takes what depends on it along.
    let archive = site.setup.archive.then_some(("load", "muc_mam"));
    for (command, module) in [("unload", "muc"), ("load", "muc")].into_iter().chain(archive) {
        let answer = console(site, &format!("module:{command}('{module}', '{ROOMS}')"));
        assert!(answer.contains("OK:"), "{command}: {answer}");
    }
}

/// What the console answers to a command.
fn console(site: &Site, command: &str) -> String {
    let mut stream = TcpStream::connect(site.console.address()).expect("Prosody's console");
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(format!("{command}\n").as_bytes()).unwrap();
    let mut answer = String::new();
    let mut lines = BufReader::new(stream);
    while !["OK:", "Result:", "Error", "! "].iter().any(|end| answer.lines().any(|line| line.contains(end))) {
        let length = lines.read_line(&mut answer).unwrap_or_else(|error| panic!("{error} after {answer}"));
        assert!(length > 0, "the console hung up: {answer}");
    }
    answer
}

/// A password in plain text is what Prosody hashes at the first login.
fn write_account(folder: &Path, name: &str, password: &str) {
    let file = folder.join(format!("{name}.dat"));
    std::fs::write(file, format!("return {{ [\"password\"] = \"{password}\" }};\n")).unwrap();
}

fn configuration(site: &Site) -> String {
    let home = site.home.display();
    let (client, direct_tls, http) = (site.client.number(), site.direct_tls.number(), site.http.number());
    let console = site.console.number();
    let (restricted, listed) = (site.setup.rooms_by_admins_only, site.setup.rooms_listed);
    let persistent = site.setup.rooms_persistent;
    let smacks = if site.setup.stream_management { "\"smacks\"," } else { "" };
    let archive = if site.setup.archive { "muc_log_by_default = true" } else { "" };
    let modules = [(site.setup.archive, "\"muc_mam\""), (site.setup.rooms_throttled, "\"throttle\"")];
    let modules: Vec<&str> = modules.into_iter().filter_map(|(wanted, module)| wanted.then_some(module)).collect();
    let modules = modules.join(", ");
    let admins = if site.setup.desk_is_admin { format!("admins = {{ \"{DESK}\" }}") } else { String::new() };
    let tls = if site.setup.tls { tls(site, direct_tls) } else { "modules_disabled = { \"tls\", \"s2s\" }".into() };
    format!(
        r#"pidfile = "{home}/prosody.pid"
data_path = "{home}/data"
plugin_paths = {{ "{home}/modules" }}
daemonize = false
log = {{ {{ levels = {{ min = "info" }}, to = "console" }} }}
interfaces = {{ "127.0.0.1" }}
local_interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {client} }}
s2s_ports = {{}}
http_ports = {{ {http} }}
https_ports = {{}}
console_ports = {{ {console} }}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
consider_bosh_secure = true
consider_websocket_secure = true
{tls}
network_settings = {{ nagle = false }}
gc = {{ mode = "generational" }}   -- otherwise half of the time goes into collecting garbage when many are there
modules_enabled = {{
  {smacks} "roster", "saslauth", "tls", "disco", "ping", "presence", "message", "iq", "mam", "bosh", "websocket",
  "posix", "time", "carbons", "pep", "blocklist", "admin_telnet"
}}
authentication = "internal_hashed"
storage = "internal"
storage_archive_item_limit = 1000000   -- an archive that is full is written anew with each message, for seconds
VirtualHost "{CHAT}"
VirtualHost "{GUESTS}"
  authentication = "anonymous"
  modules_disabled = {{ "mam" }}
Component "{ROOMS}" "muc"
  modules_enabled = {{ {modules} }}
  {archive}
  {admins}
  muc_room_cache_size = 1000   -- of more than 100 rooms each would be read from the disk anew with each message
  restrict_room_creation = {restricted}
  muc_room_default_public = {listed}
  muc_room_default_persistent = {persistent}
"#
    )
}

fn tls(site: &Site, direct_tls: u16) -> String {
    let certificate = site.home.join(certificates::CERTIFICATE);
    let key = site.home.join(certificates::KEY);
    format!(
        "modules_disabled = {{ \"s2s\" }}\nc2s_direct_tls_ports = {{ {direct_tls} }}\nssl = {{ certificate = {certificate:?}, key = {key:?} }}"
    )
}
