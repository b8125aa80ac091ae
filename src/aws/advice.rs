//! What to do about errors that any service may cause.

use aws_credential_types::provider::error::CredentialsError;

use super::cause::inner_causes;

/// What to do about a connection that fails; `proxy` is the variable that names the proxy, if there is one.
pub(crate) fn connection_advice(cause: &str, proxy: Option<&str>) -> String {
    if cause.contains("InvalidContentType") {
        "the server there does not use TLS: begin AWS_ENDPOINT_URL with http://".to_owned()
    } else if cause.contains("certificate") {
        "name the certificate of the authority that signed it with AWS_CA_BUNDLE, or correct the host in AWS_ENDPOINT_URL".to_owned()
    } else if let Some(proxy) = proxy {
        format!("check the network, {proxy}, NO_PROXY, and AWS_ENDPOINT_URL if it is set")
    } else {
        "check the network, and AWS_ENDPOINT_URL if it is set".to_owned()
    }
}

/// Why there are no credentials for a purpose such as `to read s3://bucket with`, and what to do; `sign_in` is the profile
/// that people have to sign in to.
pub(crate) fn credentials_problem(
    purpose: &str,
    advice: &str,
    error: &CredentialsError,
    sign_in: Option<&str>,
) -> String {
    let cause = inner_causes(error);
    match (error, sign_in) {
        (_, Some(profile)) => format!(
            "the AWS credentials {purpose} cannot be loaded: {cause}; sign in with the AWS CLI, version 2: `aws sso login --profile {profile}`"
        ),
        (CredentialsError::CredentialsNotLoaded(_), None) => {
            format!("there are no AWS credentials {purpose}: {advice}")
        }
        (CredentialsError::InvalidConfiguration(_), None) => {
            format!("the AWS credentials {purpose} cannot be used: {cause}")
        }
        _ => format!("the AWS credentials {purpose} cannot be loaded: {cause}; {advice}"),
    }
}
