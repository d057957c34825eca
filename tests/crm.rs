//! CRMs over HTTP: real services on loopback that answer, fail, lie and lead astray.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    missing_docs
)]

#[path = "support/certificates.rs"]
mod certificates;
#[allow(dead_code)]
#[path = "support/process.rs"]
mod process;
#[path = "support/crm.rs"]
mod support;

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use frontdesk::crm::{Crm, Host, Names, Piece, Place, Source};
use frontdesk::desk::crm::{CrmReply, CrmTrouble, LookUp};
use frontdesk::desk::event::Event;
use frontdesk::desk::facts::{Excess, Facts, Value};
use frontdesk::desk::ids::ChatId;
use frontdesk::secret::Secret;
use support::{NameServer, Reply, Service, another_loopback, answer};

/// A CRM is given so long.
const LIMIT: Duration = Duration::from_millis(700);

fn source(host: &str, port: u16, allow: &[&str]) -> Source {
    let shown = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let url = vec![Piece::Literal(format!("http://{shown}:{port}/customers/")), Piece::Value];
    let allow = allow.iter().map(|item| (*item).to_owned()).collect();
    let host = Host { name: host.to_owned(), url, ca_file: None, allow };
    Source { name: "customers".to_owned(), limit: LIMIT, fields: None, place: Place::Http(host) }
}

fn allowed(service: &Service) -> Source {
    source("127.0.0.1", service.address.port(), &["127.0.0.1"])
}

fn question(number: i64, value: &str) -> LookUp {
    LookUp { chat: ChatId(number), source: "customers".into(), values: vec![value.to_owned()] }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}

async fn reply(crm: &mut Crm) -> CrmReply {
    match crm.answered().await {
        Event::LookedUp { reply, .. } => reply,
        other => panic!("{other:?}"),
    }
}

fn ask_with(source: Source, token: Option<Secret>, value: &str) -> CrmReply {
    run(async {
        let mut crm = Crm::new(vec![(source, token)], &Names::system()).unwrap();
        crm.ask(question(1, value));
        reply(&mut crm).await
    })
}

fn ask(source: Source) -> CrmReply {
    ask_with(source, None, "4711")
}

fn known(json: serde_json::Value) -> CrmReply {
    let serde_json::Value::Object(object) = json else { panic!("an object") };
    CrmReply::Known(Facts::from_json(object).unwrap())
}

fn failed(trouble: CrmTrouble) -> CrmReply {
    CrmReply::Failed(trouble)
}

// What is known

#[test]
fn what_is_known_comes_back_with_its_types() {
    let service = Service::start(|_| Reply::Json(r#"{"licence": "enterprise", "open": 3, "vip": true}"#.to_owned()));
    let reply = ask_with(allowed(&service), Some(Secret::new("s3cret".to_owned())), "A 47");
    assert_eq!(reply, known(serde_json::json!({ "licence": "enterprise", "open": 3, "vip": true })));
    let heard = service.heard();
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0][0], "GET /customers/A%2047 HTTP/1.1");
    let header = |name: &str| heard[0].iter().find_map(|line| line.strip_prefix(name));
    assert_eq!(header("authorization: "), Some("Bearer s3cret"));
    assert_eq!(header("accept: "), Some("application/json"));
    assert!(header("cookie").is_none() && header("referer").is_none(), "{heard:?}");
}

#[test]
fn only_the_chosen_fields_are_kept_however_much_there_is() {
    let many: serde_json::Map<_, _> = (0..1_000).map(|n| (format!("field{n}"), n.into())).collect();
    let json = serde_json::Value::Object(many).to_string();
    let service = Service::start(move |_| Reply::Json(json.clone()));
    let fields = Some(vec!["field7".to_owned(), "nothing".to_owned()]);
    assert_eq!(ask(Source { fields, ..allowed(&service) }), known(serde_json::json!({ "field7": 7 })));
    assert_eq!(ask(allowed(&service)), failed(CrmTrouble::TooMuch(Excess::Values)));
}

#[test]
fn who_is_not_known_is_no_trouble() {
    for status in ["404 Not Found", "410 Gone", "204 No Content"] {
        let service = Service::start(move |_| Reply::Raw(answer(status, "")));
        assert_eq!(ask(allowed(&service)), CrmReply::Unknown, "{status}");
    }
}

