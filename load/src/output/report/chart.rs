//! Charts as SVG within a page.

use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;

use super::series::Series;

/// How values are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    Linear,
    Logarithmic,
}

const SIZE: (u32, u32) = (960, 340);

const BARS: RGBColor = RGBColor(0, 114, 178);

/// Distinguishable by most who see colours otherwise (Okabe and Ito).
const COLOURS: [RGBColor; 7] = [
    BARS,
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
];

/// A line for each of `series`; `names` are those of the axes.
pub(super) fn lines(
    title: &str,
    names: (&str, &str),
    axis: Axis,
    series: &[Series],
) -> Result<String, String> {
    let points = || series.iter().flat_map(|series| &series.points);
    let furthest = points().map(|(x, _)| *x).fold(1e-3, f64::max);
    let highest = points().map(|(_, y)| *y).fold(1e-3, f64::max);
    let lowest = points().map(|(_, y)| *y).filter(|y| *y > 0.0).fold(highest, f64::min);
    match axis {
        Axis::Linear => draw_lines(title, names, series, furthest, 0.0..highest * 1.1),
        Axis::Logarithmic => {
            draw_lines(title, names, series, furthest, (lowest * 0.8..highest * 1.25).log_scale())
        }
    }
}

fn draw_lines<Y>(
    title: &str,
    (x, y): (&str, &str),
    series: &[Series],
    furthest: f64,
    values: Y,
) -> Result<String, String>
where
    Y: AsRangedCoord<Value = f64>,
    Y::CoordDescType: ValueFormatter<f64>,
{
    svg(|area| {
        let mut chart = ChartBuilder::on(area)
            .caption(title, ("sans-serif", 20))
            .margin(10)
            .x_label_area_size(40)
            .y_label_area_size(70)
            .build_cartesian_2d(0.0..furthest, values)
            .map_err(|error| error.to_string())?;
        let number = |value: &f64| short(*value);
        let mut mesh = chart.configure_mesh();
        mesh.max_light_lines(0).y_labels(6).x_desc(x).y_desc(y).y_label_formatter(&number);
        mesh.draw().map_err(|error| error.to_string())?;
        for (series, colour) in series.iter().zip(COLOURS.iter().cycle()) {
            let line = LineSeries::new(series.points.iter().copied(), colour.stroke_width(2));
            let drawn = chart.draw_series(line).map_err(|error| error.to_string())?;
            drawn.label(series.name).legend(move |(x, y)| {
                PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2))
            });
        }
        let labels = chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.8))
            .border_style(BLACK.mix(0.3))
            .draw();
        labels.map_err(|error| error.to_string())
    })
}

/// A bar for each name.
pub(super) fn bars(title: &str, unit: &str, values: &[(&str, f64)]) -> Result<String, String> {
    let highest = values.iter().map(|(_, value)| *value).fold(1.0, f64::max);
    let right = values.len().max(1) as f64 - 0.5;
    svg(|area| {
        let mut chart = ChartBuilder::on(area)
            .caption(title, ("sans-serif", 20))
            .margin(10)
            .x_label_area_size(20)
            .y_label_area_size(70)
            .build_cartesian_2d(-0.5..right, 0.0..highest * 1.15)
            .map_err(|error| error.to_string())?;
        let mut mesh = chart.configure_mesh();
        mesh.disable_x_mesh()
            .max_light_lines(0)
            .x_labels(0)
            .y_desc(unit)
            .draw()
            .map_err(|error| error.to_string())?;
        for (index, (name, value)) in values.iter().enumerate() {
            let (middle, value) = (index as f64, *value);
            let bar = [(middle - 0.4, 0.0), (middle + 0.4, value)];
            let bar = Rectangle::new(bar, BARS.mix(0.8).filled());
            let above = (middle - 0.4, value + highest * 0.07);
            let label = Text::new(format!("{name} {value:.1}"), above, ("sans-serif", 13));
            chart.draw_series([bar]).map_err(|error| error.to_string())?;
            chart.draw_series([label]).map_err(|error| error.to_string())?;
        }
        Ok(())
    })
}

/// What `draw` draws, as an element of a page.
fn svg(
    draw: impl FnOnce(&DrawingArea<SVGBackend<'_>, plotters::coord::Shift>) -> Result<(), String>,
) -> Result<String, String> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        area.fill(&WHITE).map_err(|error| error.to_string())?;
        draw(&area)?;
        area.present().map_err(|error| error.to_string())?;
    }
    // Within a page the namespace goes without saying, and nothing looks like a link. The first
    // two attributes would keep it from shrinking with the page.
    let (width, height) = SIZE;
    let fixed = format!("<svg width=\"{width}\" height=\"{height}\"");
    Ok(text.replace(" xmlns=\"http://www.w3.org/2000/svg\"", "").replacen(&fixed, "<svg", 1))
}

/// Without more digits than it needs.
fn short(value: f64) -> String {
    match value {
        0.0 => "0".to_owned(),
        1e4.. => format!("{:.0}k", value / 1e3),
        10.0.. => format!("{value:.0}"),
        1.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
