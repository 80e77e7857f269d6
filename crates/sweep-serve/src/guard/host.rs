//! The names under which this server may be asked. It knows no tokens.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::{
    extract::Request,
    http::{header, uri::Authority},
};

/// The name or address that the user gave for the server to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName(pub String);

/// The names that are this server's.
#[derive(Debug, Clone)]
pub(super) struct Hosts {
    names: Vec<String>,
    addresses: Addresses,
}

/// Which addresses are.
#[derive(Debug, Clone)]
enum Addresses {
    /// Those of loopback interfaces, and one more.
    LoopbackAnd(Option<IpAddr>),
    /// All: it listens on every address of the machine. An address cannot be pointed elsewhere, as a name can.
    All,
}

impl Hosts {
    pub(super) fn of_this_machine() -> Self {
        Self { names: vec!["localhost".to_owned()], addresses: Addresses::LoopbackAnd(None) }
    }

    /// Those, and the address that is listened on with its name; where that is all addresses, the machine's own name.
    pub(super) fn and(mut self, address: IpAddr, HostName(name): HostName) -> Self {
        self.names.push(name.to_ascii_lowercase());
        self.addresses = if address.is_unspecified() {
            let machine = gethostname::gethostname().to_string_lossy().to_ascii_lowercase();
            let short = machine.split('.').next().unwrap_or_default().to_owned();
            self.names.extend([machine, short]);
            Addresses::All
        } else {
            Addresses::LoopbackAnd(Some(address))
        };
        self.names.retain(|name| !name.is_empty());
        self
    }

    /// Whether a request names one of them, both in its `Host` header and, where it has one, in its first line.
    pub(super) fn allow(&self, request: &Request) -> bool {
        let headers = request.headers();
        let mut hosts = headers.get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
        let in_line = request.uri().authority();
        let in_header = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
        in_header.is_some_and(|host| self.has(&host)) && in_line.is_none_or(|host| self.has(host))
    }

    /// The port does not matter: behind `ssh -L` it is another one.
    fn has(&self, host: &Authority) -> bool {
        if host.as_str().contains('@') {
            return false;
        }
        let name = host.host().to_ascii_lowercase();
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        let address = match bare {
            Some(bare) => bare.parse::<Ipv6Addr>().ok().map(IpAddr::from),
            None => name.parse::<Ipv4Addr>().ok().map(IpAddr::from),
        };
        match (address, &self.addresses) {
            (None, _) => self.names.contains(&name),
            (Some(_), Addresses::All) => true,
            (Some(address), Addresses::LoopbackAnd(bound)) => {
                address.is_loopback() || Some(address) == *bound
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod tests {
    use super::*;

    fn has(hosts: &Hosts, host: &str) -> bool {
        host.parse().is_ok_and(|host| hosts.has(&host))
    }

    #[test]
    fn loopback_names_are_ours_under_any_port() {
        let hosts = Hosts::of_this_machine();
        for host in ["localhost", "LOCALHOST:9000", "127.0.0.1:8080", "127.9.9.9", "[::1]:1"] {
            assert!(has(&hosts, host), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:8080",
            "10.0.0.1",
            "0.0.0.0",
            "[::]",
            "a@localhost",
            "localhost@evil.example",
            "",
            "::1",
            "2130706433",
        ] {
            assert!(!has(&hosts, host), "{host}");
        }
    }

    #[test]
    fn the_address_that_is_listened_on_is_ours_too() {
        let lab = Hosts::of_this_machine().and("10.0.0.7".parse().unwrap(), HostName("Lab7".into()));
        assert!(["10.0.0.7:80", "lab7", "localhost"].iter().all(|host| has(&lab, host)));
        assert!(!has(&lab, "10.0.0.8"));
        let all = Hosts::of_this_machine().and("0.0.0.0".parse().unwrap(), HostName("0.0.0.0".into()));
        assert!(has(&all, "10.0.0.8") && has(&all, "[fe80::1]:80") && !has(&all, "evil.example"));
    }
}
