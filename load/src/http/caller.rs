//! One client's way to the cluster.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use super::connection::Connection;
use super::patience::Patience;
use super::{Answer, CallError, NodeTable, Sink};

/// One client's connection, opened anew when it is needed.
#[derive(Debug)]
pub(crate) struct Caller {
    address: SocketAddr,
    connection: Option<Connection>,
    patience: Patience,
    nodes: Rc<NodeTable>,
}

impl Caller {
    pub(crate) fn new(address: SocketAddr, timeout: Duration, nodes: Rc<NodeTable>) -> Self {
        Self { address, connection: None, patience: Patience::new(timeout), nodes }
    }

    /// Connects, unless it is connected.
    pub(crate) async fn connect(&mut self) -> Result<(), CallError> {
        let Self { address, connection, patience, .. } = self;
        patience.wait(Instant::now(), connected(*address, connection)).await.map_or_else(
            || Err(CallError::Connect(io::ErrorKind::TimedOut.into())),
            |connected| connected.map(|_| ()),
        )
    }

    /// Sends `request`, begun at `start`, once, and reads the answer.
    pub(crate) async fn call(
        &mut self,
        start: Instant,
        request: &[u8],
        sink: &mut Sink<'_>,
    ) -> Result<Answer, CallError> {
        let Self { address, connection, patience, nodes } = self;
        let exchange =
            async { connected(*address, connection).await?.exchange(request, nodes, sink).await };
        let answer = patience.wait(start, exchange).await.unwrap_or(Err(CallError::Timeout));
        if connection.as_ref().is_some_and(|connection| connection.spent) {
            *connection = None;
        }
        answer
    }
}

async fn connected(
    address: SocketAddr,
    connection: &mut Option<Connection>,
) -> Result<&mut Connection, CallError> {
    let open = match connection.take() {
        Some(open) => open,
        None => Connection::open(address).await.map_err(CallError::Connect)?,
    };
    Ok(connection.insert(open))
}
