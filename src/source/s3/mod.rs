//! Dumps in an S3 bucket.

mod addressing;
mod body;
mod client;
mod complete_listing;
mod delete;
mod error;
mod listing;
mod object;
mod options;
mod put;
mod put_file;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::{EncodingType, OptionalObjectAttributes, RequestPayer};
use chrono::NaiveDate;
use tokio::runtime::Handle;

use super::partitions::EarlierDays;
use super::{Listing, Object, Source, SourceError, StoredBody};
use addressing::is_directory_bucket;
use client::Configured;
use complete_listing::CompleteListing;
use listing::{Next, Pages, Start};

pub use options::{Addressing, S3Options};
pub use put::{Put, PutResult};

/// A bucket, or the part of it under a prefix.
#[derive(Debug)]
pub struct Bucket {
    client: Client,
    runtime: Handle,
    name: String,
    bucket: String,
    prefix: String,
    options: S3Options,
    /// Whether the server lists restored objects as such.
    lists_restores: bool,
    /// The variable that names the proxy, if requests may go through one.
    proxy: Option<&'static str>,
    /// The profile that people have to sign in to.
    sign_in: Option<String>,
}

impl Bucket {
    /// Prepares a client; nothing is sent to S3 yet. Requests run on the given runtime.
    ///
    /// An invalid setting of AWS is an error.
    pub fn open(
        bucket: &str,
        prefix: &str,
        options: S3Options,
        runtime: Handle,
    ) -> Result<Self, SourceError> {
        let Configured { client, lists_restores, proxy, sign_in } =
            runtime.block_on(client::configure(bucket, options))?;
        Ok(Self {
            client,
            runtime,
            name: format!("s3://{bucket}"),
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            options,
            lists_restores,
            proxy,
            sign_in,
        })
    }

    /// The object under a key as a listing shows it, if it is there.
    ///
    /// # Errors
    ///
    /// The bucket cannot be listed.
    pub fn find(&self, key: &str) -> Result<Option<Object>, SourceError> {
        // Of all keys that begin with it, the key itself comes first.
        let page = self.list_page(key, 1, Start::First)?;
        let (objects, _) = Pages::default().add(page).map_err(|problem| self.incomplete(&problem))?;
        Ok(objects.into_iter().find(|object| object.key == key))
    }

    /// The bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// What keys begin with; may be empty.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// A page of a listing of the keys that begin with a prefix.
    fn list_page(
        &self,
        prefix: &str,
        max_keys: i32,
        start: Start,
    ) -> Result<ListObjectsV2Output, SourceError> {
        let (token, start_after) = match start {
            Start::First => (None, None),
            Start::Token(token) => (Some(token), None),
            Start::After(key) => (None, Some(key)),
        };
        let restores = self.lists_restores.then(|| vec![OptionalObjectAttributes::RestoreStatus]);
        let request = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(prefix)
            .max_keys(max_keys)
            // XML cannot have every character that a key can: one such object would hide all others.
            .encoding_type(EncodingType::Url)
            .set_optional_object_attributes(restores)
            .set_request_payer(self.payer())
            .set_continuation_token(token)
            .set_start_after(start_after);
        let request = request.customize().interceptor(CompleteListing);
        self.runtime.block_on(request.send()).map_err(|error| self.explain("", &error))
    }

    fn incomplete(&self, problem: &str) -> SourceError {
        SourceError::Fatal(format!(
            "the listing of {} is not whole: {problem}; check AWS_ENDPOINT_URL, or update the server there",
            self.name
        ))
    }

    fn payer(&self) -> Option<RequestPayer> {
        self.options.request_payer.then_some(RequestPayer::Requester)
    }

    /// The URL of the bucket, or of a key in it.
    fn url(&self, key: &str) -> String {
        if key.is_empty() { self.name.clone() } else { format!("{}/{key}", self.name) }
    }
}

impl Source for Bucket {
    fn name(&self) -> &str {
        &self.name
    }

    fn location(&self) -> String {
        format!("{}/{}", self.name, self.prefix)
    }

    fn list(&self, since: Option<NaiveDate>, each_page: &mut dyn FnMut(Listing)) -> Result<(), SourceError> {
        let mut earlier = since.filter(|_| !is_directory_bucket(&self.bucket)).map(EarlierDays::before);
        let mut pages = Pages::default();
        let mut start = Start::First;
        loop {
            let page = self.list_page(&self.prefix, 1_000, start)?;
            let (mut objects, next) = pages.add(page).map_err(|problem| self.incomplete(&problem))?;
            let listed = objects.len();
            let skip_to = earlier.as_mut().and_then(|earlier| earlier.leave_out_of(&mut objects));
            let left_out = objects.len() < listed;
            each_page(Listing { objects, left_out, ..Listing::default() });
            start = match (next, skip_to) {
                (Next::End, _) => return Ok(()),
                (Next::Page(_), Some(key)) => Start::After(key),
                (Next::Page(token), None) => Start::Token(token),
            };
        }
    }

    fn look_up(&self, key: &str) -> Result<Object, SourceError> {
        let request = self.client.head_object().bucket(&self.bucket).key(key).set_request_payer(self.payer());
        let head = self.runtime.block_on(request.send()).map_err(|error| self.explain(key, &error))?;
        object::from_head(key, &head).ok_or_else(|| self.without_version(key))
    }

    fn open(&self, object: &Object) -> Result<StoredBody, SourceError> {
        if object.fingerprint.is_empty() {
            return Err(self.without_version(&object.key));
        }
        let request = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(&object.key)
            // Exactly the bytes that were listed, or none.
            .if_match(&object.fingerprint)
            .set_request_payer(self.payer());
        let found =
            self.runtime.block_on(request.send()).map_err(|error| self.explain(&object.key, &error))?;
        // A cache or gateway in between may ignore `If-Match`, and send another version.
        let version = found.e_tag().map(|tag| tag.trim_start_matches("W/"));
        if version.is_some_and(|tag| tag != object.fingerprint.trim_start_matches("W/")) {
            return Err(SourceError::Changed(self.url(&object.key)));
        }
        let bytes = Box::new(body::body(found.body, self.runtime.clone(), self.url(&object.key)));
        Ok(StoredBody { bytes, content_encoding: found.content_encoding })
    }
}

impl Bucket {
    fn without_version(&self, key: &str) -> SourceError {
        SourceError::Unreadable(format!(
            "{} has no ETag, size or date, so the version that is read is unknown: copy it to a bucket or directory that gives them",
            self.url(key)
        ))
    }
}
