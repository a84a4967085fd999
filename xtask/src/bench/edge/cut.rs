//! Configurations that differ from the deployed ones in what is measured.

use std::error::Error;

/// What is cut, from the one text up to the other, and what comes there instead.
pub(super) type Cut = (&'static str, &'static str, &'static str);

/// The text `deployed` of `file` with all of `cuts`.
pub(super) fn cut(deployed: String, file: &str, cuts: &[Cut]) -> Result<String, Box<dyn Error>> {
    let mut text = deployed;
    for (from, to, instead) in cuts {
        if text.matches(from).count() != 1 {
            return Err(format!("{file} has not exactly one {from:?}").into());
        }
        let (before, rest) = text.split_once(from).unwrap_or_default();
        let Some(end) = rest.find(to) else {
            return Err(format!("{file} has no {to:?} after {from:?}").into());
        };
        text = [before, instead, rest.get(end..).unwrap_or_default()].concat();
    }
    Ok(text)
}
