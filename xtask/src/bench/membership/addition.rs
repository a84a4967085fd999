//! A node that is put into the ring and taken out again.

use std::error::Error;
use std::slice;

use ringway_ring::{Member, NodeId, Weight, Zone};

use crate::stack::{RingChange, Stack};

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

    /// Returns once the others hold all of it.
    pub(super) async fn take_out(&self, stack: &Stack) -> Result<(), Box<dyn Error>> {
        Ok(stack.change(&RingChange::removing(slice::from_ref(&self.id))).await?)
    }
}