/// A value that could leave its place in the URL is not sent at all.
#[test]
fn hostile_values_are_nobodys_name() {
    let service = Service::start(|_| Reply::Json("{}".to_owned()));
    for value in ["..", "../admin", "a\\b", "a\r\nX-Evil: 1", "\0", ""] {
        assert_eq!(ask_with(allowed(&service), None, value), CrmReply::Unknown, "{value:?}");
    }
    assert!(service.heard().is_empty());
    for (value, sent) in
        [("?x=1#y", "%3Fx%3D1%23y"), ("@evil.example", "%40evil.example"), ("'; DROP", "%27%3B%20DROP")]
    {
        assert_eq!(ask_with(allowed(&service), None, value), known(serde_json::json!({})), "{value:?}");
        let heard = service.heard();
        assert_eq!(heard.last().unwrap()[0], format!("GET /customers/{sent} HTTP/1.1"));
    }
}

// Trouble

#[test]
fn nonsense_is_told_as_such() {
    let deep = format!("{{\"a\": {}1{}}}", "[".repeat(500), "]".repeat(500));
    for body in
        ["", "<html>Login</html>", "[1, 2]", "\"words\"", "{\"a\": 1", "{\"a\": 1} and more", &deep, "\u{feff}{}"]
    {
        let body = body.to_owned();
        let shown = body.clone();
        let service = Service::start(move |_| Reply::Raw(answer("200 OK", &body)));
        assert_eq!(ask(allowed(&service)), failed(CrmTrouble::Nonsense), "{shown:.40}");
    }
    let service = Service::start(|_| Reply::Json("{\"a\": [[[[[[[1]]]]]]]}".to_owned()));
    assert_eq!(ask(allowed(&service)), failed(CrmTrouble::TooMuch(Excess::Depth)));
}

#[test]
fn huge_answers_are_given_up_on_the_way() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    let long = [head, &b"Content-Length: 70000\r\n\r\n"[..], &vec![b' '; 70_000]].concat();
    let long = Service::start(move |_| Reply::Raw(long.clone()));
    assert_eq!(ask(allowed(&long)), failed(CrmTrouble::TooLarge));
    let endless = Service::start(|_| Reply::Endless(b"HTTP/1.1 200 OK\r\n\r\n{\"a\": \"".to_vec()));
    assert_eq!(ask(allowed(&endless)), failed(CrmTrouble::TooLarge));
    let headers = Service::start(|heard| match heard.len() {
        0 => Reply::Never,
        _ => Reply::Endless(b"HTTP/1.1 200 OK\r\nX: y\r\nX: y\r\nX: y\r\n".to_vec()),
    });
    assert_eq!(ask(allowed(&headers)), failed(CrmTrouble::Broken));
}

#[test]
fn refusals_and_failures_are_told_by_their_status() {
    for (status, code) in [("401 Unauthorized", 401), ("403 Forbidden", 403), ("500 Oops", 500), ("206 Partial", 206)] {
        let service = Service::start(move |_| Reply::Raw(answer(status, "{\"a\": 1}")));
        assert_eq!(ask(allowed(&service)), failed(CrmTrouble::Status(code)));
    }
}

#[test]
fn who_breaks_off_or_is_not_there_is_told_apart() {
    let broken = Service::start(|_| Reply::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":".to_vec()));
    assert_eq!(ask(allowed(&broken)), failed(CrmTrouble::Broken));
    let silent = Service::start(|_| Reply::Raw(Vec::new()));
    assert_eq!(ask(allowed(&silent)), failed(CrmTrouble::Broken));
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(ask(source("127.0.0.1", nobody, &["127.0.0.1"])), failed(CrmTrouble::Unreachable));
}

#[test]
fn who_never_answers_is_waited_for_no_longer_than_the_limit() {
    let never = Service::start(|_| Reply::Never);
    let begun = Instant::now();
    assert_eq!(ask(allowed(&never)), failed(CrmTrouble::Slow));
    let waited = begun.elapsed();
    assert!(waited >= LIMIT && waited < LIMIT * 3, "{waited:?}");
}

/// A slow CRM is asked a few questions at a time, and everybody who asks gets an answer within the limit.
#[test]
fn many_questions_at_once_are_bounded() {
    let never = Service::start(|_| Reply::Never);
    run(async {
        let mut crm = Crm::new(vec![(allowed(&never), None)], &Names::system()).unwrap();
        let begun = Instant::now();
        for number in 0..2_000 {
            crm.ask(question(number, "4711"));
        }
        let mut busy = 0;
        for _ in 0..2_000 {
            match reply(&mut crm).await {
                CrmReply::Failed(CrmTrouble::Busy) => busy += 1,
                other => assert_eq!(other, failed(CrmTrouble::Slow)),
            }
        }
        assert_eq!(busy, 2_000 - 1_024);
        assert!(begun.elapsed() < LIMIT * 3, "{:?}", begun.elapsed());
    });
    // Eight at a time; when those are given up, a few more had their turn before their own time was over.
    let heard = never.heard().len();
    assert!((8..200).contains(&heard), "{heard}");
}

// Where it leads

