//! Logins at RDS with tokens of IAM.

use std::env;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::{Context, anyhow};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use tokio::runtime::Builder;

use crate::aws;
use crate::db::{DatabaseUrl, rds_token, region_of};

/// Credentials that are valid for less are renewed: a login with a token takes as long as that at most.
const RENEWAL: Duration = Duration::from_secs(5 * 60);

/// The URL, with a new token as the password of each login: one is valid for 15 minutes, and pools open connections
/// for as long as they run.
pub(super) fn with_tokens(url: DatabaseUrl) -> anyhow::Result<DatabaseUrl> {
    let login =
        url.token_login().map_err(|advice| anyhow!("--rds-iam needs another DATABASE_URL: {advice}"))?;
    let set = env::var("AWS_REGION").ok().map(|region| region.trim().to_owned());
    let region = region_of(&login.host)
        .map(ToOwned::to_owned)
        .or(set.filter(|region| !region.is_empty()))
        .with_context(|| format!("the host {} does not name its region: set AWS_REGION", login.host))?;
    let cached = Mutex::new(None);
    Ok(url.with_passwords(Arc::new(move || {
        let credentials =
            current(&cached).map_err(|error| format!("no token of IAM could be made: {error:#}"))?;
        rds_token(&login, &region, &credentials, SystemTime::now())
            .map_err(|error| format!("no token of IAM could be made: {error}"))
    })))
}

/// The credentials of last time, or others if those expire soon. Blocks.
///
/// Those that do not expire are read again, which costs nothing: they are in variables or files, and may change there.
fn current(cached: &Mutex<Option<Credentials>>) -> anyhow::Result<Credentials> {
    let mut cached = cached.lock().unwrap_or_else(PoisonError::into_inner);
    let soon = SystemTime::now() + RENEWAL;
    if let Some(valid) =
        cached.as_ref().filter(|credentials| credentials.expiry().is_some_and(|end| end > soon))
    {
        return Ok(valid.clone());
    }
    // Of its own: connections are opened by threads of the caller's runtime, and where there is none.
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let credentials = runtime.block_on(async {
        let provider = aws::credentials().await?.context("there are no AWS credentials")?;
        provider.provide_credentials().await.map_err(|error| {
            let cause =
                std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            anyhow!(
                "the AWS credentials cannot be loaded: {error}{cause}; set AWS_PROFILE or AWS_ACCESS_KEY_ID"
            )
        })
    })?;
    *cached = Some(credentials.clone());
    Ok(credentials)
}
