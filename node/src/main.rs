//! The `ringway` program.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use clap_complete::Shell;
use ringway::{
    Args, Command, Config, HaproxySync, HaproxySyncArgs, LauncherArgs, LauncherConfig,
    LauncherServer, NodeArgs, Server, keep_memory_private, run_ring,
};
use ringway_client::exit_codes::{REFUSED, USAGE};
use ringway_client::{ClientError, print_bytes, run_client, stored_token};
use ringway_load::run_bench;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return refuse_arguments(&error),
    };
    match args.command {
        Command::Node(args) => node(args),
        Command::Launcher(args) => launcher(args),
        Command::HaproxySync(args) => haproxy_sync(args),
        Command::Ring(args) => run_ring(args),
        Command::Client(command) => run_client(command),
        Command::Completions { shell } => completions(shell),
        Command::Bench(args) => {
            run_bench(&args, |url| stored_token(url).map_err(|error| error.to_string()))
        }
    }
}

fn node(args: NodeArgs) -> ExitCode {
    let log_format = args.log_format;
    // Before there is a secret in it.
    if let Err(error) = keep_memory_private() {
        return fail(REFUSED, &error);
    }
    let config = match Config::validate(args) {
        Ok(config) => config,
        Err(error) => return fail(USAGE, &error),
    };
    ringway::start_logging(log_format);
    abort_on_panic();
    ended(serve(config))
}

fn launcher(args: LauncherArgs) -> ExitCode {
    let log_format = args.log_format;
    if let Err(error) = keep_memory_private() {
        return fail(REFUSED, &error);
    }
    let config = match LauncherConfig::validate(args) {
        Ok(config) => config,
        Err(error) => return fail(USAGE, &error),
    };
    ringway::start_logging(log_format);
    abort_on_panic();
    ended(launch(config))
}

fn haproxy_sync(args: HaproxySyncArgs) -> ExitCode {
    ringway::start_logging(args.log_format);
    abort_on_panic();
    ended(sync_haproxy(args))
}

fn completions(shell: Shell) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "ringway", &mut script);
    match print_bytes(&script) {
        Ok(()) | Err(ClientError::ReaderGone) => ExitCode::SUCCESS,
        Err(error) => fail(error.exit_code(), &error),
    }
}

fn ended(how: Result<(), Box<dyn Error>>) -> ExitCode {
    match how {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(REFUSED, &*error),
    }
}

/// A panic is a bug of ours, and may have come in the middle of an event of the replication
/// protocol. What it left half done must not be acted on: the process ends, as in a crash,
/// from which the protocol recovers.
fn abort_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        std::process::abort();
    }));
}

#[tokio::main]
async fn serve(config: Config) -> Result<(), Box<dyn Error>> {
    let asked_to_end = asked_to_end()?;
    let (id, host, port) = (config.id.clone(), config.host, config.port);
    let listener = TcpListener::bind((host, port))
        .await
        .map_err(|error| format!("can't listen on {host} port {port}: {error}"))?;
    let server = Server::open(listener, config).await?;
    let (address, admin) = (server.address(), server.admin_address());
    tracing::info!(node = %id, %address, %admin, "listening");
    // The lines that scripts read, both at once; that nobody reads them is no reason to stop.
    let _ = writeln!(
        io::stdout(),
        "ringway node {id} listens on http://{address}\n\
         ringway node {id} tells edges and monitoring at http://{admin}"
    );
    server
        .run(async {
            asked_to_end.await;
            tracing::info!(node = %id, "stopping");
        })
        .await?;
    tracing::info!(node = %id, "stopped");
    Ok(())
}

#[tokio::main]
async fn launch(config: LauncherConfig) -> Result<(), Box<dyn Error>> {
    let asked_to_end = asked_to_end()?;
    let listen = config.listen;
    let server = LauncherServer::open(config).await;
    let server = server.map_err(|error| format!("can't listen on {listen}: {error}"))?;
    let address = server.address();
    tracing::info!(%address, "the launcher is listening");
    // As with nodes, for scripts.
    let _ = writeln!(io::stdout(), "ringway launcher listens on http://{address}");
    server.run(asked_to_end).await?;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn sync_haproxy(args: HaproxySyncArgs) -> Result<(), Box<dyn Error>> {
    let asked_to_end = asked_to_end()?;
    let sync = HaproxySync::open(args).await?;
    let address = sync.address();
    // As with nodes, for scripts.
    let _ = writeln!(io::stdout(), "ringway haproxy-sync shows metrics at http://{address}");
    sync.run(asked_to_end).await;
    Ok(())
}

/// Returns on SIGINT or SIGTERM, which don't end the process any more.
fn asked_to_end() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

fn refuse_arguments(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // Asked for, so it goes to standard output; that may be closed.
            let _ = error.print();
            ExitCode::SUCCESS
        }
        _ => {
            // The first paragraph is the sentence; usage and tips follow it.
            let text = error.render().to_string();
            let sentence = text.split("\n\n").next().unwrap_or_default().replace("\n  ", " ");
            eprintln!("ringway: {}", sentence.trim_start_matches("error: ").trim());
            ExitCode::from(USAGE)
        }
    }
}

fn fail(code: u8, error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("ringway: {error}");
    ExitCode::from(code)
}
