//! The page of a run that never was.

use std::sync::Arc;

use clap::Parser;

use super::*;
use crate::args::LoadArgs;
use crate::http::NodeNumber;
use crate::run::{How, Plan};
use crate::stats::{Outcome, Sample, Tally, Timeline, Window};
use crate::workload::Operation;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    load: LoadArgs,
}

fn results(samples: u64) -> Results {
    let line = ["bench", "--base-url", "http://127.0.0.1:1/<b>&"];
    let plan = Arc::new(Plan::new(&Line::parse_from(line).load, None).unwrap());
    let (mut tally, mut timeline) = (Tally::default(), Timeline::new(Duration::from_millis(100)));
    for number in 0..samples {
        let at = Duration::from_millis(number * 10);
        let mut window = Window::new(at);
        window.names = vec!["<script>alert(1)</script>".into(), "n2".into()];
        let sample = Sample {
            operation: if number % 2 == 0 { Operation::Read } else { Operation::Update },
            outcome: if number % 9 == 0 { Outcome::Timeout } else { Outcome::Done },
            status: 200,
            node: Some(NodeNumber((number % 2) as u16)),
            epoch: None,
            start: at,
            latency: Duration::from_micros(300 + number * 7),
            service: Duration::from_micros(300),
            bytes: 1,
        };
        window.count(&sample, true);
        tally.add(&window);
        timeline.add(&window);
    }
    Results {
        plan,
        how: How::Whole,
        elapsed: Duration::from_millis(samples * 10),
        tally,
        timeline,
        phases: Vec::new(),
        changes: Vec::new(),
        distribution: None,
    }
}

#[test]
fn the_page_needs_nothing_from_elsewhere_and_shows_no_foreign_markup() {
    let page = page(&results(500)).unwrap();
    for reference in ["href", "src=", "url(", "@import", "<script", "<link", "<img", "<b>", "xmlns"]
    {
        assert!(!page.contains(reference), "{reference}");
    }
    // The base URL, as text, is all that looks like an address.
    for (at, _) in page.match_indices("http") {
        assert!(
            page[at..].starts_with("http://127.0.0.1:1/&lt;b&gt;&amp;"),
            "{}",
            &page[at..at + 40]
        );
    }
}

#[test]
fn the_page_has_the_figures_and_all_four_charts() {
    let page = page(&results(500)).unwrap();
    assert_eq!(page.matches("<svg").count(), 4);
    for text in
        ["Latency over time", "by percentile", "Throughput", "Share per node", "timeout", "n2"]
    {
        assert!(page.contains(text), "{text}");
    }
    assert!(page.matches("<polyline").count() >= 8);
}

#[test]
fn a_run_in_which_nothing_happened_has_a_page_too() {
    assert!(page(&results(0)).is_ok());
}