#[test]
fn redirects_are_not_followed() {
    let inside = Service::start(|_| Reply::Json("{\"secret\": 1}".to_owned()));
    let port = inside.address.port();
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let head = format!("HTTP/1.1 {status}\r\nLocation: http://127.0.0.1:{port}/x\r\nContent-Length: 0\r\n\r\n");
        let service = Service::start(move |_| Reply::Raw(head.clone().into_bytes()));
        assert_eq!(ask(allowed(&service)), failed(CrmTrouble::Redirected), "{status}");
    }
    assert!(inside.heard().is_empty());
}

#[test]
fn addresses_in_the_house_are_refused_unless_they_are_allowed() {
    let service = Service::start(|_| Reply::Json("{}".to_owned()));
    let port = service.address.port();
    for host in [
        "127.0.0.1",
        "127.0.0.2",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fc00::1",
        "fe80::1",
        "224.0.0.1",
        "localhost",
    ] {
        assert_eq!(ask(source(host, port, &[])), failed(CrmTrouble::Inside), "{host}");
        assert_eq!(ask(source(host, port, &["10.9.9.9", "other.example"])), failed(CrmTrouble::Inside), "{host}");
    }
    assert!(service.heard().is_empty());
    for (host, allow) in [("127.0.0.1", "127.0.0.1"), ("::ffff:7f00:1", "127.0.0.1"), ("localhost", "localhost")] {
        assert_eq!(ask(source(host, port, &[allow])), known(serde_json::json!({})), "{host}");
    }
}

// Who proves who they are

/// The service at this port of this machine by the name `localhost`, over TLS, believed by this authority.
fn secure(service: &Service, ca_file: Option<PathBuf>) -> Source {
    let (name, port) = ("localhost".to_owned(), service.address.port());
    let url = vec![Piece::Literal(format!("https://localhost:{port}/customers/")), Piece::Value];
    let host = Host { allow: vec![name.clone()], name, url, ca_file };
    Source { name: "customers".to_owned(), limit: LIMIT, fields: None, place: Place::Http(host) }
}

/// A service with a certificate of an authority of its own, for these names.
fn certified(folder: &Path, hosts: &[&str]) -> Service {
    certificates::make(folder, hosts);
    let [certificate, key] = [certificates::CERTIFICATE, certificates::KEY].map(|file| folder.join(file));
    Service::secure(&certificate, &key, |_| Reply::Json(r#"{"licence": "enterprise"}"#.to_owned()))
}

#[test]
fn a_private_authority_is_believed_where_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let service = certified(folder.path(), &["localhost"]);
    let token = Some(Secret::new("s3cret".to_owned()));
    let reply = ask_with(secure(&service, Some(folder.path().join(certificates::CA))), token, "4711");
    assert_eq!(reply, known(serde_json::json!({ "licence": "enterprise" })));
    let heard = service.heard();
    assert_eq!((heard.len(), heard[0][0].as_str()), (1, "GET /customers/4711 HTTP/1.1"));
    assert!(heard[0].contains(&"authorization: Bearer s3cret".to_owned()), "{heard:?}");
}

/// Neither the question nor the bearer token comes to somebody who does not prove who they are.
#[test]
fn who_does_not_prove_who_they_are_is_told_nothing() {
    let [ours, theirs, misnamed] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let good = certified(ours.path(), &["localhost"]);
    let other = certified(theirs.path(), &["localhost"]);
    let wrong_name = certified(misnamed.path(), &["crm.example.org"]);
    let plain = Service::start(|_| Reply::Json("{}".to_owned()));
    let ca = |folder: &tempfile::TempDir| Some(folder.path().join(certificates::CA));
    for (service, ca_file, why) in [
        (&good, None, "the system's authorities alone do not know it"),
        (&other, ca(&ours), "another authority signed it"),
        (&wrong_name, ca(&misnamed), "it is for another host"),
        (&plain, ca(&ours), "it does not speak TLS at all"),
    ] {
        let reply = ask_with(secure(service, ca_file), Some(Secret::new("s3cret".to_owned())), "4711");
        assert_eq!(reply, failed(CrmTrouble::Certificate), "{why}");
        let asked = service.heard().into_iter().flatten().any(|line| line.contains("4711") || line.contains("s3cret"));
        assert!(!asked, "{why}: {:?}", service.heard());
    }
    let told = CrmTrouble::Certificate.to_string();
    assert!(told.contains("certificate") && told.contains("`ca_file`"), "{told}");
}

#[test]
fn a_ca_file_that_cannot_be_used_is_told_at_the_start() {
    let service = Service::start(|_| Reply::Json("{}".to_owned()));
    let told = run(async {
        Crm::new(vec![(secure(&service, Some("nowhere.pem".into())), None)], &Names::system()).unwrap_err().to_string()
    });
    assert!(told.contains("customers") && told.contains("the CA file nowhere.pem cannot be used"), "{told}");
}

fn ask_names(source: Source, names: &NameServer, times: usize) -> Vec<CrmReply> {
    run(async {
        let mut crm = Crm::new(vec![(source, None)], &Names::asking(names.address)).unwrap();
        let mut replies = Vec::new();
        for _ in 0..times {
            crm.ask(question(1, "4711"));
            replies.push(reply(&mut crm).await);
        }
        replies
    })
}

/// A name of the outside world whose address is one of the house.
#[test]
fn names_that_lead_into_the_house_are_refused() {
    let service = Service::start(|_| Reply::Json("{}".to_owned()));
    let port = service.address.port();
    for address in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "192.168.1.1"] {
        let names = NameServer::start(vec![vec![address.parse().unwrap()]]);
        let source = || source("crm.example.org", port, &[]);
        assert_eq!(ask_names(source(), &names, 1), [failed(CrmTrouble::Inside)], "{address}");
    }
    assert!(service.heard().is_empty());
    let names = NameServer::start(vec![vec![Ipv4Addr::LOCALHOST]]);
    let source = source("crm.example.org", port, &["crm.example.org"]);
    assert_eq!(ask_names(source, &names, 1), [known(serde_json::json!({}))]);
    assert_eq!(service.heard().len(), 1);
}

