//! `ringway ring` through the edge: looked at, and changed by somebody who is asked before.

use serde_json::Value;

use crate::desk::Desk;
use crate::terminal::Terminal;

fn json(desk: &Desk, words: &[&str]) -> Value {
    let said = desk.run(&[&["ring"], words, &["--json"]].concat());
    assert_eq!((said.code, &*said.err), (0, ""), "{words:?}: {said:?}");
    said.json()
}

pub(crate) async fn the_ring_is_shown_planned_and_changed(desk: &Desk) {
    let shown = desk.run(&["ring", "show"]);
    assert_eq!((shown.code, &*shown.err), (0, ""), "{shown:?}");
    for node in desk.stack.nodes() {
        let row = shown.out.lines().find(|row| row.starts_with(node.id().as_str()));
        assert!(row.unwrap().contains(&node.address().to_string()), "{shown:?}");
    }
    let members = json(desk, &["show"])["members"].as_object().unwrap().len();
    assert_eq!(members, 3);
    assert!(json(desk, &["plan", "--weight", "n1=2"])["epoch"].is_number());

    // Whichever node the edge asks has heard of what was set.
    for number in ["100", "200", "65535"] {
        let set = json(desk, &["settings", "--moving-max", number]);
        assert_eq!(set["moving_max"].to_string(), number);
    }

    let weight = |desk: &Desk| json(desk, &["show"])["members"]["n1"]["weight"].clone();
    if let Some(terminal) = Terminal::at(desk).await {
        for (answer, code, result) in
            [("n", 1, "nothing was changed"), ("y", 0, "The ring is as it shall be.")]
        {
            assert_eq!(weight(desk), 1);
            terminal.enter("ringway ring apply --weight n1=2 --wait");
            let screen = terminal.sees(|screen| screen.contains("Apply this? [y/N]")).await;
            assert!(screen.contains("n1"), "the plan is shown: {screen}");
            terminal.enter(answer);
            terminal.sees(|screen| screen.contains(result)).await;
            assert_eq!(terminal.status().await, code);
        }
        // Where there is nothing to do nobody is asked, and a program is told all the same.
        terminal.enter("ringway ring apply --weight n1=2 --json");
        terminal.sees(|screen| screen.contains("\"partitions_left\":0")).await;
        assert_eq!(terminal.status().await, 0);
    }
    json(desk, &["apply", "--weight", "n1=2", "--yes", "--wait"]);
    assert_eq!(weight(desk), 2);
    json(desk, &["apply", "--weight", "n1=1", "--yes", "--wait"]);
    assert_eq!(weight(desk), 1);
    desk.stack.settle().await.unwrap();
}
