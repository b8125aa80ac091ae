//! An S3 in memory, served over real HTTP on a loopback port.
//!
//! It answers `ListObjectsV2`, `GetObject` and `HeadBucket`, path-style, to anonymous requests and
//! to those signed with the key `test` / `test`. What it lacks (ranges, delimiters, uploads) it
//! refuses with `NotImplemented`.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use std::{io, iter};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::SimpleAuth;
use s3s::dto::{ETag, ETagCondition, GetObjectInput, GetObjectOutput, HeadBucketInput};
use s3s::dto::{HeadBucketOutput, ListObjectsV2Input, ListObjectsV2Output, Object, StreamingBlob};
use s3s::service::S3ServiceBuilder;
use s3s::{Body, S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};
use tokio::net::TcpListener;
use tokio::runtime::{self, Runtime};

/// Access key and secret key of the one identity the server knows.
const KEY: &str = "test";

/// S3's own limit on the keys of one page.
const PAGE: usize = 1_000;

/// `LastModified` of the first object put without a time of its own: 2026-01-01T00:00:00Z.
const FIRST_PUT: Duration = Duration::from_secs(1_767_225_600);

/// What goes wrong with a request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The connection breaks after this many body bytes, the last byte never being sent, while
    /// `Content-Length` promised all. A slow reader may lose some more of a body above a megabyte.
    Cut { after: usize },
    /// Refused with this status and S3 error code, such as 503 `SlowDown` or 403 `AccessDenied`.
    Status(u16, &'static str),
    /// The object has this body from just before the answer on, so that `If-Match` with the ETag
    /// listed earlier fails with 412.
    Swap(Vec<u8>),
    /// The answer comes this much later.
    Stall(Duration),
}

/// A server of its own for one test, stopped when dropped. Not for use inside async code: starting
/// and dropping it block.
pub(crate) struct TestS3 {
    address: SocketAddr,
    server: Server,
    _runtime: Runtime,
}

impl TestS3 {
    /// Starts a server whose buckets anyone may read.
    pub(crate) fn start() -> Self {
        Self::serve(Access::Public).unwrap_or_else(|error| panic!("cannot start the S3: {error}"))
    }

    /// Starts a server that refuses anonymous requests with 403 `AccessDenied`.
    pub(crate) fn private() -> Self {
        Self::serve(Access::Private).unwrap_or_else(|error| panic!("cannot start the S3: {error}"))
    }

    fn serve(access: Access) -> io::Result<Self> {
        let server = Server::default();
        let mut service = S3ServiceBuilder::new(server.clone());
        // Without an identity to check against, s3s answers signed requests with 501.
        service.set_auth(SimpleAuth::from_single(KEY, KEY));
        service.set_access(access);
        let service = service.build();

        let mut runtime = runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        runtime.spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    let http = auto::Builder::new(TokioExecutor::new());
                    let served = http.serve_connection(TokioIo::new(connection), service);
                    // A connection cut on purpose ends in an error.
                    let _ = served.await;
                });
            }
        });
        Ok(Self { address, server, _runtime: runtime })
    }

    /// The URL to give to a client: `http://127.0.0.1:PORT`.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Creates an empty bucket.
    pub(crate) fn create_bucket(&self, name: &str) {
        let mut store = self.server.lock();
        let old = store.buckets.insert(name.to_owned(), BTreeMap::new());
        assert!(old.is_none(), "bucket {name} exists already");
    }

    /// Puts an object, a second newer than all before, and returns its ETag, quoted as S3 does.
    pub(crate) fn put(&self, bucket: &str, key: &str, body: impl Into<Vec<u8>>) -> String {
        self.server.lock().put(bucket, key, body.into(), None)
    }

    /// The same with a `LastModified` of its own, cut to whole seconds as S3 has them.
    pub(crate) fn put_at(
        &self,
        bucket: &str,
        key: &str,
        body: impl Into<Vec<u8>>,
        time: SystemTime,
    ) -> String {
        let time = time.duration_since(SystemTime::UNIX_EPOCH);
        let time = Duration::from_secs(time.unwrap_or_default().as_secs());
        let mut store = self.server.lock();
        store.put(bucket, key, body.into(), Some(time))
    }

    /// Deletes an object that exists.
    pub(crate) fn delete(&self, bucket: &str, key: &str) {
        let mut store = self.server.lock();
        let objects = store.buckets.get_mut(bucket);
        let old = objects.and_then(|objects| objects.remove(key));
        assert!(old.is_some(), "bucket {bucket} has no {key} to delete");
    }

    /// Lets the next `times` GETs of the key suffer the fault, after those injected earlier.
    pub(crate) fn inject(&self, key: &str, fault: Fault, times: u32) {
        let mut store = self.server.lock();
        let faults = store.faults.entry(key.to_owned()).or_default();
        faults.extend(iter::repeat_n(fault, times as usize));
    }

    /// Lets the next `times` LISTs (one a page) suffer a [`Fault::Status`] or [`Fault::Stall`].
    pub(crate) fn inject_list(&self, fault: Fault, times: u32) {
        let possible = matches!(fault, Fault::Status(..) | Fault::Stall(_));
        assert!(possible, "a LIST cannot suffer {fault:?}");
        let mut store = self.server.lock();
        store.list_faults.extend(iter::repeat_n(fault, times as usize));
    }

    /// How many GETs came, with those that suffered a fault, without those access was denied to.
    pub(crate) fn gets(&self) -> usize {
        self.server.lock().gets
    }

    /// How many LISTs came, one a page, counted like [`Self::gets`].
    pub(crate) fn lists(&self) -> usize {
        self.server.lock().lists
    }
}

