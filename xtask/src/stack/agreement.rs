//! What the nodes agree on: the view, and having it changed.

use std::num::NonZeroU16;
use std::time::Duration;

use ringway_ring::{NodeId, View};
use serde_json::{Value, json};

use super::{Node, PATIENCE, RingChange, Stack, StackError, ring_change};
use crate::wait;

/// How long a ring may take to change. Generous: eight nodes may share two cores.
const SETTLING: Duration = Duration::from_mins(5);

impl Stack {
    /// The view that all nodes agree on. A new one takes a moment to reach them all.
    ///
    /// # Errors
    /// When one does not answer, or goes on to answer otherwise than another.
    pub async fn view(&self) -> Result<View, StackError> {
        let mut view = self.agreed_view().await;
        wait::until(PATIENCE, async || {
            if matches!(view, Err(StackError::ViewsDiffer { .. })) {
                view = self.agreed_view().await;
            }
            !matches!(view, Err(StackError::ViewsDiffer { .. }))
        })
        .await;
        view
    }

    async fn agreed_view(&self) -> Result<View, StackError> {
        let mut agreed: Option<(&NodeId, View)> = None;
        for node in &self.nodes {
            let view = self.view_of(node).await?;
            match &agreed {
                Some((id, other)) if *other != view => {
                    let (one, other) = ((*id).clone(), node.id().clone());
                    return Err(StackError::ViewsDiffer { one, other });
                }
                _ => agreed = Some((node.id(), view)),
            }
        }
        let (_, view) = agreed.unwrap_or_else(|| unreachable!("a stack has nodes"));
        Ok(view)
    }

    async fn view_of(&self, node: &Node) -> Result<View, StackError> {
        let fetch = async || {
            let answer = self.client.get(format!("{}/ring", node.admin_url())).send().await?;
            answer.error_for_status()?.bytes().await
        };
        let no_view = |source| StackError::NoView { id: node.id().clone(), source };
        let json = fetch().await.map_err(no_view)?;
        View::from_json(&json)
            .map_err(|source| StackError::BadView { id: node.id().clone(), source })
    }

    /// Changes the ring, and returns once every node that runs knows that it is done.
    ///
    /// # Errors
    /// When the nodes refuse, or it takes too long.
    pub async fn change(&self, change: &RingChange) -> Result<(), StackError> {
        self.begin_change(change).await?;
        self.settle().await
    }

    /// Asks for a change of the ring, and returns once that is agreed on.
    ///
    /// # Errors
    /// When the nodes refuse.
    pub async fn begin_change(&self, change: &RingChange) -> Result<(), StackError> {
        self.agree("/ring/change", &change.body()).await
    }

    /// How many partitions may move at once.
    ///
    /// # Errors
    /// When the first node doesn't say.
    pub async fn moving_max(&self) -> Result<NonZeroU16, StackError> {
        ring_change::moving_max(self, &self.client).await
    }

    /// Lets as many partitions move at once.
    ///
    /// # Errors
    /// When the nodes refuse.
    pub async fn set_moving_max(&self, moving_max: NonZeroU16) -> Result<(), StackError> {
        self.agree("/ring/settings", &json!({ "moving_max": moving_max })).await
    }

    /// Has the nodes agree on `body`, which is posted to `path`.
    async fn agree(&self, path: &str, body: &Value) -> Result<(), StackError> {
        let mut refused = None;
        let asked = async || ring_change::post(self, &self.client, path, body).await;
        let agreed = wait::until(PATIENCE, async || match asked().await {
            Ok(()) => true,
            Err(refusal) => {
                let is_final = refusal.is_final;
                refused = Some(refusal);
                is_final
            }
        });
        let agreed = agreed.await;
        match refused {
            Some(refusal) if refusal.is_final || !agreed => {
                Err(StackError::RingChange { answer: refusal.answer })
            }
            _ => Ok(()),
        }
    }

    /// Returns once every node that runs has the same view, in which nothing is on the way and
    /// all of them are up, and as many vote as should.
    ///
    /// # Errors
    /// When that takes too long.
    pub async fn settle(&self) -> Result<(), StackError> {
        let mut state = Ok(());
        let settled = wait::until(SETTLING, async || {
            state = ring_change::settled(self, &self.client).await;
            state.is_ok()
        });
        if settled.await { Ok(()) } else { state }
    }
}
