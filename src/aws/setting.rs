//! An AWS setting, from an environment variable or the profile.

use std::env;

use super::SettingsError;
use super::profile::Profile;

/// What is wrong with a value that is invalid in a header, and what to do.
pub(crate) const INVALID_IN_HEADER: &str =
    "has a space, a line break or another character that cannot be sent: correct it";

/// The value of a setting, and its origin.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Trimmed: secrets kept in files often end with a line break.
    pub(crate) value: String,
    /// The name of the variable, or the property of the profile.
    pub(crate) origin: String,
}

impl Setting {
    /// The first of the variables that is set and not blank, or else the property of the profile.
    pub(crate) fn read(variables: &[&str], profile: &Profile, key: &str) -> Option<Self> {
        let variable = variables.iter().find_map(|name| Self::new(env::var(name).ok()?, (*name).to_owned()));
        variable.or_else(|| {
            let origin = format!("`{key}` of the AWS profile `{}`", profile.name());
            Self::new(profile.get(key)?.to_owned(), origin)
        })
    }

    /// A setting that is not blank.
    pub(crate) fn new(value: String, origin: String) -> Option<Self> {
        let value = value.trim().to_owned();
        (!value.is_empty()).then_some(Self { value, origin })
    }

    /// The setting, or an error if its value is invalid in a header: the SDK does not check.
    pub(crate) fn valid_in_header(self) -> Result<Self, SettingsError> {
        if is_valid_in_header(&self.value) {
            return Ok(self);
        }
        Err(SettingsError(format!("{} {INVALID_IN_HEADER}", self.origin)))
    }
}

/// Whether a value is printable ASCII without spaces.
pub(crate) fn is_valid_in_header(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_graphic())
}
