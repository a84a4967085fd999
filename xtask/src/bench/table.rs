//! The figures as a Markdown table, which a terminal shows well enough too.

use super::Figure;

/// The table: one row a figure, columns padded to the widest entry.
#[must_use]
pub fn to_markdown(figures: &[Figure]) -> String {
    let mut rows = vec![["figure", "measured", "required", ""].map(str::to_owned)];
    rows.extend(figures.iter().map(row));
    let widths = [0, 1, 2, 3].map(|column| {
        let widths = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        widths.max().unwrap_or_default().max(3)
    });
    rows.insert(1, widths.map(|width| "-".repeat(width)));
    let line = |row: &[String; 4]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("| {cell:<width$} "));
        cells.collect::<String>() + "|\n"
    };
    rows.iter().map(line).collect()
}

/// Whether every figure is what it must be.
#[must_use]
pub fn all_ok(figures: &[Figure]) -> bool {
    figures.iter().all(|figure| figure.ok)
}

fn row(figure: &Figure) -> [String; 4] {
    let verdict = match (figure.requirement.is_empty(), figure.ok) {
        (true, _) => "",
        (false, true) => "ok",
        (false, false) => "MISSED",
    };
    let Figure { name, value, requirement, .. } = figure.clone();
    [name, value, requirement, verdict.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_lines_up_and_names_what_was_missed() {
        let figures = [
            Figure::at_most("lookup", 8.0, 15.0, "ns"),
            Figure::comparison("jump", "1.00"),
            Figure::at_least("GET", 0.7, 0.8, ""),
        ];
        let expected = "\
            | figure | measured | required  |        |\n\
            | ------ | -------- | --------- | ------ |\n\
            | lookup | 8.00 ns  | ≤ 15.0 ns | ok     |\n\
            | jump   | 1.00     |           |        |\n\
            | GET    | 0.70     | ≥ 0.80    | MISSED |\n";
        assert_eq!(to_markdown(&figures), expected);
        assert!(!all_ok(&figures));
        assert!(all_ok(&figures[..2]));
    }
}
