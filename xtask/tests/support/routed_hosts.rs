//! Hosts with a router between them that can be told to lose what some send to others.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};

use xtask::stack::Host;

/// Hosts, each on a cable of its own to the namespace of this process, which forwards.
pub(crate) struct RoutedHosts {
    hosts: Vec<RoutedHost>,
    /// What is lost at present, as `ip rule` names it.
    lost: Vec<Vec<String>>,
}

struct RoutedHost {
    address: Ipv4Addr,
    /// The router's end of its cable.
    cable: String,
    /// Keeps the host's namespace until its input ends.
    shell: Child,
}

impl RoutedHosts {
    /// Lays `count` cables. This process must have a network of its own.
    pub(crate) fn lay(count: u8) -> Self {
        ip(["link", "set", "lo", "up"]);
        fs::write("/proc/sys/net/ipv4/ip_forward", "1").unwrap();
        Self { hosts: (1..=count).map(RoutedHost::lay).collect(), lost: Vec::new() }
    }

    /// The hosts, for a stack.
    pub(crate) fn hosts(&self) -> Vec<Host> {
        let host = |host: &RoutedHost| Host { address: host.address.into(), enter: host.enter() };
        self.hosts.iter().map(host).collect()
    }

    /// From now on all is lost that goes from the hosts at the places `one` to those at `other`,
    /// or back; nobody is told, and whoever is connected stays so. This process reaches all.
    pub(crate) fn cut(&mut self, one: &[usize], other: &[usize]) {
        let pairs = one.iter().flat_map(|&from| other.iter().map(move |&to| (from, to)));
        for (from, to) in pairs.flat_map(|(from, to)| [(from, to), (to, from)]) {
            let (cable, address) = (&self.hosts[from].cable, self.hosts[to].address.to_string());
            let rule = ["iif", cable, "to", &address, "blackhole"].map(str::to_owned).to_vec();
            ip(["rule", "add"].into_iter().chain(rule.iter().map(String::as_str)));
            self.lost.push(rule);
        }
    }

    /// Nothing is lost any more.
    pub(crate) fn heal(&mut self) {
        for rule in self.lost.drain(..) {
            ip(["rule", "del"].into_iter().chain(rule.iter().map(String::as_str)));
        }
    }
}

impl RoutedHost {
    fn lay(number: u8) -> Self {
        let [router, address] = [254, 1].map(|last| Ipv4Addr::new(10, 77, number, last));
        let mut shell = Command::new("unshare");
        shell.args(["--net", "sh", "-c", "echo here; read -r _"]);
        let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        // Once it speaks it is in its namespace.
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
        let host = Self { address, cable: format!("host{number}"), shell };
        let pid = host.shell.id().to_string();
        let end = ["type", "veth", "peer", "name", "cable", "netns", &pid];
        ip(["link", "add", &host.cable].into_iter().chain(end));
        ip(["addr", "add", &format!("{router}/24"), "dev", &host.cable]);
        ip(["link", "set", &host.cable, "up"]);
        host.ip(&["addr", "add", &format!("{address}/24"), "dev", "cable"]);
        host.ip(&["link", "set", "lo", "up"]);
        host.ip(&["link", "set", "cable", "up"]);
        host.ip(&["route", "add", "default", "via", &router.to_string()]);
        host
    }

    fn enter(&self) -> Vec<String> {
        vec!["nsenter".to_owned(), format!("--net=/proc/{}/ns/net", self.shell.id())]
    }

    fn ip(&self, arguments: &[&str]) {
        let enter = self.enter();
        run(enter.iter().map(String::as_str).chain(["ip"]).chain(arguments.iter().copied()));
    }
}

impl Drop for RoutedHost {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ended = self.shell.wait();
    }
}

fn ip<'a>(arguments: impl IntoIterator<Item = &'a str>) {
    run(["ip"].into_iter().chain(arguments));
}

fn run<'a>(command: impl IntoIterator<Item = &'a str>) {
    let command: Vec<_> = command.into_iter().collect();
    let output = Command::new(command[0]).args(&command[1..]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}
