//! What people, and their programs, see of a run.

mod change_table;
mod csv_writer;
mod distribution_table;
mod figures;
mod interval_csv;
mod live_view;
mod print_text;
mod report;
mod results_json;
mod summary;

pub(crate) use self::csv_writer::CsvWriter;
pub(crate) use self::figures::time;
pub(crate) use self::interval_csv::write_intervals;
pub(crate) use self::live_view::LiveView;
pub(crate) use self::print_text::print_text;
pub(crate) use self::report::write_report;
pub(crate) use self::results_json::results_json;
pub(crate) use self::summary::Summary;
