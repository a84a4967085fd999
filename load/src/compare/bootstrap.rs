//! How much of a difference is chance.

use super::recording::Recording;
use crate::workload::Random;

/// A run in stretches of time, to be drawn from.
///
/// Requests of one moment are alike: a pause of the server hits all of them. To draw single
/// requests would take them for independent, and call every hiccup a proof. So whole stretches of
/// time are drawn (the block bootstrap of Künsch 1989).
#[derive(Debug)]
pub(super) struct Blocks {
    blocks: Vec<Block>,
}

/// The latencies of a stretch, counted by size, half a percent exact.
#[derive(Clone, Debug)]
struct Block {
    counts: Vec<u32>,
    total: u64,
}

impl Blocks {
    const BLOCKS: usize = 40;
    /// A factor of e is so many sizes.
    const SIZES_PER_E: f64 = 200.0;
    /// From a tenth of a microsecond to more than ten minutes.
    const SIZES: usize = 4600;
    const SMALLEST: f64 = 0.1;

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded below")]
    pub(super) fn new(recording: &Recording) -> Self {
        let empty = Block { counts: vec![0; Self::SIZES], total: 0 };
        let mut blocks = vec![empty; Self::BLOCKS];
        for (start, latency) in &recording.done {
            let block = (start / recording.end * Self::BLOCKS as f64) as usize;
            let size =
                ((latency.max(Self::SMALLEST) / Self::SMALLEST).ln() * Self::SIZES_PER_E) as usize;
            if let Some(block) = blocks.get_mut(block.min(Self::BLOCKS - 1)) {
                block.total += 1;
                if let Some(count) = block.counts.get_mut(size.min(Self::SIZES - 1)) {
                    *count += 1;
                }
            }
        }
        Self { blocks }
    }

    /// As many stretches as there are, drawn with replacement.
    fn draw(&self, random: &mut Random) -> Block {
        let mut drawn = Block { counts: vec![0; Self::SIZES], total: 0 };
        for _ in 0..self.blocks.len() {
            let index = usize::try_from(random.below(self.blocks.len() as u64)).unwrap_or(0);
            let Some(block) = self.blocks.get(index) else { continue };
            drawn.total += block.total;
            for (count, more) in drawn.counts.iter_mut().zip(&block.counts) {
                *count += more;
            }
        }
        drawn
    }
}

impl Block {
    /// The latency that `share` of all don't exceed.
    fn quantile(&self, share: f64) -> f64 {
        let mut left = share * self.total as f64;
        let reached = |count: &u32| {
            left -= f64::from(*count);
            left <= 0.0
        };
        let size = self.counts.iter().position(reached).unwrap_or(Blocks::SIZES);
        Blocks::SMALLEST * (size as f64 / Blocks::SIZES_PER_E).exp()
    }
}

/// In how wide a range chance puts the ratios of two runs.
#[derive(Debug)]
pub(super) struct Chance {
    /// Of each percentile that was asked for, in order of size.
    pub(super) quantiles: Vec<Vec<f64>>,
    /// Of the number of requests.
    pub(super) requests: Vec<f64>,
}

impl Chance {
    const DRAWS: usize = 400;

    /// `after` ÷ `before`, again and again.
    pub(super) fn new(before: &Blocks, after: &Blocks, shares: &[f64]) -> Self {
        let mut random = Random::new(1, 0);
        let mut quantiles = vec![Vec::new(); shares.len()];
        let mut requests = Vec::new();
        for _ in 0..Self::DRAWS {
            let (before, after) = (before.draw(&mut random), after.draw(&mut random));
            for (ratios, share) in quantiles.iter_mut().zip(shares) {
                ratios.push(after.quantile(*share) / before.quantile(*share));
            }
            requests.push(after.total as f64 / before.total.max(1) as f64);
        }
        quantiles
            .iter_mut()
            .chain([&mut requests])
            .for_each(|ratios| ratios.sort_by(f64::total_cmp));
        Self { quantiles, requests }
    }
}

/// Where 95 of 100 of `ratios` are, which are in order.
pub(super) fn middle_95(ratios: &[f64]) -> (f64, f64) {
    let outside = ratios.len() / 40;
    let low = ratios.get(outside).copied().unwrap_or(f64::NAN);
    let high = ratios.iter().rev().nth(outside).copied().unwrap_or(f64::NAN);
    (low, high)
}
