//! The report as a browser shows it.

use std::fs;

use serde_json::Value;
use xtask::setup;
use xtask::skip::skip;

use crate::desk::{Desk, Said, begun, ended};

/// Longer than it takes to start on a machine that is busy with much else.
const SECONDS: &str = "120";

/// Run by the browser behind the page: where everything came to be, and what was loaded for it.
const LOOK: &str = r#"<script>
const box = (element) => element.getBoundingClientRect();
const charts = [...document.querySelectorAll("figure svg")].map((svg) => {
  const own = box(svg);
  const is_outside = (element) => {
    const it = box(element);
    return it.left < own.left - 1 || it.right > own.right + 1
      || it.top < own.top - 1 || it.bottom > own.bottom + 1;
  };
  const all = (name) => [...svg.querySelectorAll(name)];
  return {
    width: own.width, height: own.height,
    words: all("text").map((text) => text.textContent.trim()).filter((word) => word),
    longest: Math.max(0, ...all("polyline").map((line) => line.getTotalLength())),
    largest: Math.max(0, ...all("rect").map((bar) => box(bar).width)),
    outside: all("*").filter(is_outside).map((element) => element.outerHTML),
  };
});
const seen = document.createElement("script");
seen.type = "application/json";
seen.textContent = JSON.stringify({
  charts,
  loaded: performance.getEntriesByType("resource").map((entry) => entry.name),
  isTooWide: document.documentElement.scrollWidth > window.innerWidth,
});
document.body.append(seen);
</script>"#;

/// Chromium without a window and without a network; none where there is none, which is said.
async fn chromium(desk: &Desk, words: &[&str]) -> Option<Said> {
    let program = match setup::chromium().await {
        Ok(program) => program,
        Err(error) => {
            skip(&format!("the report is not opened in a browser: {error}"));
            return None;
        }
    };
    let mut command = desk.command("timeout");
    command.args([
        "--kill-after=5",
        SECONDS,
        program.to_str().unwrap(),
        "--headless",
        "--disable-gpu",
        "--no-sandbox",
    ]);
    command.args(["--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND"]);
    command.arg(format!("--user-data-dir={}", desk.path("chromium").display()));
    command.args(words);
    let said = ended(begun(command));
    assert_eq!(said.code, 0, "{said:?}");
    Some(said)
}

/// Opens `report.html`, which a run before has left.
pub(crate) async fn the_report_is_drawn_without_a_network(desk: &Desk) {
    let watched = desk.read("report.html").replace("</body>", &format!("{LOOK}</body>"));
    fs::write(desk.path("watched.html"), watched).unwrap();
    let url = |name: &str| format!("file://{}", desk.path(name).display());
    let Some(said) = chromium(desk, &["--dump-dom", &url("watched.html")]).await else { return };
    let (_, seen) = said.out.split_once("<script type=\"application/json\">").unwrap();
    let seen: Value = serde_json::from_str(seen.split_once("</script>").unwrap().0).unwrap();
    assert_eq!((&seen["loaded"], &seen["isTooWide"]), (&Value::from([(); 0]), &false.into()));
    let charts = seen["charts"].as_array().unwrap();
    for (chart, title) in charts.iter().zip(["time", "percentile", "Throughput", "node"]) {
        let of = |name: &str| chart[name].as_f64().unwrap();
        assert!(of("width") > 400.0 && of("height") > 150.0, "{chart}");
        assert!(of("longest") > 50.0 || of("largest") > 50.0, "nothing is drawn: {chart}");
        assert_eq!(chart["outside"].as_array().unwrap().len(), 0, "{chart}");
        let words = chart["words"].to_string();
        assert!(words.contains(title), "{title}: {words}");
    }
    assert_eq!(charts.len(), 4);

    let picture = desk.path("report.png");
    let flag = format!("--screenshot={}", picture.display());
    chromium(desk, &[&flag, "--window-size=1100,2600", &url("report.html")]).await;
    let picture = fs::read(picture).unwrap();
    assert!(picture.starts_with(b"\x89PNG") && picture.len() > 10_000, "{}", picture.len());
}
