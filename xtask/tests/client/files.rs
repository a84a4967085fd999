//! One large file there and back, with somebody who looks on.

use std::fs;

use crate::desk::Desk;
use crate::held_way::HeldWay;
use crate::terminal::Terminal;

/// As long as a value may be.
const BYTES: u64 = 8 << 20;

/// The hundredths that a bar shows.
fn percent(screen: &str) -> Option<u32> {
    screen.split_once('%')?.0.rsplit(' ').next()?.parse().ok()
}

/// Waits until a line shows that it is on its way, how fast, and until when.
async fn is_on_its_way(terminal: &Terminal) {
    let screen = terminal.sees(|screen| percent(screen).is_some_and(|it| it >= 10)).await;
    for part in ["B/s", "ETA ", " MiB/8.00 MiB"] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    assert!(percent(&screen).unwrap() < 90, "it is held: {screen}");
    assert_eq!(screen.matches("ETA").count(), 1, "one line, drawn anew: {screen}");
}

pub(crate) async fn one_file_is_seen_on_its_way(desk: &Desk) {
    let bytes: Vec<u8> = (0..BYTES).map(|at| (at * 31).to_le_bytes()[1]).collect();
    fs::write(desk.path("large"), bytes).unwrap();
    fs::write(desk.path("copy"), "as it was").unwrap();
    let (put, get) = ("put large --file large", "get large -o copy");
    if let Some(terminal) = Terminal::at(desk).await {
        let edge = desk.stack.edge().url();
        for line in [put, get] {
            let way = HeldWay::to(&edge, BYTES / 4);
            terminal.enter(&format!("ringway {line} --url {}", way.url));
            is_on_its_way(&terminal).await;
            way.open();
            // The shell asks for more, and nothing else is left.
            let screen = terminal.sees(|screen| screen.trim_end().ends_with("\n$")).await;
            assert!(!screen.contains("ETA"), "the line is gone: {screen}");
            assert_eq!(terminal.status().await, 0);
        }
        assert_eq!(desk.script("cmp large copy").code, 0);
        fs::write(desk.path("copy"), "as it was").unwrap();
        let way = HeldWay::to(&edge, BYTES / 4);
        terminal.enter(&format!("ringway {get} --url {}", way.url));
        is_on_its_way(&terminal).await;
        terminal.press("C-c");
        let screen = terminal.sees(|screen| screen.contains("ringway: interrupted")).await;
        assert!(!screen.contains("ETA"), "the line is gone: {screen}");
        assert_eq!(terminal.status().await, 130);
        assert_eq!(desk.read("copy"), "as it was");
    }
    // In a pipe there is none.
    for line in [put, get] {
        let said = desk.run(&line.split(' ').collect::<Vec<_>>());
        assert_eq!((said.code, &*said.err), (0, ""), "{said:?}");
    }
    assert_eq!(desk.script("cmp large copy").code, 0);
}
