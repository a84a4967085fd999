//! Few are asked for often, and most hardly ever.

use super::Random;

/// Ranks from 0, of which rank r comes in proportion to 1 ÷ (r + 1)^θ.
///
/// The algorithm of Gray et al., *Quickly Generating Billion-Record Synthetic Databases* (1994),
/// as YCSB has it: exact for the first two ranks, a close approximation for the rest.
#[derive(Clone, Debug)]
pub(super) struct Zipfian {
    items: u64,
    zeta: f64,
    /// What depends on the two above.
    eta: f64,
}

impl Zipfian {
    /// YCSB's constant.
    pub(super) const THETA: f64 = 0.99;

    pub(super) fn new(items: u64) -> Self {
        let mut zipfian = Self::with_zeta(0, 0.0);
        zipfian.grow_to(items);
        zipfian
    }

    /// For so many items that their sum is better known than computed.
    pub(super) fn with_zeta(items: u64, zeta: f64) -> Self {
        let mut zipfian = Self { items, zeta, eta: 0.0 };
        zipfian.eta = zipfian.eta();
        zipfian
    }

    /// As many as now there are: only the new ones are added to the sum.
    pub(super) fn grow_to(&mut self, items: u64) {
        if items <= self.items {
            return;
        }
        let new = self.items + 1..=items;
        self.zeta += new.map(|rank| 1.0 / (rank as f64).powf(Self::THETA)).sum::<f64>();
        self.items = items;
        self.eta = self.eta();
    }

    fn eta(&self) -> f64 {
        let two = 1.0 + 0.5_f64.powf(Self::THETA);
        (1.0 - (2.0 / self.items as f64).powf(1.0 - Self::THETA)) / (1.0 - two / self.zeta)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to the number of items"
    )]
    pub(super) fn next(&self, random: &mut Random) -> u64 {
        let unit = random.unit();
        let scaled = unit * self.zeta;
        if scaled < 1.0 || self.items < 2 {
            return 0;
        }
        if scaled < 1.0 + 0.5_f64.powf(Self::THETA) {
            return 1;
        }
        let spread = (self.eta * unit - self.eta + 1.0).powf(1.0 / (1.0 - Self::THETA));
        ((self.items as f64 * spread) as u64).min(self.items - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(items: u64, draws: u32) -> Vec<f64> {
        let (zipfian, mut random) = (Zipfian::new(items), Random::new(7, 0));
        let mut counts = vec![0_u32; usize::try_from(items).unwrap()];
        for _ in 0..draws {
            counts[usize::try_from(zipfian.next(&mut random)).unwrap()] += 1;
        }
        counts.into_iter().map(|count| f64::from(count) / f64::from(draws)).collect()
    }

    #[test]
    fn the_first_ranks_come_as_often_as_theory_says() {
        let shares = shares(1000, 1_000_000);
        let zeta: f64 = (1..=1000).map(|rank| 1.0 / f64::from(rank).powf(0.99)).sum();
        // Exact by construction: what is left is chance, of which 1% is many deviations.
        for (rank, exact) in [(0, 1.0 / zeta), (1, 0.5_f64.powf(0.99) / zeta)] {
            assert!((shares[rank] / exact - 1.0).abs() < 0.02, "{rank}: {}, {exact}", shares[rank]);
        }
    }

    #[test]
    fn whole_stretches_of_ranks_come_nearly_as_often_as_theory_says() {
        let shares = shares(1000, 1_000_000);
        let weight = |rank: usize| 1.0 / (rank as f64 + 1.0).powf(0.99);
        let zeta: f64 = (0..1000).map(weight).sum();
        for stretch in [2..10, 10..100, 100..500, 500..1000] {
            let theory = stretch.clone().map(weight).sum::<f64>() / zeta;
            let drawn = shares[stretch.clone()].iter().sum::<f64>();
            assert!((drawn / theory - 1.0).abs() < 0.1, "{stretch:?}: {drawn} for {theory}");
        }
    }

    #[test]
    fn growing_is_the_same_as_being_that_large_from_the_start() {
        let mut grown = Zipfian::new(10);
        grown.grow_to(500);
        let whole = Zipfian::new(500);
        assert!((grown.zeta - whole.zeta).abs() < 1e-9);
        assert!((grown.eta - whole.eta).abs() < 1e-9);
    }

    #[test]
    fn one_item_is_always_the_one() {
        let (zipfian, mut random) = (Zipfian::new(1), Random::new(1, 1));
        assert!((0..100).all(|_| zipfian.next(&mut random) == 0));
    }
}
