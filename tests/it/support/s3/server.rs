//! The state of the in-memory S3, and its responses.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::{StreamExt, stream};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::access::{S3Access, S3AccessContext};
use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, ETag, ETagCondition, GetObjectInput, GetObjectOutput,
    HeadBucketInput, HeadBucketOutput,
};
use s3s::dto::{HeadObjectInput, HeadObjectOutput, ListObjectsV2Input, ListObjectsV2Output, Object};
use s3s::dto::{ObjectStorageClass, PutObjectInput, PutObjectOutput, RequestPayer, StreamingBlob, Timestamp};
use s3s::header::X_AMZ_BUCKET_REGION;
use s3s::{Body, S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};
use sha2::{Digest, Sha256};

use super::Fault;

/// S3's own limit on the keys of one page.
const PAGE: usize = 1_000;

/// `LastModified` of the first object put without a time of its own: 2026-01-01T00:00:00Z.
const FIRST_PUT: Duration = Duration::from_secs(1_767_225_600);

pub(super) struct Stored {
    pub(super) body: Vec<u8>,
    etag: ETag,
    /// Since the epoch.
    modified: Duration,
    archived: bool,
}

impl Stored {
    fn size(&self) -> Option<i64> {
        i64::try_from(self.body.len()).ok()
    }

    fn last_modified(&self) -> Option<Timestamp> {
        Some((SystemTime::UNIX_EPOCH + self.modified).into())
    }
}

pub(super) struct Store {
    pub(super) buckets: BTreeMap<String, BTreeMap<String, Stored>>,
    /// The latest `LastModified` so far.
    newest: Duration,
    pub(super) faults: HashMap<String, VecDeque<Fault>>,
    pub(super) list_faults: VecDeque<Fault>,
    /// Keys that are listed without ETag.
    pub(super) untagged: HashSet<String>,
    /// The `Content-Encoding` of keys.
    pub(super) encodings: HashMap<String, String>,
    /// The `Content-Type` of keys that were uploaded with one.
    pub(super) types: HashMap<String, String>,
    pub(super) put_faults: VecDeque<Fault>,
    /// The keys of objects that were uploaded, in order.
    pub(super) uploads: Vec<String>,
    /// Keys of one page at most.
    pub(super) page: usize,
    pub(super) requester_pays: bool,
    pub(super) gets: usize,
    pub(super) lists: usize,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            buckets: BTreeMap::new(),
            newest: Duration::ZERO,
            faults: HashMap::new(),
            list_faults: VecDeque::new(),
            untagged: HashSet::new(),
            encodings: HashMap::new(),
            types: HashMap::new(),
            put_faults: VecDeque::new(),
            uploads: Vec::new(),
            page: PAGE,
            requester_pays: false,
            gets: 0,
            lists: 0,
        }
    }
}

impl Store {
    pub(super) fn put(&mut self, bucket: &str, key: &str, body: Vec<u8>, time: Option<Duration>) -> String {
        let objects = self.buckets.get_mut(bucket);
        let objects = objects.unwrap_or_else(|| panic!("no bucket {bucket}: create it first"));
        let next = FIRST_PUT.max(self.newest + Duration::from_secs(1));
        let modified = time.unwrap_or(next);
        self.newest = self.newest.max(modified);
        let hash = hash(&body);
        let object = Stored { body, etag: ETag::Strong(hash.clone()), modified, archived: false };
        objects.insert(key.to_owned(), object);
        format!("\"{hash}\"")
    }

    pub(super) fn archive(&mut self, bucket: &str, key: &str) {
        let objects = self.buckets.get_mut(bucket);
        let object = objects.and_then(|objects| objects.get_mut(key));
        object.unwrap_or_else(|| panic!("bucket {bucket} has no {key} to archive")).archived = true;
    }

    fn bucket(&self, name: &str) -> S3Result<&BTreeMap<String, Stored>> {
        let bucket = self.buckets.get(name);
        bucket.ok_or_else(|| s3_error!(NoSuchBucket, "there is no bucket {name}"))
    }

    /// Requests that do not offer to pay are refused where requesters pay.
    fn charge(&self, payer: Option<&RequestPayer>) -> S3Result<()> {
        match payer {
            None if self.requester_pays => Err(s3_error!(AccessDenied, "the requester pays")),
            _ => Ok(()),
        }
    }

    fn object(&self, bucket: &str, key: &str) -> S3Result<&Stored> {
        let object = self.bucket(bucket)?.get(key);
        object.ok_or_else(|| s3_error!(NoSuchKey, "there is no key {key}"))
    }
}

