//! Text in columns.

/// Which side of its column a text is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// `rows` below a heading, each column as wide as it must be. Every line is ended by a
/// line feed, and none by spaces.
pub(super) fn columns<const N: usize>(headings: [(&str, Side); N], rows: &[[String; N]]) -> String {
    let mut widths = headings.map(|(heading, _)| heading.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |cells: [&str; N]| {
        let cells =
            cells.iter().zip(widths).zip(headings).map(|((cell, width), (_, side))| match side {
                Side::Left => format!("{cell:<width$}"),
                Side::Right => format!("{cell:>width$}"),
            });
        let line = cells.collect::<Vec<_>>().join("  ");
        line.trim_end().to_owned() + "\n"
    };
    let heading = line(headings.map(|(heading, _)| heading));
    heading + &rows.iter().map(|row| line(row.each_ref().map(String::as_str))).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_as_wide_as_its_longest_text_in_characters() {
        let rows = [["n1", "5 → 12"], ["node-22", "7"]].map(|row| row.map(str::to_owned));
        let shown = columns([("node", Side::Left), ("held", Side::Right)], &rows);
        assert_eq!(shown, "node       held\nn1       5 → 12\nnode-22       7\n");
        let shown = columns([("held", Side::Right), ("node", Side::Left)], &[]);
        assert_eq!(shown, "held  node\n", "no spaces at the end");
    }
}
