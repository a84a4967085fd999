//! `cargo xtask up`: five nodes and Envoy, HAProxy or both, until Ctrl-C.

use std::io::{self, Write};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use thiserror::Error;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::interval;

use crate::artifacts::Profile;
use crate::stack::{Ports, Stack, StackError, StackOptions};

/// How often the processes are looked after.
const ROUND: Duration = Duration::from_millis(250);

/// The flags of `cargo xtask up`.
#[derive(Clone, Debug, Args)]
pub struct UpArgs {
    /// How many nodes: n1, n2 and so on.
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=100))]
    pub nodes: u16,
    /// Which edge: both are before the same nodes.
    #[arg(long, value_enum, default_value_t = EdgeChoice::Envoy)]
    pub edge: EdgeChoice,
    /// Envoy's port.
    #[arg(long, default_value_t = 8000, value_name = "PORT", value_parser = port())]
    pub edge_port: u16,
    /// HAProxy's port.
    #[arg(long, default_value_t = 8001, value_name = "PORT", value_parser = port())]
    pub haproxy_port: u16,
    /// The port of n1; the other nodes have the following ones.
    #[arg(long, default_value_t = 8081, value_name = "PORT", value_parser = port())]
    pub node_port: u16,
    /// The port on which n1 hears the other nodes; theirs follow. Without, 1000 above
    /// --node-port.
    #[arg(long, value_name = "PORT", value_parser = port())]
    pub peer_port: Option<u16>,
    /// The port on which n1 answers edges and monitoring; theirs follow. Without, 2000 above
    /// --node-port.
    #[arg(long, value_name = "PORT", value_parser = port())]
    pub admin_port: Option<u16>,
    /// Whether clients need a token.
    #[arg(
        long,
        value_enum,
        default_value_t = AuthChoice::Off,
        requires_if("required", "admin_password_file")
    )]
    pub auth: AuthChoice,
    /// A file with the password of the first user, admin, for --auth required. Only its owner may
    /// read it.
    #[arg(long, value_name = "FILE")]
    pub admin_password_file: Option<PathBuf>,
    /// Whether the nodes speak TLS with each other. A kept cluster goes on as it was made.
    #[arg(long, value_enum, default_value_t = PeerTlsChoice::Off)]
    pub peer_tls: PeerTlsChoice,
    /// Where to keep the data, so that the next `up` finds it; without, it is temporary.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// How the nodes are compiled.
    #[arg(long, value_enum, default_value_t = Profile::Release)]
    pub profile: Profile,
}

/// The proxies in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EdgeChoice {
    /// Envoy with the filter.
    Envoy,
    /// HAProxy with the map.
    Haproxy,
    /// Either, on a port of its own.
    Both,
}

/// Who may use the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AuthChoice {
    /// Whoever reaches it.
    Off,
    /// Who has a token.
    Required,
}

/// What the nodes speak with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PeerTlsChoice {
    /// Their protocol in plain.
    Off,
    /// TLS, by certificates of the cluster's own.
    Required,
}

fn port() -> clap::builder::RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(1..)
}

/// Starts everything, says where it is, and keeps it up until SIGINT, SIGTERM or the
/// end of the terminal. A process that ends by itself is reported and left as it is:
/// whoever killed it may want to see how the others fare.
///
/// # Errors
/// When something does not come up. Then nothing is left running.
pub async fn up(args: &UpArgs) -> Result<(), UpError> {
    if args.auth == AuthChoice::Off && args.admin_password_file.is_some() {
        return Err(UpError::PasswordWithoutAuth);
    }
    let mut end = EndSignals::listen().map_err(UpError::Signals)?;
    let stack = tokio::select! {
        stack = Stack::start(args.options()) => stack?,
        () = end.received() => return Ok(()),
    };
    // Whoever closed the pipe has read enough; the stack serves on.
    let _closed = announce(&stack, &mut io::stdout().lock());
    serve(stack, &mut end).await;
    Ok(())
}

impl UpArgs {
    fn options(&self) -> StackOptions {
        let workers = std::thread::available_parallelism().ok();
        let workers = workers.and_then(|cores| NonZeroU16::try_from(cores).ok());
        // Where that is past the last port, the stack says that they do not suffice.
        let first_peer = self.peer_port.unwrap_or(self.node_port.saturating_add(1000));
        let first_admin = self.admin_port.unwrap_or(self.node_port.saturating_add(2000));
        StackOptions {
            profile: self.profile,
            directory: self.data.clone(),
            ports: Ports::Fixed {
                edge: self.edge_port,
                haproxy: self.haproxy_port,
                first_node: self.node_port,
                first_peer,
                first_admin,
            },
            edge: self.edge != EdgeChoice::Haproxy,
            haproxy: self.edge != EdgeChoice::Envoy,
            launcher: true,
            admin_password: self.admin_password_file.clone(),
            peer_tls: self.peer_tls == PeerTlsChoice::Required,
            concurrency: workers.unwrap_or(NonZeroU16::MIN),
            moving_max: None,
            ..StackOptions::of(self.nodes)
        }
    }
}

