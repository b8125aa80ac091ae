//! Trims and checks credentials from any provider.

use std::env;

use aws_config::credential_process::CredentialProcessProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};

use super::SettingsError;
use super::profile::Profile;
use super::setting::{INVALID_IN_HEADER, Setting, is_valid_in_header};

const KEY_ID: [&str; 2] = ["AWS_ACCESS_KEY_ID", "aws_access_key_id"];
const SECRET: [&str; 2] = ["AWS_SECRET_ACCESS_KEY", "aws_secret_access_key"];
const TOKEN: [&str; 2] = ["AWS_SESSION_TOKEN", "aws_session_token"];

/// Trims what another provider returns, and rejects what is invalid in a header: the SDK would panic.
#[derive(Debug)]
pub(crate) struct Checked(pub(crate) SharedCredentialsProvider);

impl ProvideCredentials for Checked {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async { check(self.0.provide_credentials().await?) })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.0.fallback_on_interrupt().and_then(|credentials| check(credentials).ok())
    }
}

fn check(given: Credentials) -> Result<Credentials, CredentialsError> {
    let id = given.access_key_id().trim();
    let secret = given.secret_access_key().trim();
    let token = given.session_token().map(str::trim).filter(|token| !token.is_empty());
    for (names, value) in [(KEY_ID, id), (TOKEN, token.unwrap_or_default())] {
        if !is_valid_in_header(value) {
            let origin = origin(names, value);
            return Err(CredentialsError::invalid_configuration(format!("{origin} {INVALID_IN_HEADER}")));
        }
    }
    let unchanged =
        (id, secret, token) == (given.access_key_id(), given.secret_access_key(), given.session_token());
    if unchanged {
        return Ok(given);
    }
    let mut trimmed =
        Credentials::builder().access_key_id(id).secret_access_key(secret).provider_name("Trimmed");
    trimmed.set_session_token(token.map(ToOwned::to_owned));
    trimmed.set_expiry(given.expiry());
    trimmed.set_account_id(given.account_id().cloned());
    Ok(trimmed.build())
}

/// Checks the long-lived keys that the SDK signs with to assume a role, which [`Checked`] does not see.
pub(crate) fn check_sources(profile: &Profile) -> Result<(), SettingsError> {
    if [KEY_ID, SECRET].iter().all(|[name, _]| env::var(name).is_ok_and(|value| !value.trim().is_empty())) {
        // Then the SDK does not read the profile.
        return Ok(());
    }
    for link in profile.chain() {
        let name = link.name();
        for [_, property] in [KEY_ID, SECRET, TOKEN] {
            let value = link.get(property).unwrap_or_default().to_owned();
            if let Some(setting) = Setting::new(value, format!("`{property}` of the AWS profile `{name}`")) {
                setting.valid_in_header()?;
            }
        }
        if let Some(source) = link.get("source_profile")
            && !profile.has(source)
        {
            return Err(SettingsError(format!(
                "the AWS profile `{name}` takes its credentials from the profile `{source}`, which does not exist: correct its source_profile"
            )));
        }
    }
    Ok(())
}

/// Credentials of somebody who signs in with the AWS CLI, which hands them on. The SDK could ask IAM Identity Center
/// itself, by two more clients of AWS, which take as long to compile as Landfall.
pub(crate) fn signed_in(profile: &str) -> CredentialsProviderChain {
    // A word of the shell.
    let profile = profile.replace('\'', r"'\''");
    let command = format!("aws configure export-credentials --format process --profile '{profile}'");
    CredentialsProviderChain::first_try("Environment", EnvironmentVariableCredentialsProvider::new())
        .or_else("AWS CLI", CredentialProcessProvider::new(command))
}

/// Where a value comes from, as far as that is known.
fn origin([variable, property]: [&str; 2], value: &str) -> String {
    match env::var(variable) {
        Ok(set) if set.trim() == value => variable.to_owned(),
        _ => format!("`{property}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_around_credentials_is_trimmed() {
        let given = Credentials::builder()
            .access_key_id("AKIA\n")
            .secret_access_key(" secret\r\n")
            .session_token("token\n")
            .account_id("123456789012")
            .provider_name("Test")
            .build();
        let checked = check(given).unwrap();
        assert_eq!(
            (checked.access_key_id(), checked.secret_access_key(), checked.session_token()),
            ("AKIA", "secret", Some("token"))
        );
        assert_eq!(checked.account_id().map(|id| id.as_str()), Some("123456789012"));
    }

    #[test]
    fn what_is_invalid_in_a_header_is_rejected() {
        for (id, token) in
            [("AK IA", None), ("AKIA\u{a0}X", None), ("A\u{7f}", None), ("AKIA", Some("to\nken"))]
        {
            let mut given =
                Credentials::builder().access_key_id(id).secret_access_key("s").provider_name("Test");
            given.set_session_token(token.map(ToOwned::to_owned));
            assert!(check(given.build()).is_err(), "{id:?} {token:?}");
        }
    }
}
