//! An S3 in memory, served over real HTTP on a loopback port.
//!
//! It implements `ListObjectsV2`, `GetObject`, `PutObject`, `DeleteObject`, `HeadObject` and `HeadBucket`, path-style, to anonymous
//! requests and to those signed with the key `test` / `test`. What it lacks (ranges, delimiters, uploads in
//! parts) it refuses with `NotImplemented`.

mod server;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};
use std::{io, iter};

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio::net::TcpListener;
use tokio::runtime::{self, Runtime};

use super::{dump_name, json};
use server::{Access, Server};

/// Access key and secret key of the one identity the server knows.
const KEY: &str = "test";

/// What goes wrong with a request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The connection breaks after this many body bytes, the last byte never being sent, while
    /// `Content-Length` promised all. A slow reader may lose some more of a body above a megabyte.
    Cut { after: usize },
    /// The response is correct except its body, which is this one: the length fits it, the ETag is the object's.
    Instead(Vec<u8>),
    /// As from a cache that does not know `If-Match`: this body, under an ETag of its own.
    Stale(Vec<u8>),
    /// Refused with this status and S3 error code, such as 503 `SlowDown` or 403 `AccessDenied`.
    Status(u16, &'static str),
    /// The object has this body from just before the response on, so that `If-Match` with the ETag
    /// listed earlier fails with 412.
    Swap(Vec<u8>),
    /// The object is deleted just before the response.
    Vanish,
    /// Refused with 301 `PermanentRedirect`: the bucket is in this region.
    Elsewhere(&'static str),
    /// The response comes this much later.
    Stall(Duration),
    /// The page of a listing has no token for the next.
    NoToken,
    /// The listing starts from the beginning, whatever the token.
    FromTheStart,
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

    /// Starts a server with six dumps in the bucket `prices`. The fourth comes late: a run is not over when a test stops
    /// it after the third, however fast the program is.
    pub(crate) fn with_a_late_dump() -> Self {
        let s3 = Self::start();
        s3.create_bucket("prices");
        for day in 1..=6 {
            let (name, at) = (dump_name(&format!("2020-05-{day:02}")), format!("2020-05-{day:02} 10:00:00"));
            s3.put("prices", &name, json(&[("a", &at, "0.1")]));
            if day == 4 {
                s3.inject(&name, Fault::Stall(Duration::from_secs(8)), 1);
            }
        }
        s3
    }

    /// Starts a server that refuses anonymous requests with 403 `AccessDenied`.
    pub(crate) fn private() -> Self {
        Self::serve(Access::Private).unwrap_or_else(|error| panic!("cannot start the S3: {error}"))
    }

    fn serve(access: Access) -> io::Result<Self> {
        let server = Server::default();
        let mut service = S3ServiceBuilder::new(server.clone());
        // Without an identity to check against, s3s returns 501 for signed requests.
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

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
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

    /// Lists an object without its ETag from now on.
    pub(crate) fn hide_etag(&self, key: &str) {
        self.server.lock().untagged.insert(key.to_owned());
    }

    /// Gives a key this `Content-Encoding` from now on; its ETag is that of the bytes, as that of S3.
    pub(crate) fn set_encoding(&self, key: &str, encoding: &str) {
        self.server.lock().encodings.insert(key.to_owned(), encoding.to_owned());
    }

    /// Sets how many keys a page of a listing has at most.
    pub(crate) fn set_page(&self, keys: usize) {
        self.server.lock().page = keys;
    }

    /// Refuses who does not offer to pay, from now on.
    pub(crate) fn let_requesters_pay(&self) {
        self.server.lock().requester_pays = true;
    }

    /// Lets the next `times` GETs of the key suffer the fault, after those injected earlier.
    pub(crate) fn inject(&self, key: &str, fault: Fault, times: u32) {
        let mut store = self.server.lock();
        let faults = store.faults.entry(key.to_owned()).or_default();
        faults.extend(iter::repeat_n(fault, times as usize));
    }

    /// Lets the next `times` LISTs (one a page) suffer a fault that is not about an object.
    pub(crate) fn inject_list(&self, fault: Fault, times: u32) {
        let object = matches!(fault, Fault::Cut { .. } | Fault::Swap(_) | Fault::Vanish);
        assert!(!object, "a LIST cannot suffer {fault:?}");
        let mut store = self.server.lock();
        store.list_faults.extend(iter::repeat_n(fault, times as usize));
    }

    /// Lists the object as archived from now on, and refuses to read it.
    pub(crate) fn archive(&self, bucket: &str, key: &str) {
        self.server.lock().archive(bucket, key);
    }

    /// How many GETs came, with those that suffered a fault, without those access was denied to.
    pub(crate) fn gets(&self) -> usize {
        self.server.lock().gets
    }

    /// How many LISTs came, one a page, counted like [`Self::gets`].
    pub(crate) fn lists(&self) -> usize {
        self.server.lock().lists
    }

    /// Lets the next `times` PUTs suffer a fault that is not about an object.
    pub(crate) fn inject_put(&self, fault: Fault, times: u32) {
        self.server.lock().put_faults.extend(iter::repeat_n(fault, times as usize));
    }

    /// How many faults of PUTs are still to come.
    pub(crate) fn put_faults(&self) -> usize {
        self.server.lock().put_faults.len()
    }

    /// No PUT suffers a fault any more.
    pub(crate) fn clear_put_faults(&self) {
        self.server.lock().put_faults.clear();
    }

    /// All objects of a bucket.
    pub(crate) fn objects(&self, bucket: &str) -> BTreeMap<String, Vec<u8>> {
        let store = self.server.lock();
        store.buckets[bucket].iter().map(|(key, object)| (key.clone(), object.body.clone())).collect()
    }

    /// The `Content-Type` that an object was uploaded with.
    pub(crate) fn content_type(&self, key: &str) -> Option<String> {
        self.server.lock().types.get(key).cloned()
    }

    /// The keys of all objects that were uploaded, in order; one that came again is there twice.
    pub(crate) fn uploads(&self) -> Vec<String> {
        self.server.lock().uploads.clone()
    }
}
