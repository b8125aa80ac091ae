//! Signed requests: an SDK of Glue would take longer to compile than Landfall.

use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use serde_json::Value;
use tokio::runtime::Handle;

use super::error::GlueError;
use crate::aws::{
    self, Endpoint, Profile, Service, connection_advice, credentials_problem, proxy_variable, root_cause,
};

const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// Attempts at a request, and the wait after the first that fails; it doubles.
const ATTEMPTS: u32 = 4;
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// A client. Calls block.
#[derive(Debug)]
pub struct Glue {
    config: SdkConfig,
    url: String,
    region: String,
    runtime: Handle,
    /// The profile that people have to sign in to.
    sign_in: Option<String>,
}

impl Glue {
    /// Prepares a client; nothing is sent to Glue yet. Requests run on the given runtime.
    ///
    /// # Errors
    ///
    /// A setting of AWS is invalid.
    pub fn open(runtime: Handle) -> Result<Self, GlueError> {
        runtime.clone().block_on(async {
            let profile = Profile::load().await?;
            let config = aws::load(&profile, aws::Request::default()).await?;
            let region = config.region().map(ToString::to_string).unwrap_or_default();
            let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
            let url = match Endpoint::of(&config, Service::GLUE)? {
                Some(endpoint) => endpoint.url,
                None => format!("https://glue.{region}.amazonaws.com{suffix}/"),
            };
            Ok(Self { config, url, region, runtime, sign_in: profile.signs_in().map(ToOwned::to_owned) })
        })
    }

    /// Sends a request; returns the answer.
    pub(super) fn call(&self, action: &'static str, body: &Value) -> Result<Value, GlueError> {
        let mut wait = FIRST_WAIT;
        let mut attempt = 1;
        loop {
            let error = match self.runtime.block_on(self.send(action, body.to_string())) {
                Ok((200, answer)) => return Ok(answer),
                Ok((status, answer)) => {
                    let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default();
                    let code = text("__type").rsplit('#').next().unwrap_or_default().to_owned();
                    let message = [text("Message"), text("message")].concat();
                    if status < 500 && !code.contains("Throttl") {
                        return Err(GlueError::Rejected { action, code, message });
                    }
                    GlueError::Unavailable(format!("status {status} {code} {message}"))
                }
                Err(error @ GlueError::Unavailable(_)) => error,
                Err(error) => return Err(error),
            };
            if attempt == ATTEMPTS {
                return Err(error);
            }
            tracing::debug!(%error, attempt, "tries again");
            self.runtime.block_on(tokio::time::sleep(wait));
            attempt += 1;
            wait *= 2;
        }
    }

    /// Status and content of the answer.
    async fn send(&self, action: &'static str, body: String) -> Result<(u16, Value), GlueError> {
        let request = self.request(action, body).await?;
        let http = self.config.http_client();
        let http = http.ok_or_else(|| GlueError::Settings("there is no HTTP client".to_owned()))?;
        let timeouts = self.config.timeout_config().cloned().unwrap_or_else(|| unreachable!());
        let operation = Operation::builder()
            .service_name("glue")
            .operation_name(action)
            .http_client(http)
            .endpoint_url(&self.url)
            .no_auth()
            .no_retry()
            .timeout_config(timeouts)
            .serializer(|request: HttpRequest| Ok(request))
            .deserializer::<_, Infallible>(|response| {
                let body = response.body().bytes().unwrap_or_default();
                Ok((response.status().as_u16(), serde_json::from_slice(body).unwrap_or_default()))
            })
            .build();
        operation.invoke(request).await.map_err(|error| {
            let cause = root_cause(&error);
            let advice = connection_advice(&cause, proxy_variable(&self.url));
            GlueError::Unavailable(format!("cannot reach {}: {cause}; {advice}", self.url))
        })
    }

    async fn request(&self, action: &'static str, body: String) -> Result<HttpRequest, GlueError> {
        let invalid =
            |error: &dyn std::fmt::Display| GlueError::Settings(format!("cannot make a request: {error}"));
        let provider = self.config.credentials_provider();
        let provider =
            provider.ok_or_else(|| GlueError::Settings("there are no AWS credentials".to_owned()))?;
        let credentials = provider.provide_credentials().await.map_err(|error| {
            let advice = "set AWS_PROFILE or AWS_ACCESS_KEY_ID";
            let sign_in = self.sign_in.as_deref();
            GlueError::Settings(credentials_problem("for AWS Glue", advice, &error, sign_in))
        })?;
        let identity = credentials.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("glue")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| invalid(&error))?;
        let target = format!("AWSGlue.{action}");
        let headers = [("content-type", CONTENT_TYPE), ("x-amz-target", target.as_str())];
        let signable = SignableRequest::new(
            "POST",
            self.url.as_str(),
            headers.into_iter(),
            SignableBody::Bytes(body.as_bytes()),
        )
        .map_err(|error| invalid(&error))?;
        let signed = sign(signable, &parameters.into()).map_err(|error| invalid(&error))?;
        let (instructions, _) = signed.into_parts();
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("POST").map_err(|error| invalid(&error))?;
        request.set_uri(self.url.as_str()).map_err(|error| invalid(&error))?;
        for (name, value) in headers {
            request.headers_mut().insert(name, value.to_owned());
        }
        for (name, value) in instructions.headers() {
            request.headers_mut().insert(name.to_owned(), value.to_owned());
        }
        Ok(request)
    }
}
