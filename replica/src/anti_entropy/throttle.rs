//! How fast partitions that move are copied.

use crate::Instant;

/// Bytes that were copied and are still to be paid for with time.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    debt: u64,
    paid: Instant,
}

impl Throttle {
    pub(crate) fn took(&mut self, bytes: u64) {
        self.debt = self.debt.saturating_add(bytes);
    }

    /// Whether more may be asked for, at so many bytes a second. On average no more comes, and
    /// at once no more than one answer to each question under way.
    pub(crate) fn is_open(&mut self, now: Instant, bytes_per_second: Option<u64>) -> bool {
        let Some(rate) = bytes_per_second else {
            self.debt = 0;
            return true;
        };
        let paid = now.since(self.paid).saturating_mul(rate) / 1000;
        if paid > 0 {
            self.debt = self.debt.saturating_sub(paid);
            self.paid = now;
        }
        self.debt == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_is_kept_and_pauses_are_not_saved_up() {
        let mut throttle = Throttle::default();
        let (mut copied, mut now) = (0, 10_000);
        while now < 20_000 {
            if throttle.is_open(Instant::new(now), Some(1000)) {
                throttle.took(300);
                copied += 300;
            }
            now += 10;
        }
        assert!((9_500..=10_500).contains(&copied), "{copied} bytes in ten seconds");
        assert!(throttle.is_open(Instant::new(now), None));
    }
}
