//! The token that a user has, for who asks otherwise than by this client.

use tokio::runtime::Builder;

use crate::client_error::ClientError;
use crate::endpoint::Reach;
use crate::http_client::HttpClient;
use crate::trust::Trust;

/// The token of the user who has logged in to `url`, renewed if it ends soon; nothing where nobody
/// has, or where `url` is none that anybody can log in to.
///
/// # Errors
/// When the file with the tokens can't be read.
pub fn stored_token(url: &str) -> Result<Option<String>, ClientError> {
    let Ok(endpoint) = url.parse() else { return Ok(None) };
    // That client speaks no TLS.
    let client = HttpClient::of_user(Reach { endpoint, trust: Trust::System })?;
    let runtime = Builder::new_current_thread().enable_all().build();
    let doing = "the system has no room for this program";
    let runtime = runtime.map_err(|error| ClientError::file(doing, error))?;
    Ok(runtime.block_on(client.token()))
}
