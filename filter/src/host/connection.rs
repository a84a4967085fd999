//! What Envoy calls for each connection.

use std::cell::RefCell;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, RootContext, StreamContext};
use proxy_wasm::types::{Action, ContextType, MetricType};

use super::{configuration, increment, start_ticking};
use crate::{ConnectionLimit, Connections};

/// One for each VM.
#[derive(Default)]
pub(super) struct Root {
    limit: Option<ConnectionLimit>,
    connections: Rc<RefCell<Connections>>,
    refused: Option<u32>,
}

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, _: usize) -> bool {
        self.limit = configuration(ConnectionLimit::from_json);
        let refused = "ringway_connections_refused_total";
        self.refused = hostcalls::define_metric(MetricType::Counter, refused).ok();
        start_ticking();
        self.limit.is_some()
    }

    fn on_tick(&mut self) {
        if let Some(metric) = self.refused {
            increment(metric, self.connections.borrow_mut().take_refused());
        }
    }

    fn create_stream_context(&self, _: u32) -> Option<Box<dyn StreamContext>> {
        let connections = Rc::clone(&self.connections);
        Some(Box::new(Connection { limit: self.limit, connections, admitted: None }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::StreamContext)
    }
}

/// One for each connection, and dropped with it.
struct Connection {
    limit: Option<ConnectionLimit>,
    connections: Rc<RefCell<Connections>>,
    admitted: Option<IpAddr>,
}

impl Context for Connection {}

impl StreamContext for Connection {
    fn on_new_connection(&mut self) -> Action {
        // Both are there, or Envoy would not call.
        let (Some(limit), Some(address)) = (self.limit, source_address()) else {
            return Action::Continue;
        };
        if self.connections.borrow_mut().admit(address, limit) {
            self.admitted = Some(address);
            return Action::Continue;
        }
        // Only ever answers Ok, or the SDK has panicked.
        let _ = hostcalls::close_downstream();
        Action::Pause
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(address) = self.admitted {
            self.connections.borrow_mut().ended(address);
        }
    }
}

fn source_address() -> Option<IpAddr> {
    let address = hostcalls::get_property(vec!["source", "address"]).ok().flatten()?;
    let address: SocketAddr = str::from_utf8(&address).ok()?.parse().ok()?;
    Some(address.ip())
}
