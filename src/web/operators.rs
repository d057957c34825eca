//! What operators are served: an XMPP client for the browser, set up for this desk, on a listener of its own.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper::body::{Bytes, Incoming};
use hyper::header::LOCATION;
use hyper::{Request, StatusCode};
use maud::{DOCTYPE, html};
use serde_json::json;

use super::House;
use super::answer::{Answer, Keep, answer, guarded, look_only, nothing_here, set, words};
use super::assets::media;
use super::door::{self, Errand, knock};
use super::listener::Pages;
use super::site::Site;

/// So many files the client may have; one has about 400.
const FILES_MAX: usize = 5_000;

/// The client's files, by their path below its folder. Only these are served, whatever is asked for.
pub(super) struct Client(HashMap<String, PathBuf>);

impl Client {
    /// Looks what is there.
    ///
    /// # Errors
    /// Says in a sentence what cannot be read.
    pub(super) fn load(folder: &Path) -> Result<Self, String> {
        let mut files = HashMap::new();
        let mut folders = vec![folder.join("dist")];
        while let Some(next) = folders.pop() {
            let cannot = |error| format!("the operators' client in {} cannot be read: {error}", next.display());
            for entry in std::fs::read_dir(&next).map_err(cannot)? {
                let entry = entry.map_err(cannot)?;
                let (path, kind) = (entry.path(), entry.file_type().map_err(cannot)?);
                if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_file() && files.len() < FILES_MAX {
                    let below = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
                    files.insert(below, path);
                }
            }
        }
        Ok(Self(files))
    }
}

/// The operators' listener.
pub(super) struct Operators {
    client: Client,
}

impl Operators {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    async fn page(&self, site: &Site, path: &str) -> Answer {
        match path {
            "/" => moved("/operator"),
            "/operator" => answer(StatusCode::OK, "text/html; charset=utf-8", Keep::No, page()),
            "/operator.js" => answer(StatusCode::OK, "text/javascript; charset=utf-8", Keep::No, script(site)),
            // COMPAT: Converse asks for some of its files with two slashes.
            _ => match path.replace("//", "/").strip_prefix("/converse/").and_then(|name| self.client.0.get(name)) {
                Some(file) => from_disk(file.clone()).await,
                None => nothing_here(),
            },
        }
    }
}

impl Pages for Operators {
    async fn answer(
        &self,
        house: &Arc<House>,
        peer: SocketAddr,
        request: Request<Incoming>,
    ) -> (Answer, Option<Errand>) {
        let site = Arc::clone(&house.site.borrow());
        let address = site.web.operators.as_ref().map(|pages| pages.address.as_str()).unwrap_or_default();
        let tls = address.starts_with("https:");
        if let Some(refused) = look_only(request.method()) {
            return (guarded(refused, tls, None), None);
        }
        let path = request.uri().path();
        if path == door::PATH {
            let door = door::of_operators(&site);
            let (answer, errand) = knock(house, &site, peer, door, |origin| origin == address, request).await;
            return (guarded(answer, tls, None), errand);
        }
        let policy = policy(address);
        (guarded(self.page(&site, path).await, tls, Some(&policy)), None)
    }
}

/// The client sets styles of its own inline. Scripts are ours alone, and nothing is fetched from elsewhere: the client's
/// login page would show pictures of its sponsors, and a message pictures that tell who saw it.
fn policy(address: &str) -> String {
    let socket = address.replacen("http", "ws", 1);
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
         media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' {socket}; manifest-src 'self'; worker-src 'self'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

fn page() -> Bytes {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Operators" }
                link rel="stylesheet" href="/converse/dist/converse.min.css";
                script src="/converse/dist/converse.min.js" charset="utf-8" {}
            }
            body class="converse-fullscreen" {
                noscript { "This page needs JavaScript." }
                div id="conversejs-bg" {}
                script src="/operator.js" {}
            }
        }
    };
    Bytes::from(page.into_string())
}

/// The client's own settings: log in at the desk's domain, enter rooms that a direct invitation names.
fn script(site: &Site) -> Bytes {
    let address = site.web.operators.as_ref().map(|pages| pages.address.as_str()).unwrap_or_default();
    let domain = site.desk.domain().as_str();
    let settings = json!({
        "view_mode": "fullscreen",
        "assets_path": "/converse/dist/",
        "websocket_url": format!("{}{}", address.replacen("http", "ws", 1), door::PATH),
        "discover_connection_methods": false,
        "authentication": "login",
        "default_domain": domain,
        "locked_domain": domain,
        "allow_registration": false,
        "auto_join_on_invite": true,
        "muc_nickname_from_jid": true,
        "muc_domain": site.services.first(),
        "muc_show_join_leave": true,
        "notify_all_room_messages": true,
        "clear_messages_on_reconnection": false,
        "persistent_store": "sessionStorage",
    });
    Bytes::from(format!("converse.initialize({settings});\n"))
}

fn moved(to: &str) -> Answer {
    let mut answer = words(StatusCode::FOUND, to);
    set(&mut answer, LOCATION, to);
    answer
}

async fn from_disk(file: PathBuf) -> Answer {
    let media = media(&file.to_string_lossy());
    match tokio::task::spawn_blocking(move || std::fs::read(file)).await {
        Ok(Ok(bytes)) => answer(StatusCode::OK, &media, Keep::Minutes, Bytes::from(bytes)),
        _ => nothing_here(),
    }
}
