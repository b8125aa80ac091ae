//! A setting of AWS, from a variable or the profile.

use std::env;

use super::profile::Profile;
use crate::source::SourceError;

/// The error for a value that is invalid in a header.
pub(super) const UNFIT_FOR_HEADER: &str =
    "has a space, a line break or another character that cannot be sent: correct it";

/// The value of a setting, and where it comes from.
#[derive(Debug)]
pub(super) struct Setting {
    /// Without white space around it: secrets kept in files often end with a line break.
    pub(super) value: String,
    /// Name of the variable, or of the property of the profile.
    pub(super) origin: String,
}

impl Setting {
    /// The first of the variables that is set and not blank, or else the property of the profile.
    pub(super) fn read(variables: &[&str], profile: &Profile, key: &str) -> Option<Self> {
        let variable = variables.iter().find_map(|name| Self::new(env::var(name).ok()?, (*name).to_owned()));
        variable.or_else(|| {
            let origin = format!("`{key}` of the AWS profile `{}`", profile.name());
            Self::new(profile.get(key)?.to_owned(), origin)
        })
    }

    /// A setting that is not blank.
    pub(super) fn new(value: String, origin: String) -> Option<Self> {
        let value = value.trim().to_owned();
        (!value.is_empty()).then_some(Self { value, origin })
    }

    /// Checks that the value is valid in a header, which the SDK assumes.
    pub(super) fn for_header(self) -> Result<Self, SourceError> {
        if is_for_header(&self.value) {
            return Ok(self);
        }
        Err(SourceError::Fatal(format!("{} {UNFIT_FOR_HEADER}", self.origin)))
    }
}

/// Whether a value is printable ASCII without spaces.
pub(super) fn is_for_header(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_graphic())
}
