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

    /// How to give each room an archive.
    pub(super) fn archive(self) -> String {
        let prosody =
            "write `modules_enabled = { \"muc_mam\" }` and `muc_log_by_default = true` under the MUC component";
        self.setting(prosody, "add `mod_mam`, and write `default_room_options: {mam: true}` under `mod_muc`")
    }
}
