//! `ringway bench compare`: whether one run was really slower than another.

mod bootstrap;
mod compare_error;
mod compare_files;
mod comparison;
mod recording;

pub(crate) use self::compare_files::compare_files;
