//! How members are written on the command line.

use std::str::FromStr;

use crate::member::{Member, MemberError};

/// Members as `--member` and `RINGWAY_MEMBERS` take them: any number, separated by
/// spaces, each as [`Member`] is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberFlag {
    /// The members, in the order in which they are written.
    pub members: Vec<Member>,
}

impl FromStr for MemberFlag {
    type Err = MemberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let members = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self { members })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_separated_by_spaces() {
        let flag: MemberFlag = " n1=10.0.0.1:8080  n2=10.0.0.2:8080,zone=a ".parse().unwrap();
        let one = |text: &str| text.parse::<Member>().unwrap();
        assert_eq!(flag.members, [one("n1=10.0.0.1:8080"), one("n2=10.0.0.2:8080,zone=a")]);
        assert_eq!("".parse(), Ok(MemberFlag::default()));
        assert!("n1=10.0.0.1:8080 n2".parse::<MemberFlag>().is_err());
    }
}