async fn serve(mut stack: Stack, end: &mut EndSignals) {
    let mut rounds = interval(ROUND);
    loop {
        tokio::select! {
            _ = rounds.tick() => for ended in stack.take_ended() {
                eprintln!("{ended}\nThe others go on.");
            },
            () = end.received() => return stack.shut_down().await,
        }
    }
}

/// What a script reads, and what a person may try.
fn announce(stack: &Stack, out: &mut impl Write) -> io::Result<()> {
    let pid = |pid: Option<u32>| pid.map_or_else(String::new, |pid| pid.to_string());
    for node in stack.nodes() {
        writeln!(out, "node {} pid {} {}", node.id(), pid(node.pid()), node.url())?;
    }
    let mut ready = None;
    if let Some(envoy) = stack.envoy_if_any() {
        writeln!(out, "envoy pid {} {}", pid(envoy.pid()), envoy.url())?;
        ready = Some(envoy.url());
    }
    if let Some(haproxy) = stack.haproxy_if_any() {
        writeln!(out, "haproxy pid {} {}", pid(haproxy.pid()), haproxy.url())?;
        ready.get_or_insert_with(|| haproxy.url());
    }
    // There is one of them at least.
    let url = ready.unwrap_or_default();
    writeln!(out, "ready {url}")?;
    if let Some(password) = stack.admin_password() {
        announce_login(stack, (&url, password), out)?;
        return out.flush();
    }
    let key = format!("{url}/kv/greetings/berlin");
    writeln!(out, "curl -X PUT {key} -H 'content-type: text/plain' -d 'guten Tag'")?;
    writeln!(out, "curl -i {key}")?;
    writeln!(out, "curl {url}/explain/greetings/berlin")?;
    writeln!(out, "curl '{url}/map_request?id=42'")?;
    writeln!(out, "curl -X DELETE {key}")?;
    writeln!(out, "curl -X POST {url}/add -d '{{\"n\": 1}}'")?;
    out.flush()
}

/// What a person may try who has to log in first.
fn announce_login(
    stack: &Stack,
    (url, password): (&str, &Path),
    out: &mut impl Write,
) -> io::Result<()> {
    let (ringway, password) = (stack.program().display(), password.display());
    for words in [
        format!("login admin --password-file {password}"),
        "user add ann --role writer --prefix greetings/".to_owned(),
        "put greetings/berlin 'guten Tag'".to_owned(),
        "get greetings/berlin".to_owned(),
        "explain greetings/berlin".to_owned(),
        "del greetings/berlin".to_owned(),
    ] {
        writeln!(out, "{ringway} {words} --url {url}")?;
    }
    Ok(())
}

/// The signals that ask a program to end.
struct EndSignals([Signal; 3]);

impl EndSignals {
    fn listen() -> io::Result<Self> {
        let interrupt = signal(SignalKind::interrupt())?;
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self([interrupt, terminate, signal(SignalKind::hangup())?]))
    }

    /// Returns once one of them was received.
    async fn received(&mut self) {
        let [interrupt, terminate, hang_up] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    }
}

/// Why there is nothing up.
#[derive(Debug, Error)]
pub enum UpError {
    /// The stack does not stand.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// A password that nobody is asked for.
    #[error("--admin-password-file goes with --auth required")]
    PasswordWithoutAuth,
    /// Without them nothing could end in order.
    #[error("signals can't be listened for: {0}")]
    Signals(io::Error),
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: UpArgs,
    }

    #[test]
    fn tokens_take_an_admin() {
        let parse = |flags: &[&str]| Line::try_parse_from([&["up"], flags].concat());
        assert!(parse(&["--auth", "required"]).is_err());
        let file = ["--admin-password-file", "f"];
        let asking = parse(&[&["--auth", "required"][..], &file].concat()).unwrap();
        assert_eq!(asking.args.options().admin_password, Some("f".into()));
        assert_eq!(parse(&[]).unwrap().args.options().admin_password, None);
    }

    #[test]
    fn nodes_speak_tls_where_that_is_said() {
        let options = |flags: &[&str]| {
            Line::try_parse_from([&["up"], flags].concat()).unwrap().args.options()
        };
        assert!(options(&["--peer-tls", "required"]).peer_tls);
        assert!(!options(&[]).peer_tls);
    }

    #[test]
    fn envoy_is_there_on_8000_unless_asked_for_otherwise_and_haproxy_on_8001() {
        for (flags, envoy, haproxy) in [
            (&["up"][..], true, false),
            (&["up", "--edge", "envoy"], true, false),
            (&["up", "--edge", "haproxy"], false, true),
            (&["up", "--edge", "both"], true, true),
        ] {
            let options = Line::try_parse_from(flags).unwrap().args.options();
            assert_eq!((options.edge, options.haproxy), (envoy, haproxy), "{flags:?}");
            let Ports::Fixed { edge, haproxy, .. } = options.ports else { panic!("{flags:?}") };
            assert_eq!((edge, haproxy), (8000, 8001), "{flags:?}");
        }
        let line = Line::try_parse_from(["up", "--edge", "both", "--haproxy-port", "9001"]);
        let ports = line.unwrap().args.options().ports;
        assert!(matches!(ports, Ports::Fixed { haproxy: 9001, edge: 8000, .. }));
    }
}
