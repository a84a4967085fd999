//! Whether counts are as they should be, but for chance.

/// How far counts are from what was expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ChiSquare {
    /// The sum of (observed - expected)² ÷ expected.
    pub(crate) statistic: f64,
    /// How many of the counts are free.
    pub(crate) freedom: u32,
}

impl ChiSquare {
    /// Of pairs of what was observed and what was expected, which is more than nothing.
    pub(crate) fn new(counts: &[(f64, f64)]) -> Self {
        let distance = |(observed, expected): &(f64, f64)| (observed - expected).powi(2) / expected;
        let freedom = u32::try_from(counts.len().saturating_sub(1)).unwrap_or(u32::MAX);
        Self { statistic: counts.iter().map(distance).sum(), freedom }
    }

    /// How probable it is that chance alone goes as far: the regularised incomplete gamma
    /// function Q(freedom ÷ 2, statistic ÷ 2).
    pub(crate) fn probability(self) -> f64 {
        let (shape, at) = (f64::from(self.freedom) / 2.0, self.statistic / 2.0);
        if shape <= 0.0 || at <= 0.0 {
            return 1.0;
        }
        let front = (shape * at.ln() - at - ln_gamma(shape)).exp();
        if at < shape + 1.0 { 1.0 - front * series(shape, at) } else { front * fraction(shape, at) }
    }
}

/// The series of P (Abramowitz and Stegun 6.5.29), which converges quickly below the mean.
fn series(shape: f64, at: f64) -> f64 {
    let mut term = 1.0 / shape;
    let mut sum = term;
    let mut denominator = shape;
    while term > sum * 1e-15 {
        denominator += 1.0;
        term *= at / denominator;
        sum += term;
    }
    sum
}

/// The continued fraction of Q (6.5.31) by Lentz's method, which does above it.
fn fraction(shape: f64, at: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut denominator = at + 1.0 - shape;
    let mut upper = 1.0 / TINY;
    let mut lower = 1.0 / denominator;
    let mut value = lower;
    for step in 1..10_000 {
        let step = f64::from(step);
        let factor = -step * (step - shape);
        denominator += 2.0;
        lower = 1.0 / (factor * lower + denominator);
        upper = denominator + factor / upper;
        value *= lower * upper;
        if (lower * upper - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

/// By Stirling's series, after the argument was raised to where that is exact.
fn ln_gamma(mut at: f64) -> f64 {
    let mut product = 1.0;
    while at < 10.0 {
        product *= at;
        at += 1.0;
    }
    let inverse = 1.0 / (at * at);
    let correction = (1.0 / 12.0 - inverse * (1.0 / 360.0 - inverse / 1260.0)) / at;
    (at - 0.5) * at.ln() - at + 0.5 * std::f64::consts::TAU.ln() + correction - product.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_those_of_the_tables() {
        for (statistic, freedom, probability) in [
            (3.841_459, 1, 0.05),
            (11.070_498, 5, 0.05),
            (18.307_038, 10, 0.05),
            (23.209_251, 10, 0.01),
            (2.705_543, 1, 0.10),
            (4.351_460, 5, 0.50),
            (124.342_113, 100, 0.05),
        ] {
            let told = ChiSquare { statistic, freedom }.probability();
            assert!((told - probability).abs() < 1e-6, "{statistic}, {freedom}: {told}");
        }
    }

    #[test]
    fn counts_as_expected_are_certain_and_absurd_ones_impossible() {
        let even = ChiSquare::new(&[(10.0, 10.0), (20.0, 20.0)]);
        assert_eq!(even, ChiSquare { statistic: 0.0, freedom: 1 });
        assert!((even.probability() - 1.0).abs() < f64::EPSILON);
        let absurd = ChiSquare::new(&[(1000.0, 500.0), (0.0, 500.0)]);
        assert!(absurd.probability() < 1e-100);
    }

    #[test]
    fn a_die_of_a_textbook() {
        // Observed 5, 8, 9, 8, 10, 20 in sixty throws: 13.4 with five degrees of freedom, p = 0.0199.
        let die = ChiSquare::new(&[5.0, 8.0, 9.0, 8.0, 10.0, 20.0].map(|count| (count, 10.0)));
        assert!((die.statistic - 13.4).abs() < 1e-9);
        assert!((die.probability() - 0.0199).abs() < 1e-4, "{}", die.probability());
    }
}
