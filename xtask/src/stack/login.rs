//! How the stack comes by a token.

use std::fs;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use ringway_ring::NodeId;
use serde_json::{Value, json};

use super::{Stack, StackError, client};

impl Stack {
    /// Logs in at the node called `id` as the first admin, where clients need tokens.
    pub(super) async fn log_in(&mut self, id: &NodeId) -> Result<(), StackError> {
        let Some(file) = &self.options.admin_password else { return Ok(()) };
        let text = fs::read_to_string(file);
        let text = text.map_err(|source| StackError::Password { path: file.clone(), source })?;
        let password = text.trim_end_matches(['\r', '\n']);
        let body = json!({ "username": "admin", "password": password }).to_string();
        let url = format!("{}/login", self.node(id).url());
        let answer = self.client.post(url).body(body).send().await;
        let text = match answer {
            Ok(answer) => answer.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        };
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        let token = answer.get("token").and_then(Value::as_str);
        let token = token.ok_or_else(|| StackError::Login { answer: text.clone() })?;
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| StackError::Login { answer: text.clone() })?;
        bearer.set_sensitive(true);
        self.client = client(HeaderMap::from_iter([(AUTHORIZATION, bearer)]));
        self.token = Some(token.to_owned());
        Ok(())
    }
}
