//! How often somebody may try to log in.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

/// Of one name: this many at once, and one more after each interval.
const USER: Pace = Pace { burst: 10, interval_ms: 6_000 };
/// Of one address: more people may be behind it.
const ADDRESS: Pace = Pace { burst: 30, interval_ms: 1_000 };
/// Names and addresses that are remembered.
const SUBJECTS_MAX: usize = 16_384;

/// How often somebody may try to log in: failures are counted by name and by address. Names count
/// whether or not there is such a user, so that they tell nothing.
///
/// `now` is in milliseconds, of any clock that doesn't go back.
#[derive(Debug, Default)]
pub struct LoginThrottle {
    /// When each will have all its attempts again (the generic cell rate algorithm).
    whole_at: BTreeMap<Subject, u64>,
}

#[derive(Clone, Copy)]
struct Pace {
    burst: u64,
    interval_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    User(String),
    Address(IpAddr),
}

impl LoginThrottle {
    /// Counts an attempt to log in as `user` from `address`, before it is known how it ends.
    ///
    /// # Errors
    /// When there were too many: in how many milliseconds another one may be made. This one is
    /// not counted.
    pub fn attempt(&mut self, user: &str, address: IpAddr, now: u64) -> Result<(), u64> {
        let subjects = subjects(user, address);
        let next: Vec<_> = subjects
            .into_iter()
            .map(|(subject, pace)| {
                let next = self.next(&subject, pace, now);
                (subject, next)
            })
            .collect();
        if let Some(wait) = next.iter().filter_map(|(_, next)| next.err()).max() {
            return Err(wait);
        }
        for (subject, next) in next {
            self.make_room(now);
            self.whole_at.insert(subject, next.unwrap_or(now));
        }
        Ok(())
    }

    /// Takes an attempt back, since it ended well.
    pub fn succeeded(&mut self, user: &str, address: IpAddr) {
        for (subject, pace) in subjects(user, address) {
            if let Some(whole_at) = self.whole_at.get_mut(&subject) {
                *whole_at = whole_at.saturating_sub(pace.interval_ms);
            }
        }
    }

    /// When `subject` will be whole after another attempt, or how long that has to wait.
    fn next(&self, subject: &Subject, pace: Pace, now: u64) -> Result<u64, u64> {
        let whole_at = self.whole_at.get(subject).map_or(now, |&at| at.max(now));
        let allowed_from = whole_at.saturating_sub((pace.burst - 1) * pace.interval_ms);
        if allowed_from > now {
            return Err(allowed_from - now);
        }
        Ok(whole_at + pace.interval_ms)
    }

    /// Forgets those who have all their attempts, and else who has most of them.
    fn make_room(&mut self, now: u64) {
        if self.whole_at.len() < SUBJECTS_MAX {
            return;
        }
        self.whole_at.retain(|_, &mut whole_at| whole_at > now);
        if self.whole_at.len() >= SUBJECTS_MAX {
            let soonest = self.whole_at.iter().min_by_key(|&(_, &at)| at);
            if let Some(subject) = soonest.map(|(subject, _)| subject.clone()) {
                self.whole_at.remove(&subject);
            }
        }
    }
}

fn subjects(user: &str, address: IpAddr) -> [(Subject, Pace); 2] {
    let user = (Subject::User(user.to_owned()), USER);
    let address = (Subject::Address(network(address)), ADDRESS);
    [user, address]
}

/// Whoever has one address of IPv6 has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn who_guesses_a_password_waits_and_the_right_one_costs_nothing() {
        let mut throttle = LoginThrottle::default();
        for now in 0..10 {
            throttle.attempt("ann", from("10.0.0.1"), now).unwrap();
        }
        let wait = throttle.attempt("ann", from("10.0.0.2"), 10).unwrap_err();
        assert!((1..=6000).contains(&wait), "{wait}");
        assert_eq!(throttle.attempt("ann", from("10.0.0.3"), 9 + wait), Err(1));
        throttle.attempt("ann", from("10.0.0.3"), 10 + wait).unwrap();
        throttle.attempt("bob", from("10.0.0.1"), 10).unwrap();

        let mut throttle = LoginThrottle::default();
        for now in 0..1000 {
            throttle.attempt("ann", from("10.0.0.1"), now).unwrap();
            throttle.succeeded("ann", from("10.0.0.1"));
        }
    }

    #[test]
    fn who_guesses_names_waits_too() {
        let mut throttle = LoginThrottle::default();
        let tried = |throttle: &mut LoginThrottle, address: &str| {
            let names = (0..100).map(|number| format!("user-{number}"));
            names.filter(|name| throttle.attempt(name, from(address), 0).is_ok()).count()
        };
        assert_eq!(tried(&mut throttle, "10.0.0.1"), 30);
        assert_eq!(tried(&mut throttle, "::ffff:10.0.0.1"), 0, "the same");
        assert_eq!(tried(&mut throttle, "2001:db8::1"), 30);
        assert_eq!(tried(&mut throttle, "2001:db8::2"), 0, "of one network");
        assert_eq!(tried(&mut throttle, "2001:db8:0:1::1"), 30);
    }

    #[test]
    fn what_is_remembered_is_bounded_and_guessing_on_is_not_forgotten() {
        let mut throttle = LoginThrottle::default();
        for _ in 0..10 {
            throttle.attempt("ann", from("10.0.0.1"), 0).unwrap();
        }
        for number in 0..u16::try_from(SUBJECTS_MAX).unwrap() {
            let [a, b] = number.to_be_bytes();
            let address = IpAddr::from([10, 1, a, b]);
            throttle.attempt(&format!("user-{number}"), address, 1).unwrap();
        }
        assert!(throttle.whole_at.len() <= SUBJECTS_MAX);
        assert!(throttle.attempt("ann", from("10.0.0.2"), 1).is_err());
    }
}
