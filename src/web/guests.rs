//! What guests are served: the loader, the window, what it shows, and its way to the XMPP server.

use std::net::SocketAddr;
use std::sync::Arc;

use hyper::body::{Bytes, Incoming};
use hyper::{HeaderMap, Request, StatusCode};
use serde_json::json;

use crate::config::Field;
use crate::desk::commands;

use super::House;
use super::answer::{Answer, Keep, answer, file, guarded, look_only, nothing_here, words};
use super::door::{self, Errand, knock};
use super::listener::Pages;
use super::site::Site;

/// The guests' listener.
pub(super) struct Guests;

impl Pages for Guests {
    async fn answer(
        &self,
        house: &Arc<House>,
        peer: SocketAddr,
        request: Request<Incoming>,
    ) -> (Answer, Option<Errand>) {
        let site = Arc::clone(&house.site.borrow());
        let tls = site.web.address.starts_with("https:");
        if let Some(refused) = look_only(request.method()) {
            return (guarded(refused, tls, None), None);
        }
        let path = request.uri().path();
        if path == door::PATH {
            let door = door::of_guests(&site);
            let (answer, errand) = knock(house, &site, peer, door, |origin| site.knows(origin), request).await;
            return (guarded(answer, tls, None), errand);
        }
        let (answer, policy) = page(house, &site, path, request.headers()).await;
        (guarded(answer, tls, policy.as_deref()), None)
    }
}

/// A page or a file, and the policy of a page.
async fn page(house: &House, site: &Site, path: &str, headers: &HeaderMap) -> (Answer, Option<String>) {
    let asset = |name: &str, keep| house.assets.get(name).map_or_else(nothing_here, |asset| file(asset, keep, headers));
    match path {
        "/" => (words(StatusCode::OK, "The desk is up."), None),
        "/frontdesk.js" => (asset("frontdesk.js", Keep::Minutes), None),
        "/frame" => (asset("frame.html", Keep::Ask), Some(policy(site, false))),
        "/chat" => (asset("chat.html", Keep::Ask), Some(policy(site, false))),
        "/demo" if site.demo => (asset("demo.html", Keep::No), Some(policy(site, true))),
        "/config.json" => (described(house, site).await, None),
        _ => match path.strip_prefix("/widget/").and_then(|name| house.assets.get(name)) {
            // Pages have their own addresses, with their policies.
            Some(asset) if !asset.media.starts_with("text/html") => {
                let keep = if asset.immutable { Keep::Always } else { Keep::Ask };
                (file(asset, keep, headers), None)
            }
            _ => (nothing_here(), None),
        },
    }
}

/// What the window's page may do; nothing inline, and only the sites may frame it. The shop of the demo frames it itself.
fn policy(site: &Site, frames: bool) -> String {
    let socket = site.web.address.replacen("http", "ws", 1);
    let (sites, frames) = (site.web.sites.join(" "), if frames { "frame-src 'self'; " } else { "" });
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self' {socket}; {frames}base-uri 'none'; form-action 'none'; frame-ancestors 'self' {sites}"
    )
}

/// `config.json`, as docs/protocol.md has it.
async fn described(house: &House, site: &Site) -> Answer {
    let Some(opening) = house.opening.now().await else {
        return words(StatusCode::SERVICE_UNAVAILABLE, "The desk does not answer at the moment.");
    };
    let (web, window) = (&site.web, &site.web.window);
    let form = |fields: &[Field]| -> Vec<_> {
        fields.iter().map(|field| json!({"field": field.name.name(), "required": field.required})).collect()
    };
    let description = json!({
        "desk": site.desk.as_str(),
        "nick": site.nick,
        "domain": site.domain,
        "service": site.services.first(),
        "websocket": door::PATH,
        "address": web.address,
        "sites": web.sites,
        "grace_seconds": site.grace_seconds,
        "title": window.title,
        "colour": window.colour,
        "open": opening.open,
        "opens": opening.opens.map(|at| at.to_rfc3339()),
        "form": form(&window.form),
        "form_closed": form(&window.form_closed),
        "departments": window.departments,
        "orders": commands::orders().collect::<Vec<_>>(),
    });
    answer(StatusCode::OK, "application/json", Keep::No, Bytes::from(description.to_string()))
}