/// A hash of the content that looks like an MD5: 32 hexadecimal digits, the same in every run.
fn hash(body: &[u8]) -> String {
    let half = |seed: u8| {
        let mut hasher = DefaultHasher::new();
        (seed, body).hash(&mut hasher);
        hasher.finish()
    };
    format!("{:016x}{:016x}", half(0), half(1))
}

pub(super) enum Access {
    Public,
    Private,
}

#[async_trait]
impl S3Access for Access {
    // The default denies every anonymous request.
    async fn check(&self, request: &mut S3AccessContext<'_>) -> S3Result<()> {
        match (self, request.credentials()) {
            (Self::Private, None) => Err(s3_error!(AccessDenied, "sign the request")),
            _ => Ok(()),
        }
    }
}

#[derive(Clone, Default)]
pub(super) struct Server(Arc<Mutex<Store>>);

impl Server {
    /// A panic while the lock was held has been reported: a second one would only hide it.
    pub(super) fn lock(&self) -> MutexGuard<'_, Store> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type S3Reply<T> = S3Result<S3Response<T>>;

#[async_trait]
impl S3 for Server {
    async fn head_bucket(&self, request: S3Request<HeadBucketInput>) -> S3Reply<HeadBucketOutput> {
        self.lock().bucket(&request.input.bucket)?;
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    async fn list_objects_v2(&self, request: S3Request<ListObjectsV2Input>) -> S3Reply<ListObjectsV2Output> {
        let input = request.input;
        let fault = {
            let mut store = self.lock();
            store.lists += 1;
            store.list_faults.pop_front()
        };
        let fault = suffer(fault).await?;
        if input.delimiter.is_some() {
            return Err(s3_error!(NotImplemented, "no delimiters"));
        }
        let encoded = |key: &str| match input.encoding_type {
            Some(_) => utf8_percent_encode(key, NON_ALPHANUMERIC).to_string(),
            None => key.to_owned(),
        };
        let prefix = input.prefix.unwrap_or_default();
        // A continuation token is the last key of the page before it.
        let from_start = matches!(fault, Some(Fault::FromTheStart));
        let after = input.continuation_token.or(input.start_after).filter(|_| !from_start);
        let after = Bound::Excluded(after.as_deref().unwrap_or_default());

        let store = self.lock();
        store.charge(input.request_payer.as_ref())?;
        let size = input.max_keys.map_or(store.page, |keys| store.page.min(keys as usize));
        let rest = store.bucket(&input.bucket)?.range::<str, _>((after, Bound::Unbounded));
        let mut found = rest.filter(|(key, _)| key.starts_with(&prefix));
        let mut last = None;
        let page = found.by_ref().take(size).inspect(|(key, _)| last = Some((*key).clone()));
        let page = page.map(|(key, object)| Object {
            key: Some(encoded(key)),
            e_tag: Some(object.etag.clone()).filter(|_| !store.untagged.contains(key)),
            size: object.size(),
            last_modified: object.last_modified(),
            storage_class: object
                .archived
                .then(|| ObjectStorageClass::from_static(ObjectStorageClass::GLACIER)),
            ..Object::default()
        });
        let page: Vec<Object> = page.collect();
        let next = last.filter(|_| found.next().is_some());
        Ok(S3Response::new(ListObjectsV2Output {
            name: Some(input.bucket),
            key_count: i32::try_from(page.len()).ok(),
            contents: Some(page),
            encoding_type: input.encoding_type.clone(),
            is_truncated: Some(next.is_some()),
            next_continuation_token: next.filter(|_| !matches!(fault, Some(Fault::NoToken))),
            ..ListObjectsV2Output::default()
        }))
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Reply<GetObjectOutput> {
        let input = request.input;
        let (bucket, key) = (&input.bucket, &input.key);
        let fault = {
            let mut store = self.lock();
            store.gets += 1;
            store.charge(input.request_payer.as_ref())?;
            store.bucket(bucket)?;
            store.faults.get_mut(key).and_then(VecDeque::pop_front)
        };
        let fault = suffer(fault).await?;
        if input.range.is_some() {
            return Err(s3_error!(NotImplemented, "no ranges"));
        }

        let mut store = self.lock();
        match &fault {
            Some(Fault::Swap(body)) => drop(store.put(bucket, key, body.clone(), None)),
            Some(Fault::Vanish) => {
                drop(store.buckets.get_mut(bucket).and_then(|objects| objects.remove(key)))
            }
            _ => {}
        }
        let object = store.object(bucket, key)?;
        if let Some(Fault::Stale(body)) = fault {
            return Ok(S3Response::new(GetObjectOutput {
                content_length: i64::try_from(body.len()).ok(),
                e_tag: Some(ETag::Strong(hash(&body))),
                body: Some(Body::from(body).into()),
                ..GetObjectOutput::default()
            }));
        }
        if matches!(input.if_match, Some(ETagCondition::ETag(listed)) if listed != object.etag) {
            return Err(s3_error!(PreconditionFailed, "the object has another ETag"));
        }
        if object.archived {
            return Err(s3_error!(InvalidObjectState, "restore it first"));
        }
        let mut length = object.size();
        let body = match fault {
            Some(Fault::Cut { after }) => cut_short(&object.body, after),
            Some(Fault::Instead(body)) => {
                length = i64::try_from(body.len()).ok();
                Body::from(body).into()
            }
            _ => Body::from(object.body.clone()).into(),
        };
        Ok(S3Response::new(GetObjectOutput {
            body: Some(body),
            content_length: length,
            content_encoding: store.encodings.get(key).cloned(),
            e_tag: Some(object.etag.clone()),
            last_modified: object.last_modified(),
            ..GetObjectOutput::default()
        }))
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Reply<PutObjectOutput> {
        let input = request.input;
        let fault = self.lock().put_faults.pop_front();
        suffer(fault).await?;
        let mut body = Vec::new();
        if let Some(mut stream) = input.body {
            while let Some(part) = stream.next().await {
                let part = part
                    .map_err(|error| S3Error::with_message(S3ErrorCode::IncompleteBody, error.to_string()));
                body.extend_from_slice(&part?);
            }
        }
        if input.content_length.is_some_and(|length| length != body.len() as i64) {
            return Err(s3_error!(IncompleteBody, "the body has {} bytes", body.len()));
        }
        if input.checksum_sha256.is_some_and(|sum| sum != BASE64_STANDARD.encode(Sha256::digest(&body))) {
            return Err(s3_error!(BadDigest, "the body has another SHA-256"));
        }
        let mut store = self.lock();
        store.charge(input.request_payer.as_ref())?;
        if input.if_none_match.is_some() && store.bucket(&input.bucket)?.contains_key(&input.key) {
            return Err(s3_error!(PreconditionFailed, "there is an object {}", input.key));
        }
        store.bucket(&input.bucket)?;
        store.put(&input.bucket, &input.key, body, None);
        if let Some(kind) = input.content_type {
            store.types.insert(input.key.clone(), kind);
        }
        store.uploads.push(input.key);
        Ok(S3Response::new(PutObjectOutput::default()))
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> S3Reply<DeleteObjectOutput> {
        let mut store = self.lock();
        store.bucket(&request.input.bucket)?;
        store.buckets.get_mut(&request.input.bucket).map(|objects| objects.remove(&request.input.key));
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Reply<HeadObjectOutput> {
        let store = self.lock();
        store.charge(request.input.request_payer.as_ref())?;
        let object = store.object(&request.input.bucket, &request.input.key)?;
        Ok(S3Response::new(HeadObjectOutput {
            content_length: object.size(),
            e_tag: Some(object.etag.clone()),
            last_modified: object.last_modified(),
            ..HeadObjectOutput::default()
        }))
    }
}

/// Fails or waits; returns a fault that is about the object.
async fn suffer(fault: Option<Fault>) -> S3Result<Option<Fault>> {
    match fault {
        Some(Fault::Status(status, code)) => Err(rejection(status, code)?),
        Some(Fault::Elsewhere(region)) => {
            let mut error = rejection(301, "PermanentRedirect")?;
            let region = region.parse().map_err(S3Error::internal_error)?;
            error.set_headers([(X_AMZ_BUCKET_REGION, region)].into_iter().collect());
            Err(error)
        }
        Some(Fault::Stall(delay)) => {
            tokio::time::sleep(delay).await;
            Ok(None)
        }
        other => Ok(other),
    }
}

fn rejection(status: u16, code: &'static str) -> S3Result<S3Error> {
    let mut error = S3Error::with_message(S3ErrorCode::Custom(code.into()), "a fault injected by the test");
    error.set_status_code(status.try_into().map_err(S3Error::internal_error)?);
    Ok(error)
}

/// The first bytes of a body, then an error, at which the server drops the connection.
fn cut_short(body: &[u8], after: usize) -> StreamingBlob {
    let sent = body[..after.min(body.len().saturating_sub(1))].to_vec();
    let broken = async {
        // The server flushes what it has whenever the body makes it wait.
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    };
    StreamingBlob::wrap(stream::iter([Ok(sent.into())]).chain(stream::once(broken)))
}
