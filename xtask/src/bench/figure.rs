//! One row of the table.

/// A measured figure, and whether it is what it must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What was measured, on what.
    pub name: String,
    /// What came out, with its unit.
    pub value: String,
    /// What it must be; empty where the figure is there for comparison only.
    pub requirement: String,
    /// Whether it is.
    pub ok: bool,
}

impl Figure {
    /// A figure that must not be below `least`.
    #[must_use]
    pub fn at_least(name: impl Into<String>, value: f64, least: f64, unit: &str) -> Self {
        let requirement = format!("≥ {}", with_unit(least, unit));
        // Not `!(value < least)`: a measurement that came out as NaN is not ok.
        Self::row(name, with_unit(value, unit), requirement, value >= least)
    }

    /// A figure that must not be above `most`.
    #[must_use]
    pub fn at_most(name: impl Into<String>, value: f64, most: f64, unit: &str) -> Self {
        let requirement = format!("≤ {}", with_unit(most, unit));
        Self::row(name, with_unit(value, unit), requirement, value <= most)
    }

    /// A figure whose requirement is not a bound on one number.
    #[must_use]
    pub fn checked(
        name: impl Into<String>,
        value: impl Into<String>,
        requirement: impl Into<String>,
        ok: bool,
    ) -> Self {
        Self::row(name, value.into(), requirement.into(), ok)
    }

    /// A figure of which nothing is required: another system's, to compare with.
    #[must_use]
    pub fn comparison(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::row(name, value.into(), String::new(), true)
    }

    fn row(name: impl Into<String>, value: String, requirement: String, ok: bool) -> Self {
        Self { name: name.into(), value, requirement, ok }
    }
}

/// Three significant digits are what a noisy machine can vouch for.
fn with_unit(value: f64, unit: &str) -> String {
    let digits = match value.abs() {
        100.0.. => 0,
        10.0..100.0 => 1,
        _ => 2,
    };
    let space = if unit.is_empty() || unit == "×" { "" } else { " " };
    format!("{value:.digits$}{space}{unit}")
}

#[cfg(test)]
mod tests {
    use super::Figure;

    #[test]
    fn a_bound_is_met_when_reached_and_missed_by_nan() {
        assert!(Figure::at_least("a", 0.88, 0.88, "").ok);
        assert!(!Figure::at_least("a", 0.879, 0.88, "").ok);
        assert!(Figure::at_most("a", 15.0, 15.0, "ns").ok);
        assert!(!Figure::at_most("a", 15.1, 15.0, "ns").ok);
        assert!(!Figure::at_least("a", f64::NAN, 1.0, "").ok);
        assert!(!Figure::at_most("a", f64::NAN, 1.0, "").ok);
    }

    #[test]
    fn a_value_shows_three_digits_and_its_unit() {
        assert_eq!(Figure::at_most("a", 8.214, 15.0, "ns").value, "8.21 ns");
        assert_eq!(Figure::at_least("a", 12.34, 5.0, "×").value, "12.3×");
        assert_eq!(Figure::at_least("a", 0.914, 0.88, "").requirement, "≥ 0.88");
    }
}
