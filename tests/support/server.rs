//! A throw-away XMPP server on loopback, with a data folder of its own, that is killed and started again at will.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rand::TryRng;
use rand::rngs::SysRng;

use super::process::{Process, run, we_are_root};
use super::witness::Witness;
use super::{certificates, ejabberd, prosody};

/// Where accounts live.
pub const CHAT: &str = "chat.example";
/// Where guests log in anonymously.
pub const GUESTS: &str = "guest.example";
/// Where rooms are.
pub const ROOMS: &str = "rooms.chat.example";
/// The desk's account.
pub const DESK: &str = "support@chat.example";
/// Everybody who has an account.
pub const ACCOUNTS: [&str; 5] = ["support", "alice", "bob", "carol", "dave"];

/// How long a server may take to be up. A busy machine with two cores needs some of it.
const START_SECONDS_MAX: u64 = 60;

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Prosody,
    Ejabberd,
}

/// What is set up differently from the usual.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    pub kind: Kind,
    /// The desk's account is an admin of the MUC service, so owner of every room.
    pub desk_is_admin: bool,
    /// Rooms keep an archive (XEP-0313).
    pub archive: bool,
    /// Clients may resume (XEP-0198).
    pub stream_management: bool,
    /// Rooms are listed, so that anybody can see which there are.
    pub rooms_listed: bool,
    /// Rooms are persistent unless their maker says otherwise.
    pub rooms_persistent: bool,
    /// Nobody makes rooms but admins of the MUC service.
    pub rooms_by_admins_only: bool,
    /// Rooms refuse what somebody says too fast.
    pub rooms_throttled: bool,
    /// It has certificates by a CA of its own, offers STARTTLS, and listens for direct TLS.
    pub tls: bool,
}

impl From<Kind> for Setup {
    fn from(kind: Kind) -> Self {
        Self::usual(kind)
    }
}

impl Setup {
    /// The recommended set-up, in plain text.
    pub fn usual(kind: Kind) -> Self {
        Self {
            kind,
            desk_is_admin: true,
            archive: true,
            stream_management: true,
            rooms_listed: false,
            rooms_persistent: false,
            rooms_by_admins_only: false,
            rooms_throttled: false,
            tls: false,
        }
    }

    /// The desk's account is an account like any other.
    pub fn desk_without_rights(self) -> Self {
        Self { desk_is_admin: false, ..self }
    }

    pub fn without_archive(self) -> Self {
        Self { archive: false, ..self }
    }

    pub fn without_stream_management(self) -> Self {
        Self { stream_management: false, ..self }
    }

    pub fn with_rooms_listed(self) -> Self {
        Self { rooms_listed: true, ..self }
    }

    pub fn with_rooms_persistent(self) -> Self {
        Self { rooms_persistent: true, ..self }
    }

    pub fn with_rooms_by_admins_only(self) -> Self {
        Self { rooms_by_admins_only: true, ..self }
    }

    pub fn with_rooms_throttled(self) -> Self {
        Self { rooms_throttled: true, ..self }
    }

    pub fn with_tls(self) -> Self {
        Self { tls: true, ..self }
    }
}

/// Where the server lives: what its configuration is made from.
#[derive(Debug)]
pub struct Site {
    pub setup: Setup,
    pub home: PathBuf,
    /// Clients in plain text, or by STARTTLS.
    pub client: Port,
    /// Clients by direct TLS.
    pub direct_tls: Port,
    /// BOSH, WebSocket, and ejabberd's API.
    pub http: Port,
    /// Prosody's console.
    pub console: Port,
}

/// A running server. It ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    // The order is the order of dropping: first the process, then its folder.
    process: Process,
    site: Site,
    passwords: BTreeMap<String, String>,
    witness: Witness,
    _home: tempfile::TempDir,
}

impl Server {
    /// The recommended set-up.
    pub fn usual(kind: Kind) -> Self {
        Self::start(Setup::usual(kind))
    }

    /// Starts it and makes the accounts.
    pub fn start(setup: Setup) -> Self {
        let home = tempfile::Builder::new().prefix("xmpp-server-").tempdir().unwrap();
        let site = Site {
            setup,
            home: home.path().into(),
            client: Port::reserve(),
            direct_tls: Port::reserve(),
            http: Port::reserve(),
            console: Port::reserve(),
        };
        if setup.tls {
            certificates::make(&site.home, &[CHAT, GUESTS, ROOMS]);
        }
        let passwords: BTreeMap<_, _> = ACCOUNTS.iter().map(|name| ((*name).to_owned(), random_word())).collect();
        match setup.kind {
            Kind::Prosody => prosody::set_up(&site, &passwords),
            Kind::Ejabberd => ejabberd::set_up(&site),
        }
        give_away(&site.home, site.user());
        let process = site.launch();
        if setup.kind == Kind::Ejabberd {
            ejabberd::register(&site, &passwords);
        }
        Self { process, site, passwords, witness: Witness::default(), _home: home }
    }

    /// Where clients connect in plain text, or by STARTTLS.
    pub fn address(&self) -> SocketAddr {
        self.site.client.address()
    }

