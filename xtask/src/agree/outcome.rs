//! What became of a request.

use super::pipeline::Answer;

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// This node is the key's first.
    Owner(String),
    /// An id was mapped, in these words.
    Mapped(String),
    /// It was refused, in these words.
    Refused(String),
    /// Something else.
    Other(String),
}

impl Outcome {
    /// As an edge's answer shows it: by the node that answers through it.
    pub(super) fn of_edge(answer: &Answer) -> Self {
        match &answer.node {
            Some(node) => Self::Owner(node.clone()),
            None => Self::of_body(answer),
        }
    }

    /// As a node explains it.
    pub(super) fn of_node(answer: &Answer) -> Self {
        match answer.body.split_once("\"replicas\":[\"").and_then(|(_, rest)| rest.split_once('"'))
        {
            Some((first, _)) if answer.status == 200 => Self::Owner(first.to_owned()),
            _ => Self::of_body(answer),
        }
    }

    fn of_body(answer: &Answer) -> Self {
        match answer.status {
            200 => Self::Mapped(answer.body.clone()),
            400 => Self::Refused(answer.body.clone()),
            _ => Self::Other(format!("{} {}", answer.status, answer.body)),
        }
    }

    /// What it is counted as.
    pub(super) fn kind(&self) -> String {
        match self {
            Self::Owner(node) => format!("to {node}"),
            Self::Mapped(_) => "mapped".to_owned(),
            // To a HEAD.
            Self::Refused(body) if body.is_empty() => "refused without words".to_owned(),
            Self::Refused(body) => {
                let code = body.rsplit_once("\"code\":\"").map_or(body.as_str(), |(_, code)| code);
                format!("refused as {}", code.trim_end_matches("\"}"))
            }
            Self::Other(answer) => answer.clone(),
        }
    }
}
