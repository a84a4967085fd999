//! Envoy, HAProxy and a node, each asked for the same.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use ringway_ring::{RequestTarget, encode_path};

use super::ask::Ask;
use super::outcome::Outcome;
use super::pipeline::Pipeline;
use crate::stack::Stack;

/// How many requests are under way on a connection.
const DEPTH: usize = 32;
/// Envoy closes a connection on which more than two answers wait to be written ("Too many
/// responses queued", its protection against floods), and writes what the filter answers only
/// when it has read on.
const ENVOYS_DEPTH: usize = 1;

/// A connection to each of the three.
pub(super) struct Three {
    envoy: Pipeline,
    haproxy: Pipeline,
    node: Pipeline,
}

impl Three {
    /// To the edges and the first node of `stack`.
    pub(super) async fn open(stack: &Stack) -> io::Result<Self> {
        let node = stack.nodes().first().map(|node| node.address().to_string());
        let open = async |url: String, depth| {
            Pipeline::open(url.trim_start_matches("http://"), depth).await
        };
        Ok(Self {
            envoy: open(stack.edge().url(), ENVOYS_DEPTH).await?,
            haproxy: open(stack.haproxy().url(), DEPTH).await?,
            node: open(node.unwrap_or_default(), DEPTH).await?,
        })
    }

    /// What becomes of `asks`, in their order, at each of the three.
    pub(super) async fn ask(&mut self, asks: &[Ask]) -> io::Result<Vec<[Outcome; 3]>> {
        let direct: Vec<_> = asks.iter().map(asked_of_a_node).collect();
        // Forms of one key ask the node the same.
        let distinct: Vec<_> =
            direct.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect();
        let (by_envoy, by_haproxy, by_node) = tokio::try_join!(
            self.envoy.ask(asks),
            self.haproxy.ask(asks),
            self.node.ask(&distinct)
        )?;
        let by_node: BTreeMap<_, _> =
            distinct.iter().zip(by_node.iter().map(Outcome::of_node)).collect();
        let edges = by_envoy.iter().zip(&by_haproxy);
        let all = direct.iter().zip(edges).filter_map(|(direct, (envoy, haproxy))| {
            let node = by_node.get(direct)?.clone();
            Some([Outcome::of_edge(envoy), Outcome::of_edge(haproxy), node])
        });
        Ok(all.collect())
    }
}

/// What tells a node's view of `ask`: any node answers any key, so it is asked to explain, the
/// path's rest as it stands. A key of a query is explained as it was read; what the node refuses
/// it is asked as the edges are.
fn asked_of_a_node(ask: &Ask) -> Ask {
    let Ok(RequestTarget::Key(key)) = RequestTarget::parse(ask.target.as_bytes()) else {
        return ask.clone();
    };
    let of_path = ask.target.strip_prefix("/kv/").map(str::to_owned);
    Ask::get(format!("/explain/{}", of_path.unwrap_or_else(|| encode_path(key.as_str()))))
}
