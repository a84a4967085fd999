//! Which node served what.

use std::fmt::{self, Display, Formatter};

use super::figures::percent;
use crate::stats::Distribution;

/// Which node served what, and whether that is as even as it should be.
#[derive(Clone, Copy, Debug)]
pub(super) struct DistributionTable<'a>(pub(super) &'a Distribution);

impl Display for DistributionTable<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Distribution { nodes, chi_square, peak } = self.0;
        let all = nodes.iter().map(|node| node.served).sum();
        writeln!(
            formatter,
            "{:18}{:>10}{:>10}{:>14}{:>14}",
            "node", "keys", "share", "by weight", "first holder"
        )?;
        for node in nodes {
            let share = percent(node.served, all);
            write!(formatter, "{:18}{:>10}{share:>9.2}%", node.name, node.served)?;
            writeln!(formatter, "{:>14.1}{:>14}", node.expected, node.first)?;
        }
        let probability = chi_square.probability();
        let (statistic, freedom) = (chi_square.statistic, chi_square.freedom);
        let rounded = match probability {
            0.0001.. => format!("p = {probability:.4}"),
            _ => "p < 0.0001".to_owned(),
        };
        let verdict = if probability < 0.01 { "not even" } else { "as even as chance" };
        writeln!(
            formatter,
            "peak ÷ average {peak:.3}; χ² = {statistic:.2} with {freedom} degrees of freedom, \
             {rounded}: {verdict}\n"
        )
    }
}
