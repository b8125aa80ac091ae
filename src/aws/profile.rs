//! The AWS profile in use, from the shared configuration files.

use std::borrow::Cow;
use std::env;

use aws_config::profile::{self, ProfileSet};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};

use super::SettingsError;
use super::cause::causes;

/// The profile that `AWS_PROFILE` names, or `default`.
#[derive(Debug)]
pub(crate) struct Profile(ProfileSet);

impl Profile {
    /// Reads the files. It is not an error if there are none, or if `default` is in none of them.
    pub(crate) async fn load() -> Result<Self, SettingsError> {
        let named = env::var("AWS_PROFILE").ok().map(|name| name.trim().to_owned()).filter(|n| !n.is_empty());
        let name = Cow::Owned(named.clone().unwrap_or_else(|| "default".to_owned()));
        let set = profile::load(&Fs::real(), &Env::real(), &EnvConfigFiles::default(), Some(name)).await;
        let set = set.map_err(|error| {
            let causes: Vec<String> = causes(&error).map(ToString::to_string).collect();
            SettingsError(format!(
                "cannot read the AWS configuration: {}; correct the file, or name another with AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE",
                causes.join(": ")
            ))
        })?;
        match named {
            // Without the requested profile, the wrong credentials could be used.
            Some(name) if set.get_profile(&name).is_none() => Err(SettingsError(format!(
                "there is no AWS profile `{name}`: correct AWS_PROFILE, or add the profile to {} or {}",
                file("AWS_CONFIG_FILE", "~/.aws/config"),
                file("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
            ))),
            _ => Ok(Self(set)),
        }
    }

    pub(crate) fn name(&self) -> &str {
        self.0.selected_profile()
    }

    /// A property of the profile.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)
    }

    /// The one of its chain whose credentials come from IAM Identity Center, which people sign in to.
    pub(crate) fn signs_in(&self) -> Option<&str> {
        let signs_in = |link: &&profile::Profile| {
            link.get("sso_session").or_else(|| link.get("sso_start_url")).is_some()
        };
        self.chain().find(signs_in).map(profile::Profile::name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.get_profile(name).is_some()
    }

    /// The profile and those it takes its credentials from, each with its name.
    pub(crate) fn chain(&self) -> impl Iterator<Item = &profile::Profile> {
        let next = |profile: &&profile::Profile| self.0.get_profile(profile.get("source_profile")?);
        // A chain may be a cycle; none is longer than the number of profiles.
        std::iter::successors(self.0.get_profile(self.name()), next).take(self.0.profiles().count())
    }
}

fn file(variable: &str, default: &str) -> String {
    env::var(variable).unwrap_or_else(|_| default.to_owned())
}
