//! `docs/access.md`, as it is walked.

use std::collections::BTreeMap;
use std::fs;

use xtask::repository;

/// What `docs/access.md` says.
pub(crate) struct Table {
    /// Of tokens, in the order of the columns.
    pub(crate) kinds: Vec<String>,
    pub(crate) rows: Vec<Row>,
    /// What a 401 says, by the kind of token.
    pub(crate) codes: BTreeMap<String, String>,
}

/// What comes of a request.
pub(crate) struct Row {
    /// Method and target.
    pub(crate) request: String,
    /// For each kind of token: the node's status, that through Envoy, that through HAProxy.
    pub(crate) cells: Vec<[u16; 3]>,
}

impl Table {
    pub(crate) fn read() -> Self {
        let text = fs::read_to_string(repository::root().join("docs/access.md")).unwrap();
        let cells = |line: &str| {
            let inside = line.strip_prefix("| ")?.strip_suffix(" |")?;
            Some(inside.split(" | ").map(|cell| cell.replace('`', "")).collect::<Vec<_>>())
        };
        let mut lines = text.lines().filter_map(cells);
        let kinds = lines.next().unwrap().split_off(1);
        let mut lines = lines.filter(|cells| cells[0] != "---");
        let statuses = |cell: &String| {
            let found: Vec<u16> = cell.split(' ').map(|status| status.parse().unwrap()).collect();
            match found[..] {
                [all] => [all; 3],
                [node, envoy, haproxy] => [node, envoy, haproxy],
                _ => panic!("{cell:?}"),
            }
        };
        let mut rows = Vec::new();
        for cells in lines.by_ref().take_while(|cells| cells[0] != "token") {
            assert_eq!(cells.len(), kinds.len() + 1, "{cells:?}");
            let statuses = cells[1..].iter().map(statuses).collect();
            rows.push(Row { request: cells[0].clone(), cells: statuses });
        }
        let codes = lines.map(|cells| (cells[0].clone(), cells[1].clone())).collect();
        Self { kinds, rows, codes }
    }
}
