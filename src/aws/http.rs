//! The HTTP client: through proxies if they are set, and with the certificates that are to be trusted.

use std::env;
use std::fs;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::SettingsError;
use super::endpoint::host;
use super::profile::Profile;
use super::setting::Setting;

/// Addresses of the credentials of machines and containers on AWS. No proxy can reach them.
const CREDENTIALS_HOSTS: [&str; 5] =
    ["169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23"];

/// The client for S3 and for whatever credentials come from.
pub(crate) fn client(profile: &Profile) -> Result<SharedHttpClient, SettingsError> {
    let context = TlsContext::builder().with_trust_store(trust(profile)?).build();
    let context = context.map_err(|error| SettingsError(format!("cannot prepare for TLS: {error}")))?;
    let direct = direct_hosts(profile);
    let client = |scheme| Ok(through(proxy(scheme, &direct)?, context.clone()));
    Ok(SharedHttpClient::new(ByScheme { http: client(Scheme::Http)?, https: client(Scheme::Https)? }))
}

/// The variable that names the proxy for requests to a URL.
pub(crate) fn proxy_variable(url: &str) -> Option<&'static str> {
    let scheme = if url.starts_with("http://") { Scheme::Http } else { Scheme::Https };
    set(scheme.variables()).map(|(name, _)| name)
}

#[derive(Clone, Copy)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    /// Where both are set the first counts, as in other AWS tools.
    const fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Http => &["http_proxy", "HTTP_PROXY"],
            Self::Https => &["https_proxy", "HTTPS_PROXY"],
        }
    }
}

/// The first variable that is set; nothing if it is blank, which is how a proxy is switched off.
fn set(variables: &[&'static str]) -> Option<(&'static str, String)> {
    let (name, value) = variables.iter().find_map(|name| Some((*name, env::var(name).ok()?)))?;
    let value = value.trim().to_owned();
    (!value.is_empty()).then_some((name, value))
}

fn proxy(scheme: Scheme, direct: &str) -> Result<ProxyConfig, SettingsError> {
    let Some((name, url)) = set(scheme.variables()) else { return Ok(ProxyConfig::disabled()) };
    let url = if url.contains("://") { url } else { format!("http://{url}") };
    let config = match scheme {
        Scheme::Http => ProxyConfig::http(url),
        Scheme::Https => ProxyConfig::https(url),
    };
    // The value may contain a password.
    let config = config.map_err(|_| {
        SettingsError(format!(
            "{name} is not the URL of an HTTP proxy: write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT"
        ))
    })?;
    Ok(config.no_proxy(direct))
}

/// The hosts to reach without a proxy, separated by commas.
fn direct_hosts(profile: &Profile) -> String {
    let excepted = set(&["no_proxy", "NO_PROXY"]).map(|(_, hosts)| hosts).unwrap_or_default();
    // The client supports `.example.com`, but not `*.example.com`.
    let excepted = excepted.split(',').map(|host| host.trim()).map(|h| h.strip_prefix("*.").unwrap_or(h));
    let mut hosts: Vec<String> = excepted.map(ToOwned::to_owned).collect();
    hosts.extend(CREDENTIALS_HOSTS.map(ToOwned::to_owned));
    let metadata =
        Setting::read(&["AWS_EC2_METADATA_SERVICE_ENDPOINT"], profile, "ec2_metadata_service_endpoint");
    let container = Setting::read(&["AWS_CONTAINER_CREDENTIALS_FULL_URI"], profile, "");
    let urls = [metadata, container].into_iter().flatten();
    hosts.extend(urls.filter_map(|url| host(&url.value).map(ToOwned::to_owned)));
    hosts.join(",")
}

/// The certificates that servers must be signed by: those of the machine, unless a bundle is named.
fn trust(profile: &Profile) -> Result<TrustStore, SettingsError> {
    let Some(Setting { value: path, origin }) = Setting::read(&["AWS_CA_BUNDLE"], profile, "ca_bundle")
    else {
        return Ok(TrustStore::default());
    };
    let error = |why: String| SettingsError(format!("{origin} names {path}, {why}"));
    let pem = fs::read(&path).map_err(|cause| error(format!("which cannot be read: {cause}")))?;
    // The client assumes that it can read them.
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|cause| error(format!("which is not PEM: {cause}")))?;
        roots
            .add(certificate)
            .map_err(|cause| error(format!("which has a certificate that cannot be used: {cause}")))?;
    }
    if roots.is_empty() {
        return Err(error(
            "which has no certificate: name a PEM file with `BEGIN CERTIFICATE` in it".to_owned(),
        ));
    }
    Ok(TrustStore::empty().with_pem_certificate(pem))
}

fn through(proxy: ProxyConfig, context: TlsContext) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder()
            .proxy_config(proxy.clone())
            .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
            .tls_context(context.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.build()
    })
}

/// A client for each scheme: that of the SDK supports one proxy only.
#[derive(Debug)]
struct ByScheme<T> {
    http: T,
    https: T,
}

impl HttpClient for ByScheme<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(ByScheme {
            http: self.http.http_connector(settings, components),
            https: self.https.http_connector(settings, components),
        })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.http.connector_metadata()
    }
}

impl HttpConnector for ByScheme<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = if request.uri().starts_with("http://") { &self.http } else { &self.https };
        connector.call(request)
    }
}