struct Stored {
    body: Vec<u8>,
    etag: ETag,
    /// Since the epoch.
    modified: Duration,
}

#[derive(Default)]
struct Store {
    buckets: BTreeMap<String, BTreeMap<String, Stored>>,
    /// The latest `LastModified` so far.
    newest: Duration,
    faults: HashMap<String, VecDeque<Fault>>,
    list_faults: VecDeque<Fault>,
    gets: usize,
    lists: usize,
}

impl Store {
    fn put(&mut self, bucket: &str, key: &str, body: Vec<u8>, time: Option<Duration>) -> String {
        let objects = self.buckets.get_mut(bucket);
        let objects = objects.unwrap_or_else(|| panic!("no bucket {bucket}: create it first"));
        let next = FIRST_PUT.max(self.newest + Duration::from_secs(1));
        let modified = time.unwrap_or(next);
        self.newest = self.newest.max(modified);
        let hash = hash(&body);
        let object = Stored { body, etag: ETag::Strong(hash.clone()), modified };
        objects.insert(key.to_owned(), object);
        format!("\"{hash}\"")
    }

    fn bucket(&self, name: &str) -> S3Result<&BTreeMap<String, Stored>> {
        let bucket = self.buckets.get(name);
        bucket.ok_or_else(|| s3_error!(NoSuchBucket, "there is no bucket {name}"))
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

enum Access {
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
struct Server(Arc<Mutex<Store>>);

impl Server {
    /// A panic while the lock was held has been reported: a second one would only hide it.
    fn lock(&self) -> MutexGuard<'_, Store> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Answer<T> = S3Result<S3Response<T>>;

#[async_trait]
impl S3 for Server {
    async fn head_bucket(&self, request: S3Request<HeadBucketInput>) -> Answer<HeadBucketOutput> {
        self.lock().bucket(&request.input.bucket)?;
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    async fn list_objects_v2(&self, request: S3Request<ListObjectsV2Input>) -> Answer<ListObjectsV2Output> {
        let input = request.input;
        let fault = {
            let mut store = self.lock();
            store.lists += 1;
            store.list_faults.pop_front()
        };
        suffer(fault).await?;
        if input.delimiter.is_some() || input.encoding_type.is_some() {
            return Err(s3_error!(NotImplemented, "no delimiters, no encoding"));
        }
        let prefix = input.prefix.unwrap_or_default();
        // A continuation token is the last key of the page before it.
        let after = input.continuation_token.or(input.start_after);
        let after = Bound::Excluded(after.as_deref().unwrap_or_default());
        let size = input.max_keys.map_or(PAGE, |keys| PAGE.min(keys as usize));

        let store = self.lock();
        let rest = store.bucket(&input.bucket)?.range::<str, _>((after, Bound::Unbounded));
        let mut found = rest.filter(|(key, _)| key.starts_with(&prefix));
        let page = found.by_ref().take(size).map(|(key, object)| Object {
            key: Some(key.clone()),
            e_tag: Some(object.etag.clone()),
            size: i64::try_from(object.body.len()).ok(),
            last_modified: Some((SystemTime::UNIX_EPOCH + object.modified).into()),
            ..Object::default()
        });
        let page: Vec<Object> = page.collect();
        let last = page.last().and_then(|object| object.key.clone());
        let next = last.filter(|_| found.next().is_some());
        Ok(S3Response::new(ListObjectsV2Output {
            name: Some(input.bucket),
            key_count: i32::try_from(page.len()).ok(),
            contents: Some(page),
            is_truncated: Some(next.is_some()),
            next_continuation_token: next,
            ..ListObjectsV2Output::default()
        }))
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> Answer<GetObjectOutput> {
        let input = request.input;
        let (bucket, key) = (&input.bucket, &input.key);
        let fault = {
            let mut store = self.lock();
            store.gets += 1;
            store.bucket(bucket)?;
            store.faults.get_mut(key).and_then(VecDeque::pop_front)
        };
        let fault = suffer(fault).await?;
        if input.range.is_some() {
            return Err(s3_error!(NotImplemented, "no ranges"));
        }

        let mut store = self.lock();
        if let Some(Fault::Swap(body)) = &fault {
            store.put(bucket, key, body.clone(), None);
        }
        let object = store.bucket(bucket)?.get(key);
        let object = object.ok_or_else(|| s3_error!(NoSuchKey, "there is no key {key}"))?;
        if matches!(input.if_match, Some(ETagCondition::ETag(listed)) if listed != object.etag) {
            return Err(s3_error!(PreconditionFailed, "the object has another ETag"));
        }
        let body = match fault {
            Some(Fault::Cut { after }) => cut_short(&object.body, after),
            _ => Body::from(object.body.clone()).into(),
        };
        Ok(S3Response::new(GetObjectOutput {
            body: Some(body),
            content_length: i64::try_from(object.body.len()).ok(),
            e_tag: Some(object.etag.clone()),
            last_modified: Some((SystemTime::UNIX_EPOCH + object.modified).into()),
            ..GetObjectOutput::default()
        }))
    }
}

/// Refuses or waits; hands back a fault that concerns the object.
async fn suffer(fault: Option<Fault>) -> S3Result<Option<Fault>> {
    match fault {
        Some(Fault::Status(status, code)) => {
            let code = S3ErrorCode::Custom(code.into());
            let mut error = S3Error::with_message(code, "a fault injected by the test");
            error.set_status_code(status.try_into().map_err(S3Error::internal_error)?);
            Err(error)
        }
        Some(Fault::Stall(delay)) => {
            tokio::time::sleep(delay).await;
            Ok(None)
        }
        other => Ok(other),
    }
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
