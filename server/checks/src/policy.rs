//! Which addresses a check may connect to. A tenant chooses the target, the connection comes from inside the MSP's network:
//! without this, a monitor could read the server's own ports or a cloud's credentials.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use ipnet::IpNet;

/// Private networks are allowed, for an MSP watches them; loopback and the like only where an installation names them
/// (`--allow-target`).
#[derive(Debug, Clone, Default)]
pub struct Policy {
    allow: Vec<IpNet>,
}

/// An address that may not be a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forbidden {
    pub ip: IpAddr,
    pub range: Range,
}

/// What an address is that may not be a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    Unspecified,
    Loopback,
    LinkLocal,
    Metadata,
    Multicast,
    Broadcast,
}

impl Policy {
    #[must_use]
    pub fn new(allow: Vec<IpNet>) -> Self {
        Self { allow }
    }

    /// # Errors
    /// The address is in a forbidden range (also as an IPv4 address inside an IPv6 one) and in no allowed network.
    pub fn allows(&self, ip: IpAddr) -> Result<(), Forbidden> {
        let Some(range) = range_of(ip) else { return Ok(()) };
        let inside = embedded_v4(ip).map(IpAddr::V4);
        let named = self.allow.iter().any(|net| net.contains(&ip) || inside.is_some_and(|ip| net.contains(&ip)));
        if named { Ok(()) } else { Err(Forbidden { ip, range }) }
    }
}

/// Outside of link-local, which is refused whole: EC2 and EKS, Google Cloud, Scaleway (IPv6); Azure, Alibaba Cloud, Oracle
/// (IPv4).
const METADATA_V6: [Ipv6Addr; 4] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
];
const METADATA_V4: [Ipv4Addr; 4] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(192, 0, 0, 192),
];

fn range_of(ip: IpAddr) -> Option<Range> {
    match ip {
        IpAddr::V4(v4) => range_of_v4(v4),
        IpAddr::V6(v6) => range_of_v6(v6).or_else(|| range_of_v4(embedded_v4(ip)?)),
    }
}

fn range_of_v4(ip: Ipv4Addr) -> Option<Range> {
    if METADATA_V4.contains(&ip) {
        Some(Range::Metadata)
    } else if ip.is_loopback() {
        Some(Range::Loopback)
    } else if ip.is_link_local() {
        Some(Range::LinkLocal)
    } else if ip.octets()[0] == 0 {
        // All of 0.0.0.0/8 is 'this network' (RFC 6890); 0.0.0.0 connects to the machine itself.
        Some(Range::Unspecified)
    } else if ip.is_multicast() {
        Some(Range::Multicast)
    } else if ip.is_broadcast() {
        Some(Range::Broadcast)
    } else {
        None
    }
}

fn range_of_v6(ip: Ipv6Addr) -> Option<Range> {
    if METADATA_V6.contains(&ip) {
        Some(Range::Metadata)
    } else if ip.is_loopback() {
        Some(Range::Loopback)
    } else if ip.is_unicast_link_local() {
        Some(Range::LinkLocal)
    } else if ip.is_unspecified() {
        Some(Range::Unspecified)
    } else if ip.is_multicast() {
        Some(Range::Multicast)
    } else {
        None
    }
}

/// The IPv4 address that a system or a gateway would really connect to: mapped (RFC 4291), compatible (the same, deprecated),
/// NAT64 (RFC 6052), 6to4 (RFC 3056).
fn embedded_v4(ip: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(v6) = ip else { return None };
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match v6.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(v4(high, low)),
        [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "unspecified",
            Self::Loopback => "loopback",
            Self::LinkLocal => "link-local",
            Self::Metadata => "cloud metadata",
            Self::Multicast => "multicast",
            Self::Broadcast => "broadcast",
        })
    }
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}) is not an allowed target; see --allow-target", self.ip, self.range)
    }
}

impl std::error::Error for Forbidden {}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(policy: &Policy, ip: &str) -> Option<Range> {
        policy.allows(ip.parse().unwrap()).err().map(|forbidden| forbidden.range)
    }

    #[test]
    fn g1_each_address_is_allowed_or_refused_for_what_it_is() {
        let policy = Policy::new(Vec::new());
        let table = [
            ("127.0.0.1", Some(Range::Loopback)),
            ("127.255.255.254", Some(Range::Loopback)),
            ("::1", Some(Range::Loopback)),
            ("169.254.1.1", Some(Range::LinkLocal)),
            ("fe80::1", Some(Range::LinkLocal)),
            ("febf::1", Some(Range::LinkLocal)),
            ("169.254.169.254", Some(Range::Metadata)),
            ("fd00:ec2::254", Some(Range::Metadata)),
            ("168.63.129.16", Some(Range::Metadata)),
            ("0.0.0.0", Some(Range::Unspecified)),
            ("0.1.2.3", Some(Range::Unspecified)),
            ("::", Some(Range::Unspecified)),
            ("224.0.0.1", Some(Range::Multicast)),
            ("239.255.255.255", Some(Range::Multicast)),
            ("ff02::1", Some(Range::Multicast)),
            ("255.255.255.255", Some(Range::Broadcast)),
            ("::ffff:127.0.0.1", Some(Range::Loopback)),
            ("::ffff:169.254.169.254", Some(Range::Metadata)),
            ("::ffff:0.0.0.0", Some(Range::Unspecified)),
            ("::127.0.0.1", Some(Range::Loopback)),
            ("64:ff9b::169.254.169.254", Some(Range::Metadata)),
            ("2002:7f00:1::1", Some(Range::Loopback)),
            ("10.0.0.5", None),
            ("172.16.0.1", None),
            ("192.168.1.1", None),
            ("100.64.0.1", None),
            ("fd12:3456::1", None),
            ("fd00:ec2::253", None),
            ("fec0::1", None),
            ("::ffff:10.0.0.5", None),
            ("64:ff9b::8.8.8.8", None),
            ("8.8.8.8", None),
            ("126.255.255.255", None),
            ("128.0.0.1", None),
            ("2001:4860:4860::8888", None),
        ];
        for (ip, expected) in table {
            assert_eq!(verdict(&policy, ip), expected, "{ip}");
        }
    }

    #[test]
    fn g1_an_installation_allows_what_it_names_and_no_more() {
        let policy = Policy::new(vec!["127.0.0.0/8".parse().unwrap(), "fe80::/10".parse().unwrap()]);
        for ip in ["127.0.0.1", "127.9.9.9", "::ffff:127.0.0.1", "fe80::1"] {
            assert_eq!(verdict(&policy, ip), None, "{ip}");
        }
        assert_eq!(verdict(&policy, "::1"), Some(Range::Loopback));
        assert_eq!(verdict(&policy, "169.254.169.254"), Some(Range::Metadata));
        assert_eq!(verdict(&policy, "::ffff:169.254.169.254"), Some(Range::Metadata));
    }

    #[test]
    fn g1_a_refusal_names_the_address_and_the_setting() {
        let refusal = Policy::default().allows("169.254.169.254".parse().unwrap()).unwrap_err();
        assert_eq!(refusal.to_string(), "169.254.169.254 (cloud metadata) is not an allowed target; see --allow-target");
    }
}
