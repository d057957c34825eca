//! An HTTP service that is asked with GET and answers with a JSON object.

use std::error::Error;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use tokio_rustls::rustls;

use super::answer::{ANSWER_MAX, Members, object};
use super::names::{Allowed, Guarded, Names, Nowhere};
use super::url::{Piece, fill};
use crate::desk::crm::CrmTrouble;
use crate::roots;
use crate::secret::Secret;

/// Which service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// The host as the URL names it, in lower case: a name, or an address without brackets.
    pub name: String,
    /// The URL.
    pub url: Vec<Piece>,
    /// A private certificate authority, PEM. It then counts alone; `None` = the system's authorities.
    pub ca_file: Option<PathBuf>,
    /// Host names and addresses that may be asked though they are not out in the world.
    pub allow: Vec<String>,
}

/// A service, ready to be asked.
#[derive(Debug)]
pub struct Http {
    client: Client,
    url: Vec<Piece>,
    token: Option<HeaderValue>,
    /// The URL has an address in place of a name, and it may not be asked.
    inside: bool,
}

impl Http {
    /// Sets the client up. It follows no redirects, knows no proxy, keeps no cookies.
    ///
    /// # Errors
    /// A sentence: the CA file, or the token, cannot be used.
    pub fn new(host: &Host, token: Option<Secret>, names: Names) -> Result<Self, String> {
        let allowed = Arc::new(host.allowed());
        let literal: Option<IpAddr> = host.name.parse().ok();
        let inside = literal.is_some_and(|address| !allowed.permits(address));
        let client = Client::builder()
            .tls_backend_preconfigured(roots::client(host.ca_file.as_deref())?)
            .dns_resolver(Guarded { names, allowed })
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .retry(reqwest::retry::never())
            .user_agent(concat!("frontdesk/", env!("CARGO_PKG_VERSION")))
            .default_headers(HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]))
            .build()
            .map_err(|_| "the HTTP client cannot be set up".to_owned())?;
        let token = token.map(|token| bearer(&token)).transpose()?;
        Ok(Self { client, url: host.url.clone(), token, inside })
    }

    /// Asks about somebody. Nothing of the URL or the answer is in what comes back as trouble (I7).
    pub(super) async fn ask(&self, values: &[String]) -> Result<Option<Members>, CrmTrouble> {
        if self.inside {
            return Err(CrmTrouble::Inside);
        }
        let Some(url) = fill(&self.url, values) else { return Ok(None) };
        let mut request = self.client.get(url);
        if let Some(token) = &self.token {
            request = request.header(reqwest::header::AUTHORIZATION, token.clone());
        }
        let response = request.send().await.map_err(|error| trouble(&error))?;
        match response.status() {
            StatusCode::OK => object(&body(response).await?).map(Some),
            StatusCode::NOT_FOUND | StatusCode::NO_CONTENT | StatusCode::GONE => Ok(None),
            status if status.is_redirection() => Err(CrmTrouble::Redirected),
            status => Err(CrmTrouble::Status(status.as_u16())),
        }
    }
}

impl Host {
    fn allowed(&self) -> Allowed {
        Allowed {
            by_name: self.name.parse::<IpAddr>().is_err() && self.allow.contains(&self.name),
            addresses: self.allow.iter().filter_map(|item| item.parse().ok()).collect(),
        }
    }
}

/// RFC 6750, 2.1.
fn bearer(token: &Secret) -> Result<HeaderValue, String> {
    let unusable = |_| "its token has characters that no token has (RFC 6750, 2.1)".to_owned();
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose())).map_err(unusable)?;
    value.set_sensitive(true);
    Ok(value)
}

/// As much as it announces, and no more than the bound.
async fn body(mut response: Response) -> Result<Vec<u8>, CrmTrouble> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| trouble(&error))? {
        if body.len() + chunk.len() > ANSWER_MAX {
            return Err(CrmTrouble::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn trouble(error: &reqwest::Error) -> CrmTrouble {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(inner) = cause {
        if let Some(nowhere) = inner.downcast_ref::<Nowhere>() {
            return match nowhere {
                Nowhere::Inside => CrmTrouble::Inside,
                Nowhere::Unknown => CrmTrouble::Unreachable,
            };
        }
        if is_about_tls(inner) {
            return CrmTrouble::Certificate;
        }
        cause = inner.source();
    }
    if error.is_connect() { CrmTrouble::Unreachable } else { CrmTrouble::Broken }
}

/// An I/O error does not name the error that it holds as its source, and one may hold another.
fn is_about_tls(error: &(dyn Error + 'static)) -> bool {
    let held = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    error.is::<rustls::Error>() || held.is_some_and(|held| is_about_tls(held))
}
