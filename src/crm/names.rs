//! Names to addresses. Only addresses that may be asked come out, and those very addresses are connected to: there is no
//! second look-up between the check and the connection that could say something else (DNS rebinding).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::addresses;

/// Who is asked for addresses.
#[derive(Debug, Clone)]
pub struct Names(Option<TokioResolver>);

/// Which addresses that are not out in the world may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Allowed {
    /// The host was allowed by its name: wherever it is.
    pub by_name: bool,
    /// These.
    pub addresses: Vec<IpAddr>,
}

/// A name leads nowhere where we may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Nowhere {
    /// It has no address that we know of.
    #[error("its name has no address")]
    Unknown,
    /// None of its addresses may be asked.
    #[error("its address is not out in the world")]
    Inside,
}

impl Names {
    /// As the system says: `/etc/hosts`, and the servers of `/etc/resolv.conf`.
    pub fn system() -> Self {
        Self(TokioResolver::builder_tokio().and_then(hickory_resolver::ResolverBuilder::build).ok())
    }

    /// This name server alone.
    pub fn asking(server: SocketAddr) -> Self {
        let mut udp = ConnectionConfig::udp();
        udp.port = server.port();
        let config =
            ResolverConfig::from_parts(None, Vec::new(), vec![NameServerConfig::new(server.ip(), true, vec![udp])]);
        Self(TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).build().ok())
    }

    async fn addresses(&self, name: &str) -> Vec<IpAddr> {
        let Some(resolver) = &self.0 else { return Vec::new() };
        let found = resolver.lookup_ip(name).await;
        found.map(|found| found.iter().collect()).unwrap_or_default()
    }
}

impl Allowed {
    /// May this address be asked?
    pub(super) fn permits(&self, address: IpAddr) -> bool {
        let plain = addresses::plain(address);
        let allowed = self.by_name || self.addresses.contains(&address) || self.addresses.contains(&plain);
        addresses::is_public(address) || (allowed && addresses::is_one_machine(address))
    }
}

/// What the HTTP client asks for addresses.
pub(super) struct Guarded {
    pub names: Names,
    pub allowed: Arc<Allowed>,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (names, allowed) = (self.names.clone(), Arc::clone(&self.allowed));
        Box::pin(async move {
            let found = names.addresses(name.as_str()).await;
            let known = !found.is_empty();
            let permitted: Vec<SocketAddr> = found
                .into_iter()
                .filter(|address| allowed.permits(*address))
                .map(|address| (address, 0).into())
                .collect();
            match (permitted.is_empty(), known) {
                (false, _) => Ok(Box::new(permitted.into_iter()) as Addrs),
                (true, true) => Err(Nowhere::Inside.into()),
                (true, false) => Err(Nowhere::Unknown.into()),
            }
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops where it fails")]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_is_allowed_in_every_form_and_nothing_else() {
        let one = Allowed { by_name: false, addresses: vec!["10.0.0.7".parse().unwrap()] };
        for address in ["10.0.0.7", "::ffff:10.0.0.7", "1.1.1.1"] {
            assert!(one.permits(address.parse().unwrap()), "{address}");
        }
        for address in ["10.0.0.8", "127.0.0.1", "::1", "::ffff:10.0.0.8", "169.254.169.254", "0.0.0.0"] {
            assert!(!one.permits(address.parse().unwrap()), "{address}");
        }
        let named = Allowed { by_name: true, addresses: Vec::new() };
        assert!(named.permits("127.0.0.1".parse().unwrap()));
        for address in ["0.0.0.0", "::", "224.0.0.1", "255.255.255.255", "ff02::1"] {
            assert!(!named.permits(address.parse().unwrap()), "{address}");
        }
    }
}
