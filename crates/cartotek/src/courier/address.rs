//! Where a webhook may lead: not into the network of the server itself, unless that is configured.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Finds the addresses of a host and refuses those that are not allowed. The connection is made to the addresses that were
/// looked at here: a name that means another address the next moment leads nowhere else.
#[derive(Debug)]
pub(super) struct Guarded {
    resolver: DefaultResolver,
    private: bool,
}

/// A host that lies where no webhook may lead.
#[derive(Debug, thiserror::Error)]
#[error("the address is a private one, and private_addresses is not set")]
pub(super) struct NotAllowed;

impl Guarded {
    pub(super) fn new(private: bool) -> Self {
        Self { resolver: DefaultResolver::default(), private }
    }
}

impl Resolver for Guarded {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.resolver.resolve(uri, config, timeout)?;
        // One that is not allowed spoils all: which one would be taken is left to chance.
        if found.iter().all(|address| is_allowed(address.ip(), self.private)) {
            Ok(found)
        } else {
            Err(ureq::Error::Other(Box::new(NotAllowed)))
        }
    }
}

/// Whether a webhook may lead there. Addresses that are no host's are never allowed, nor those of the link, where clouds
/// keep their credentials.
fn is_allowed(address: IpAddr, private: bool) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address) || (private && is_private_v4(address)),
        IpAddr::V6(address) => match embedded(address) {
            Some(inner) => is_allowed(IpAddr::V4(inner), private),
            None => is_public_v6(address) || (private && is_private_v6(address)),
        },
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    // Shared address space of carriers (RFC 6598), which some use as private.
    let shared = first == 100 && (64..128).contains(&second);
    address.is_private() || address.is_loopback() || shared
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let benchmarks = first == 198 && (second == 18 || second == 19);
    let protocols = first == 192 && second == 0 && third == 0;
    !is_private_v4(address)
        && !address.is_link_local()
        && !address.is_multicast()
        && !address.is_documentation()
        && !benchmarks
        && !protocols
        // This network and what is reserved, the broadcast address among them.
        && (1..240).contains(&first)
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    address.is_loopback() || address.is_unique_local()
}

/// What is given out to hosts is `2000::/3`, without the addresses of documentation and of protocols.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let documentation = (first == 0x2001 && second == 0xdb8) || (first == 0x3fff && second < 0x1000);
    let protocols = first == 0x2001 && second < 0x200;
    first & 0xe000 == 0x2000 && !documentation && !protocols
}

/// The IPv4 address that an IPv6 address stands for: mapped, translated (RFC 6052) or 6to4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [first, second, third, .., before_last, last] = address.segments();
    let of = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match (first, second) {
        (0x64, 0xff9b) => Some(of(before_last, last)),
        (0x2002, _) => Some(of(second, third)),
        _ => address.to_ipv4_mapped(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(text: &str, private: bool) -> bool {
        is_allowed(text.parse().unwrap(), private)
    }

    #[test]
    fn public_addresses_are_allowed() {
        for text in ["193.10.2.1", "8.8.8.8", "2a00:1450:400f::200e", "2606:4700::1111", "64:ff9b::808:808"] {
            assert!(allowed(text, false) && allowed(text, true), "{text}");
        }
    }

    #[test]
    fn private_addresses_are_allowed_on_demand() {
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::1",
        ] {
            assert!(!allowed(text, false), "{text}");
            assert!(allowed(text, true), "{text}");
        }
    }

    #[test]
    fn other_addresses_are_never_allowed() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "2001:0:1::1",
            "100::1",
            "::ffff:169.254.169.254",
        ] {
            assert!(!allowed(text, false) && !allowed(text, true), "{text}");
        }
    }
}