    /// Where HTTP is spoken.
    pub fn http_address(&self) -> SocketAddr {
        self.site.http.address()
    }

    /// Where browsers connect.
    pub fn websocket(&self) -> String {
        format!("ws://{}/xmpp-websocket", self.site.http.address())
    }

    /// Where clients connect by direct TLS (with [`Setup::with_tls`]).
    pub fn direct_tls_address(&self) -> SocketAddr {
        self.site.direct_tls.address()
    }

    /// The private CA's certificate (with [`Setup::with_tls`]).
    pub fn ca_file(&self) -> PathBuf {
        self.site.home.join(certificates::CA)
    }

    /// The password of an account, by local part.
    pub fn password(&self, name: &str) -> &str {
        &self.passwords[name]
    }

    /// What clients need of it, for those that outlive this borrow.
    pub fn door(&self) -> Door {
        Door { address: self.address(), passwords: self.passwords.clone(), witness: self.witness.clone() }
    }

    /// Who knows what all clients of this server heard.
    pub fn witness(&self) -> &Witness {
        &self.witness
    }

    pub fn kind(&self) -> Kind {
        self.site.setup.kind
    }

    pub fn setup(&self) -> Setup {
        self.site.setup
    }

    /// The machine it runs on loses power.
    pub fn kill9(&mut self) {
        self.process.kill9();
    }

    /// Starts it again, on the same ports, with the same data.
    pub fn start_again(&mut self) {
        self.process.kill9();
        self.process = self.site.launch();
    }

    /// Its group-chat service is restarted, as by an admin; the streams live.
    pub fn restart_group_chat(&self) {
        match self.kind() {
            Kind::Prosody => prosody::restart_group_chat(&self.site),
            Kind::Ejabberd => ejabberd::restart_group_chat(&self.site),
        }
    }

    /// What it has printed.
    pub fn log(&mut self) -> String {
        self.process.log()
    }
}

/// What clients need of a server.
#[derive(Debug, Clone)]
pub struct Door {
    pub address: SocketAddr,
    pub passwords: BTreeMap<String, String>,
    pub witness: Witness,
}

impl Site {
    /// The user that the server runs as, where we have the choice.
    pub fn user(&self) -> Option<&'static str> {
        we_are_root().then_some(match self.setup.kind {
            Kind::Prosody => "prosody",
            Kind::Ejabberd => "ejabberd",
        })
    }

    /// Starts the process, and comes back when it answers.
    fn launch(&self) -> Process {
        let (name, mut command) = match self.setup.kind {
            Kind::Prosody => ("prosody", prosody::command(self)),
            Kind::Ejabberd => ("ejabberd", ejabberd::command(self)),
        };
        let mut process = Process::spawn(name, command.current_dir(&self.home));
        let mut signs = match self.setup.kind {
            Kind::Prosody => prosody::signs_of_life(self),
            Kind::Ejabberd => ejabberd::signs_of_life(self),
        };
        process.wait_for_line(Duration::from_secs(START_SECONDS_MAX), |_, line| {
            signs.retain(|sign| !line.contains(sign));
            signs.is_empty()
        });
        self.greet(CHAT);
        self.greet(GUESTS);
        process
    }

    /// Opens a stream and waits for the features.
    fn greet(&self, host: &str) {
        let mut stream = TcpStream::connect(self.client.address()).expect("the server accepts connections");
        stream.set_read_timeout(Some(Duration::from_secs(START_SECONDS_MAX))).unwrap();
        let opening = format!(
            "<stream:stream to='{host}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
        );
        stream.write_all(opening.as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        let mut answer = Vec::new();
        while !answer.ends_with(b"</stream:features>") {
            let length = reader.read_until(b'>', &mut answer).expect("an answer to our stream header");
            assert!(length > 0, "{host} closed the stream: {}", String::from_utf8_lossy(&answer));
        }
    }
}

/// A TCP port of loopback that nobody else uses while this lives, also when nobody listens on it just now. Other tests
/// keep away because the UDP port of the same number is ours; the system keeps away because it gives out higher ones.
#[derive(Debug)]
pub struct Port {
    number: u16,
    _claim: UdpSocket,
}

impl Port {
    const LOWEST: u16 = 12_000;
    const HOW_MANY: u16 = 20_000;

    /// A port that is free.
    pub fn reserve() -> Self {
        loop {
            let number = Self::LOWEST + (random() % u64::from(Self::HOW_MANY)) as u16;
            let Ok(claim) = UdpSocket::bind((Ipv4Addr::LOCALHOST, number)) else { continue };
            if TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok() {
                return Self { number, _claim: claim };
            }
        }
    }

    pub fn number(&self) -> u16 {
        self.number
    }

    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.number).into()
    }
}

/// A word that nobody can guess.
pub fn random_word() -> String {
    format!("{:016x}", random())
}

fn random() -> u64 {
    SysRng.try_next_u64().unwrap()
}

fn give_away(folder: &Path, user: Option<&str>) {
    if let Some(user) = user {
        run(Command::new("chown").arg("-R").arg(format!("{user}:")).arg(folder));
    }
}