/// DNS rebinding: the name is good when it is looked up first, and leads elsewhere a moment later.
#[test]
fn a_name_that_changes_its_mind_is_looked_at_each_time() {
    let inside = Service::start(|_| Reply::Json("{\"secret\": 1}".to_owned()));
    let port = inside.address.port();
    let std::net::IpAddr::V4(good) = another_loopback() else { panic!() };
    let names = NameServer::start(vec![vec![good], vec![Ipv4Addr::LOCALHOST]]);
    let source = source("crm.example.org", port, &["127.0.0.2"]);
    // Nobody listens at the good address, so the connection fails; the next look-up leads into the house.
    let replies = ask_names(source, &names, 3);
    assert_eq!(replies, [failed(CrmTrouble::Unreachable), failed(CrmTrouble::Inside), failed(CrmTrouble::Inside)]);
    assert!(inside.heard().is_empty());
}

/// Of several addresses only those are tried that may be asked.
#[test]
fn one_good_address_does_not_let_a_bad_one_in() {
    let inside = Service::start(|_| Reply::Json("{\"secret\": 1}".to_owned()));
    let std::net::IpAddr::V4(good) = another_loopback() else { panic!() };
    let names = NameServer::start(vec![vec![good, Ipv4Addr::LOCALHOST]]);
    let source = source("crm.example.org", inside.address.port(), &["127.0.0.2"]);
    assert_eq!(ask_names(source, &names, 1), [failed(CrmTrouble::Unreachable)]);
    assert!(inside.heard().is_empty());
}

#[test]
fn a_name_without_an_address_cannot_be_reached() {
    let names = NameServer::start(vec![Vec::new()]);
    assert_eq!(ask_names(source("crm.example.org", 8080, &[]), &names, 1), [failed(CrmTrouble::Unreachable)]);
}

/// The environment's proxies would see what is asked, and could answer it.
#[test]
fn no_proxy_is_asked() {
    let proxy = Service::start(|_| Reply::Json("{\"proxy\": 1}".to_owned()));
    let service = Service::start(|_| Reply::Json("{}".to_owned()));
    let url = format!("http://{}", proxy.address);
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "one_question", "--nocapture", "--ignored"])
        .envs(["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"].map(|name| (name, url.as_str())))
        .env("CRM_PORT", service.address.port().to_string())
        .output()
        .unwrap();
    assert!(child.status.success(), "{child:?}");
    assert_eq!((service.heard().len(), proxy.heard().len()), (1, 0));
}

/// Asked by [`no_proxy_is_asked`], in an environment with proxies.
#[test]
#[ignore = "needs CRM_PORT"]
fn one_question() {
    let port = std::env::var("CRM_PORT").unwrap().parse().unwrap();
    assert_eq!(ask(source("127.0.0.1", port, &["127.0.0.1"])), known(serde_json::json!({})));
}

/// What is in the configuration is reachable by the words of facts alone.
#[test]
fn texts_are_kept_as_they_came() {
    let service = Service::start(|_| Reply::Json(r#"{"name": "=cmd()\n\u202e<b>"}"#.to_owned()));
    let CrmReply::Known(facts) = ask(allowed(&service)) else { panic!() };
    assert_eq!(facts.get("name"), Some(&Value::Text("=cmd()\n\u{202e}<b>".to_owned())));
}
