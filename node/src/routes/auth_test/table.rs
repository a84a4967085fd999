//! `docs/access.md`, as far as it is about nodes.

/// What comes of a request at a node.
pub(in crate::routes) struct Row {
    /// Method and target.
    pub(in crate::routes) how: String,
    /// The status, by who asks.
    pub(super) statuses: Vec<(String, u16)>,
}

/// Every row of the document.
pub(in crate::routes) fn table() -> Vec<Row> {
    let cells = |line: &'static str| {
        let inside = line.strip_prefix("| ")?.strip_suffix(" |")?;
        Some(inside.split(" | ").map(|cell| cell.replace('`', "")).collect::<Vec<_>>())
    };
    let mut lines = include_str!("../../../../docs/access.md").lines().filter_map(cells);
    let kinds = lines.next().unwrap().split_off(1);
    // The next table says something else.
    let rows = lines.skip(1).take_while(|cells| cells.len() == kinds.len() + 1);
    let row = |mut cells: Vec<String>| {
        let statuses = cells.split_off(1).into_iter();
        // The node's is the first, where edges answer otherwise.
        let statuses = statuses.map(|cell| cell.split(' ').next().unwrap().parse().unwrap());
        Row { how: cells.remove(0), statuses: kinds.iter().cloned().zip(statuses).collect() }
    };
    rows.map(row).collect()
}
