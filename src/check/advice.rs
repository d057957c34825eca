//! What to change at the server, in its own words.

use crate::xmpp::Entity;

/// The software that our server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Software {
    Prosody,
    Ejabberd,
    Other,
}

impl Software {
    /// Told by the name that a server gives itself.
    pub(super) fn called(name: &str) -> Self {
        let name = name.to_lowercase();
        if name.contains("prosody") {
            Self::Prosody
        } else if name.contains("ejabberd") {
            Self::Ejabberd
        } else {
            Self::Other
        }
    }

    /// Told by what a server says of itself.
    pub(super) fn of(server: &Entity) -> Self {
        Self::called(&server.name)
    }

    /// The setting of this software; of both that we know, where it is another.
    fn setting(self, prosody: &str, ejabberd: &str) -> String {
        match self {
            Self::Prosody => format!("in Prosody {prosody}"),
            Self::Ejabberd => format!("in ejabberd {ejabberd}"),
            Self::Other => format!("in Prosody {prosody}; in ejabberd {ejabberd}"),
        }
    }

    /// How to have sessions resumed.
    pub(super) fn resumption(self) -> String {
        self.setting("add \"smacks\" to `modules_enabled`", "add `mod_stream_mgmt` to `modules`")
    }

    /// How to have a MUC service.
    pub(super) fn service(self, service: &str) -> String {
        let prosody = format!("write `Component \"{service}\" \"muc\"`");
        self.setting(&prosody, &format!("write `host: {service}` under `mod_muc`"))
    }

    /// How to have a WebSocket there.
    pub(super) fn websocket(self, upstream: &str) -> String {
        let prosody =
            "add \"websocket\" to `modules_enabled`, with `http_ports` (for `wss://`: `https_ports`) as in the address";
        let ejabberd = "listen there with `module: ejabberd_http` and \
                        `request_handlers: {/xmpp-websocket: ejabberd_http_ws}`, with `tls: true` for `wss://`";
        let tls = if upstream.starts_with("wss:") { "; a private CA is named in `xmpp.ca_file`" } else { "" };
        format!("{}{tls}", self.setting(prosody, ejabberd))
    }

    /// How to let the desk carry guests over a WebSocket without TLS.
    pub(super) fn safe_websocket(self) -> String {
        let prosody = "write `consider_websocket_secure = true`, for the way there is this machine's own";
        self.setting(prosody, "let the listener be on loopback")
    }

    /// How to let guests in without an account.
    pub(super) fn guests(self, domain: &str) -> String {
        let prosody = format!("write `VirtualHost \"{domain}\"` with `authentication = \"anonymous\"`");
        let ejabberd = format!(
            "add {domain} to `hosts`, and write `auth_method: anonymous` and `anonymous_protocol: sasl_anon` under it in `host_config`"
        );
        self.setting(&prosody, &ejabberd)
    }

    /// How to let people make rooms.
    pub(super) fn creation(self) -> String {
        let prosody = "write `restrict_room_creation = false` under the MUC component";
        self.setting(prosody, "let `access_create` of `mod_muc` allow them")
    }

    /// How to make the desk's account an admin of the service.
    pub(super) fn admin(self, account: &str, service: &str) -> String {
        let prosody = format!(
            "write `admins = {{ \"{account}\" }}` under `Component \"{service}\" \"muc\"` (from Prosody 13 on also \
             `component_admins_as_room_owners = true`)"
        );
        self.setting(&prosody, &format!("let `access_admin` of `mod_muc` allow {account}"))
    }

    /// How to let rooms be persistent.
    pub(super) fn persistence(self) -> String {
        let prosody = "remove `muc_room_allow_persistent = false`";
        self.setting(prosody, "let `access_persistent` of `mod_muc` allow it")
    }

    /// How to give the desk's account an archive that keeps all.
    pub(super) fn own_archive(self) -> String {
        let ejabberd = "add `mod_mam`, and where its `default` is not `always`, set the account's preference to `always` once \
                        from any client (XEP-0441)";
        self.setting("add \"mam\" to `modules_enabled`, with `default_archive_policy = true`", ejabberd)
    }

    /// How to give each room an archive.
    pub(super) fn archive(self) -> String {
        let prosody =
            "write `modules_enabled = { \"muc_mam\" }` and `muc_log_by_default = true` under the MUC component";
        self.setting(prosody, "add `mod_mam`, and write `default_room_options: {mam: true}` under `mod_muc`")
    }
}
