//! What is asked for, in which order: a function of the seed, without clocks and sockets.

mod cycle;
mod key_choice;
mod key_name;
mod latest;
mod mix;
mod operation;
mod random;
mod scrambled_zipfian;
mod step;
mod value_pool;
mod value_size;
mod workload_plan;
mod ycsb;
mod zipfian;

pub(crate) use self::key_choice::KeyDistribution;
pub(crate) use self::key_name::KeyName;
pub(crate) use self::mix::Mix;
pub(crate) use self::operation::Operation;
pub(crate) use self::random::Random;
pub(crate) use self::step::{Check, Step, Steps};
pub(crate) use self::value_pool::ValuePool;
pub(crate) use self::value_size::ValueSize;
pub(crate) use self::workload_plan::{Sequence, WorkloadPlan};
pub(crate) use self::ycsb::Ycsb;
