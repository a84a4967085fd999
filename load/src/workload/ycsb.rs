//! The six core workloads of YCSB.

use clap::ValueEnum;

use super::{KeyDistribution, Mix, Operation};

/// The six core workloads of YCSB (Cooper et al., *Benchmarking Cloud Serving Systems with
/// YCSB*, 2010, table 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ycsb {
    /// Half reads, half updates; zipfian.
    #[value(alias = "A")]
    A,
    /// 95% reads, 5% updates; zipfian.
    #[value(alias = "B")]
    B,
    /// Reads only; zipfian.
    #[value(alias = "C")]
    C,
    /// 95% reads, 5% inserts; latest.
    #[value(alias = "D")]
    D,
    /// 95% scans of up to 100 keys, 5% inserts; zipfian.
    #[value(alias = "E")]
    E,
    /// Half reads, half read-modify-writes; zipfian.
    #[value(alias = "F")]
    F,
}

impl Ycsb {
    pub(crate) fn mix(self) -> Mix {
        use Operation::{Insert, Read, ReadModifyWrite, Scan, Update};
        match self {
            Self::A => Mix::new(&[(Read, 50), (Update, 50)]),
            Self::B => Mix::new(&[(Read, 95), (Update, 5)]),
            Self::C => Mix::new(&[(Read, 100)]),
            Self::D => Mix::new(&[(Read, 95), (Insert, 5)]),
            Self::E => Mix::new(&[(Scan, 95), (Insert, 5)]),
            Self::F => Mix::new(&[(Read, 50), (ReadModifyWrite, 50)]),
        }
    }

    pub(crate) fn keys(self) -> KeyDistribution {
        if self == Self::D { KeyDistribution::Latest } else { KeyDistribution::Zipfian }
    }
}
