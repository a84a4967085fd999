//! Starting nodes, and ending them in whichever way.

use std::process::Command;
use std::slice;

use ringway_ring::{Member, NodeId};

use super::{Host, Node, PATIENCE, Process, Stack, StackError, judge, placement};
use crate::wait;

impl Stack {
    /// Kills the node called `id` with SIGKILL. It is gone when this returns.
    pub fn kill(&mut self, id: &NodeId) {
        // Dropping it does that.
        drop(self.node_mut(id).process.take());
    }

    /// Sends `signal`, by its name without "SIG", to the node called `id`.
    pub fn signal(&mut self, id: &NodeId, signal: &str) {
        if let Some(process) = &mut self.node_mut(id).process {
            process.signal(signal);
        }
    }

    /// Starts the node called `id` again, on its data and its port, and returns once it
    /// answers. Kills it before, where it runs.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn restart(&mut self, id: &NodeId) -> Result<(), StackError> {
        self.start_nodes(slice::from_ref(id)).await
    }

    /// Starts `members` as new nodes, on ports of their own. They have joined when this
    /// returns, and hold nothing before a [`change`](Self::change) adds them.
    ///
    /// # Errors
    /// When one does not come up.
    pub async fn join(&mut self, members: Vec<Member>) -> Result<(), StackError> {
        let ids: Vec<_> = members.iter().map(|member| member.id.clone()).collect();
        for member in members {
            self.nodes.push(placement::anywhere(member, Host::default(), &mut self.ports)?);
        }
        self.start_nodes(&ids).await
    }

    /// Ends the node called `id` with SIGKILL, and forgets it.
    pub fn remove(&mut self, id: &NodeId) {
        self.kill(id);
        self.nodes.retain(|node| node.id() != id);
    }

    pub(super) async fn start_nodes(&mut self, ids: &[NodeId]) -> Result<(), StackError> {
        for id in ids {
            self.kill(id);
            self.give_join_token(id).await?;
            let process = self.spawn_node(self.node(id))?;
            self.node_mut(id).process = Some(process);
        }
        for id in ids {
            self.await_node(id).await?;
        }
        Ok(())
    }

    fn spawn_node(&self, node: &Node) -> Result<Process, StackError> {
        let others = self.nodes.iter().filter(|other| other.pid().is_some());
        let others: Vec<_> = others.map(Node::peer_address).collect();
        let (data, log) = (self.directory.data(node.id()), self.directory.log(node.id().as_str()));
        let secret = self.directory.secret();
        let admin_password = self.options.admin_password.as_deref();
        let binary = &self.artifacts.node;
        let mut command: Command = node.command(binary, &data, &secret, &others, admin_password);
        if let Some(launcher) = &self.launcher {
            command.args(["--launcher", &launcher.url()]);
        }
        if self.options.peer_tls {
            command.args(["--peer-tls", "required"]);
            let token = self.directory.join_token(node.id());
            if token.exists() {
                command.arg("--join-token-file").arg(token);
            }
        }
        command.args(&self.options.node_arguments);
        let name = node.id().as_str();
        Process::spawn(name, command, &log, &self.group)
            .map_err(|source| StackError::Spawn { name: name.to_owned(), source })
    }

    async fn await_node(&mut self, id: &NodeId) -> Result<(), StackError> {
        let client = self.client.clone();
        let node = self.node_mut(id);
        let mut state = Ok(());
        let ready = wait::until(PATIENCE, async || {
            state = node.check();
            state.is_err() || node.is_alive(&client).await
        });
        let ready = ready.await;
        let port = node.port;
        judge(state, ready, node.process.as_mut(), "answer", port)
    }

    pub(super) fn node_mut(&mut self, id: &NodeId) -> &mut Node {
        let found = self.nodes.iter_mut().find(|node| node.id() == id);
        found.unwrap_or_else(|| unreachable!("the stack has no node {id}"))
    }
}
