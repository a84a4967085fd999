//! What an answer says that is not what was asked for.

use serde::Deserialize;

use crate::client_error::ClientError;
use crate::endpoint::Endpoint;
use crate::http_client::{Answer, Effect};

/// Says of what was refused whether it may yet be done.
const OUTCOME: &str = "x-ringway-outcome";

/// What every refusal says.
#[derive(Deserialize)]
struct Refusal {
    error: String,
    code: String,
}

/// Why `answer`, to a request about `key`, is not what was asked for.
pub(crate) fn refusal(
    endpoint: &Endpoint,
    answer: &Answer,
    key: &str,
    effect: Effect,
) -> ClientError {
    let outcome = answer.headers.get(OUTCOME).map(http::HeaderValue::as_bytes);
    let is_of_server = answer.status.is_server_error();
    // Who says nothing of a write that failed may be anybody on the way to the node.
    let is_unknown = is_of_server && effect == Effect::Writes && outcome != Some(b"not-applied");
    let Ok(Refusal { error: sentence, code }) = serde_json::from_slice(&answer.body) else {
        let (url, status) = (endpoint.to_string(), answer.status);
        let what = format!("it answers with the HTTP status {status}");
        return if is_unknown {
            ClientError::WriteBrokenOff { url, why: what }
        } else {
            // A HEAD has no body to say it in.
            match (status.as_u16(), answer.body.is_empty()) {
                (404, true) => ClientError::NotFound { key: key.to_owned() },
                _ => ClientError::Stranger { url, what },
            }
        };
    };
    match (answer.status.as_u16(), &*code) {
        _ if is_unknown => ClientError::Unknown { sentence },
        (404, "no_such_key") => ClientError::NotFound { key: key.to_owned() },
        (401, code) if code != "wrong_password" => ClientError::LoggedOut { sentence },
        (412, _) => ClientError::ConditionFailed { sentence },
        _ if is_of_server => ClientError::Unavailable { sentence },
        _ => ClientError::Refused { sentence },
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::exit_codes;

    fn code(status: u16, outcome: Option<&'static str>, code: &str, effect: Effect) -> u8 {
        let mut headers = HeaderMap::new();
        headers.extend(
            outcome.map(|it| (http::HeaderName::from_static(OUTCOME), it.parse().unwrap())),
        );
        let body = format!(r#"{{"error":"so it is","code":"{code}"}}"#);
        let status = status.try_into().unwrap();
        let answer = Answer { status, headers, body: body.into() };
        let endpoint = "http://n1:8080".parse().unwrap();
        refusal(&endpoint, &answer, "a", effect).exit_code()
    }

    #[test]
    fn each_refusal_has_the_code_of_what_it_means() {
        use Effect::{Reads, Writes};
        assert_eq!(code(404, None, "no_such_key", Reads), exit_codes::NOT_FOUND);
        assert_eq!(code(404, None, "no_such_route", Reads), exit_codes::REFUSED);
        assert_eq!(code(412, None, "condition_failed", Writes), exit_codes::CONDITION_FAILED);
        assert_eq!(code(413, None, "value_too_large", Writes), exit_codes::REFUSED);
        assert_eq!(code(503, Some("not-applied"), "contended", Writes), exit_codes::UNAVAILABLE);
        assert_eq!(code(503, Some("unknown"), "outcome_unknown", Writes), exit_codes::UNKNOWN);
        assert_eq!(code(503, None, "node_failed", Writes), exit_codes::UNKNOWN);
        assert_eq!(code(503, None, "no_majority", Reads), exit_codes::UNAVAILABLE);
    }
}
