//! How nodes of the stack are let in where that takes a token.

use std::io::{self, Write};
use std::path::Path;

use ringway_ring::NodeId;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::{Stack, StackError};

/// Far above what a node takes to join.
const TTL_SECONDS: u64 = 600;

impl Stack {
    /// Writes what lets the node called `id` join to its file, where it needs that.
    pub(super) async fn give_join_token(&self, id: &NodeId) -> Result<(), StackError> {
        let is_member = self.directory.data(id).exists();
        let member = self.nodes.iter().find(|node| node.pid().is_some());
        let Some(member) = member.filter(|_| self.options.peer_tls && !is_member) else {
            return Ok(());
        };
        let body = json!({ "ttl_seconds": TTL_SECONDS }).to_string();
        let url = format!("{}/join-tokens", member.url());
        let text = match self.client.post(url).body(body).send().await {
            Ok(answer) => answer.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        };
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        let refused = |answer: String| StackError::JoinToken { id: id.clone(), answer };
        let token = answer.get("token").and_then(Value::as_str);
        let token = token.ok_or_else(|| refused(text.clone()))?;
        let kept = keep(&self.directory.join_token(id), token);
        kept.map_err(|error| refused(error.to_string()))
    }
}

/// Writes `token` to `path`, for this user to read.
fn keep(path: &Path, token: &str) -> io::Result<()> {
    let mut file = NamedTempFile::new_in(path.parent().unwrap_or(path))?;
    file.write_all(token.as_bytes())?;
    file.persist(path)?;
    Ok(())
}
