//! A CRM that really answers over HTTP, and a name server that really says where it is. Both on loopback, on threads of
//! their own that end with the test.

#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, reason = "each test uses a part of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What somebody asked: the first line and the headers, as they came.
pub type Heard = Vec<String>;

/// What a CRM does with a question.
pub enum Reply {
    /// Status 200 and this JSON.
    Json(String),
    /// These bytes, and the connection is closed.
    Raw(Vec<u8>),
    /// Nothing, for as long as the other side waits.
    Never,
    /// These bytes again and again, until the other side has enough.
    Endless(Vec<u8>),
}

/// A CRM.
pub struct Service {
    pub address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Service {
    /// On 127.0.0.1.
    pub fn start(reply: impl Fn(&Heard) -> Reply + Send + Sync + 'static) -> Self {
        Self::at(Ipv4Addr::LOCALHOST, reply)
    }

    /// On this address of the loopback network.
    pub fn at(address: Ipv4Addr, reply: impl Fn(&Heard) -> Reply + Send + Sync + 'static) -> Self {
        Self::behind(address, Ok::<TcpStream, std::convert::Infallible>, reply)
    }

    /// On 127.0.0.1, over TLS, with this certificate and key (PEM).
    pub fn secure(certificate: &Path, key: &Path, reply: impl Fn(&Heard) -> Reply + Send + Sync + 'static) -> Self {
        let certificate = CertificateDer::pem_file_iter(certificate).unwrap().map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(key).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(certificate, key)
            .unwrap();
        let config = Arc::new(config);
        let tls = move |stream| ServerConnection::new(Arc::clone(&config)).map(|tls| StreamOwned::new(tls, stream));
        Self::behind(Ipv4Addr::LOCALHOST, tls, reply)
    }

    fn behind<S: Read + Write, E>(
        address: Ipv4Addr,
        wrap: impl Fn(TcpStream) -> Result<S, E> + Send + Sync + 'static,
        reply: impl Fn(&Heard) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (wrap, reply, notes) = (Arc::new(wrap), Arc::new(reply), Arc::clone(&heard));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (wrap, reply, notes) = (Arc::clone(&wrap), Arc::clone(&reply), Arc::clone(&notes));
                thread::spawn(move || wrap(stream).map(|stream| serve(stream, &*reply, &notes)).is_ok());
            }
        });
        Self { address, heard }
    }

    /// All questions so far. A connection without a question is one, and empty.
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

fn serve(mut stream: impl Read + Write, reply: &dyn Fn(&Heard) -> Reply, notes: &Mutex<Vec<Heard>>) {
    let lines = BufReader::new(&mut stream).lines();
    let heard: Heard = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    notes.lock().unwrap().push(heard.clone());
    // Whoever has heard enough hangs up, and writing fails: that is no matter here.
    match reply(&heard) {
        Reply::Json(json) => drop(stream.write_all(&answer("200 OK", &json))),
        Reply::Raw(bytes) => drop(stream.write_all(&bytes)),
        Reply::Never => drop(stream.read_to_end(&mut Vec::new())),
        Reply::Endless(bytes) => while stream.write_all(&bytes).is_ok() {},
    }
}

/// An answer with this status and body.
pub fn answer(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A name server for all names.
pub struct NameServer {
    pub address: SocketAddr,
}

impl NameServer {
    /// The first question for addresses is answered with the first of these, and so on; the last is said again and again.
    pub fn start(answers: Vec<Vec<Ipv4Addr>>) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        thread::spawn(move || {
            let mut asked = 0;
            let mut packet = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut packet) {
                let (question, is_a) = question(&packet[..length]);
                let addresses = answers.get(asked.min(answers.len() - 1)).filter(|_| is_a);
                asked += usize::from(is_a);
                let addresses = addresses.map(Vec::as_slice).unwrap_or_default();
                socket.send_to(&response(&packet[..2], question, addresses), from).unwrap();
            }
        });
        Self { address }
    }
}

/// The question (RFC 1035, 4.1.2) as it came, and whether it is for IPv4 addresses.
fn question(packet: &[u8]) -> (&[u8], bool) {
    let mut end = 12;
    while packet[end] != 0 {
        end += usize::from(packet[end]) + 1;
    }
    (&packet[12..end + 5], packet[end + 1..end + 3] == [0, 1])
}

/// RFC 1035, 4.1: no error; each address may be kept for no time at all.
fn response(id: &[u8], question: &[u8], addresses: &[Ipv4Addr]) -> Vec<u8> {
    let count = u8::try_from(addresses.len()).unwrap();
    let mut packet = [id, &[0x85, 0x80, 0, 1, 0, count, 0, 0, 0, 0], question].concat();
    for address in addresses {
        packet.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        packet.extend(address.octets());
    }
    packet
}

/// An address of the loopback network that is not 127.0.0.1.
pub fn another_loopback() -> IpAddr {
    Ipv4Addr::new(127, 0, 0, 2).into()
}
