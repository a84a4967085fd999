//! Servers are added, removed and ended.

use std::sync::Arc;

use ringway_ring::NodeId;
use serde_json::json;

use super::json as json_reply;
use super::rep::replicas;
use crate::access::NamedServer;
use crate::node::Node;
use crate::raw_target::RawTarget;
use crate::refusal::Refusal;
use crate::routes::{AdmittedBody, Answer};
use crate::servers::{self, ServersError, ShutDown, Wanted};

/// Far above as many names as one request may have.
const BODY_BYTES_MAX: u64 = 64 << 10;

/// `POST /add` `{"n": 2, "hostnames": ["a", "b"]}`: starts servers and puts them into the
/// ring. Answers once that is agreed on; their share of the data comes after.
pub(crate) async fn add_servers(node: Arc<Node>, body: AdmittedBody) -> Answer {
    let wanted = Wanted::read(&read(body).await?)?;
    add(node, wanted).await
}

/// `DELETE /rm` with the same body: takes servers out of the ring, and stops each when what it
/// holds has gone to others. Answers once that is agreed on.
pub(crate) async fn remove_servers(node: Arc<Node>, body: AdmittedBody) -> Answer {
    let wanted = Wanted::read(&read(body).await?)?;
    remove(&node, &wanted).await
}

/// `POST /add_server?hostname=`: as [`add_servers`], one. The body may say the same.
pub(crate) async fn add_server(node: Arc<Node>, target: RawTarget, body: AdmittedBody) -> Answer {
    match named(&target, body).await? {
        NamedServer { port: Some(_), .. } => {
            Err(Refusal::Parameter { name: "port", expected: "left to the launcher" })
        }
        NamedServer { hostname, .. } => add(node, Wanted::one(hostname)).await,
    }
}

/// `POST /remove_server?hostname=` or `?port=`: as [`remove_servers`], one. The body may say
/// the same.
pub(crate) async fn remove_server(
    node: Arc<Node>,
    target: RawTarget,
    body: AdmittedBody,
) -> Answer {
    let named = named(&target, body).await?;
    let wanted = Wanted::one(id(named, &node)?);
    remove(&node, &wanted).await
}

/// `GET | POST /shutdown?port=` or `?hostname=`: ends one server, which finishes what it has in
/// flight. It stays in the ring, and may come back.
pub(crate) async fn shut_down(node: Arc<Node>, target: RawTarget) -> Answer {
    let missing = Refusal::Parameter { name: "port", expected: "where the server listens" };
    let id = id(in_query(&target)?, &node)?.ok_or(missing)?;
    let said = match servers::shut_down(&node, id.clone()).await? {
        ShutDown::Ended => format!("Server {id} has ended"),
        ShutDown::Ending => format!("Server {id} is ending"),
    };
    Ok(json_reply(&json!({ "message": said, "status": "successful" })))
}

async fn add(node: Arc<Node>, wanted: Wanted) -> Answer {
    servers::add(&node, &wanted).await?;
    Ok(done(&node))
}

async fn remove(node: &Arc<Node>, wanted: &Wanted) -> Answer {
    servers::remove(node, wanted).await?;
    Ok(done(node))
}

fn done(node: &Node) -> warp::reply::Response {
    let message = replicas(&node.clusters.present());
    json_reply(&json!({ "message": message, "status": "successful" }))
}

async fn read(body: AdmittedBody) -> Result<Vec<u8>, Refusal> {
    let body = body.read(BODY_BYTES_MAX).await?;
    Ok(body.bytes.to_vec())
}

/// Which server is meant: what the query says, or else the body.
async fn named(target: &RawTarget, body: AdmittedBody) -> Result<NamedServer, Refusal> {
    let noted = body.noted();
    let (body, asked) = (read(body).await?, in_query(target)?);
    if body.is_empty() || !asked.is_nobody() {
        return Ok(asked);
    }
    let named = serde_json::from_slice(&body).map_err(ServersError::Body)?;
    noted.put(&named);
    Ok(named)
}

fn in_query(target: &RawTarget) -> Result<NamedServer, Refusal> {
    target.check()?;
    let hostname = target.parameter("hostname")?.map(|name| name.parse());
    let refusal = Refusal::Parameter { name: "port", expected: "a port" };
    let port = target.number("port")?.map(u16::try_from).transpose().map_err(|_| refusal)?;
    Ok(NamedServer { hostname: hostname.transpose().map_err(ServersError::BadName)?, port })
}

/// Who `named` is; nothing where nothing is said.
fn id(named: NamedServer, node: &Node) -> Result<Option<NodeId>, ServersError> {
    let cluster = node.clusters.present();
    match (named.hostname, named.port) {
        (Some(id), _) if cluster.members().contains_key(&id) => Ok(Some(id)),
        (Some(id), _) => Err(ServersError::NoSuchServer { id }),
        (None, Some(port)) => servers::on_port(&cluster, port).map(Some),
        (None, None) => Ok(None),
    }
}
