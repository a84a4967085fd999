//! A node that is put into the ring and taken out again.

use std::error::Error;
use std::slice;
use std::time::Duration;

use ringway_ring::{Member, NodeId, Weight, Zone};

use crate::stack::{RingChange, Stack};
use crate::wait;

/// How long nodes may take to remove what they hold no more.
const PATIENCE: Duration = Duration::from_mins(5);

/// A node that is put into the ring and taken out again, as often as one likes.
pub(super) struct Addition {
    pub(super) id: NodeId,
}

impl Addition {
    /// Starts it as a member that holds nothing.
    pub(super) async fn start(stack: &mut Stack) -> Result<Self, Box<dyn Error>> {
        let id: NodeId = format!("n{}", stack.nodes().len() + 1).parse()?;
        let member = Member { id: id.clone(), zone: Zone::default(), weight: Weight::ONE };
        stack.join(vec![member]).await?;
        stack.settle().await?;
        Ok(Self { id })
    }

    /// Returns once it holds its share.
    pub(super) async fn put_in(&self, stack: &Stack) -> Result<(), Box<dyn Error>> {
        Ok(stack.change(&RingChange::adding(slice::from_ref(&self.id))).await?)
    }

    /// Returns once the others hold all of it, and nobody has anything left to remove: that
    /// would be noticed by whoever measures next.
    pub(super) async fn take_out(&self, stack: &Stack) -> Result<(), Box<dyn Error>> {
        stack.change(&RingChange::removing(slice::from_ref(&self.id))).await?;
        for node in stack.nodes() {
            let is_clear = async || node.metric("ringway_replication_clearing").await == Some(0);
            if !wait::until(PATIENCE, is_clear).await {
                return Err(format!("{} still removes what it holds no more", node.id()).into());
            }
        }
        Ok(())
    }
}
