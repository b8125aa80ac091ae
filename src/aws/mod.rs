//! What all services of AWS have in common: region, profile, credentials, endpoint, HTTP client, and the errors of these.

mod advice;
mod cause;
mod config;
mod credentials;
mod endpoint;
mod http;
mod profile;
mod setting;

use thiserror::Error;

pub(crate) use advice::{connection_advice, credentials_problem};
pub(crate) use cause::{causes, inner_causes, root_cause};
pub(crate) use config::{Request, credentials, load};
pub(crate) use endpoint::{Endpoint, Service, host, is_of_aws};
pub(crate) use http::proxy_variable;
pub(crate) use profile::Profile;
pub(crate) use setting::is_valid_in_header;

/// A setting of AWS is invalid; the message says which one, and what to do.
#[derive(Debug, Error)]
#[error("{0}")]
pub(crate) struct SettingsError(pub(crate) String);
