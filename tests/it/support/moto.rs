//! A bucket and a queue of [moto](https://docs.getmoto.org): S3, SQS, SNS and EventBridge that others wrote, over HTTP.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{mem, thread};

use serde_json::{Value, json};

use super::{Landfall, agent};

const REGION: &str = "eu-west-3";
/// The account that moto gives whoever comes with unknown credentials.
const ACCOUNT: &str = "123456789012";

/// A bucket and a queue of a test's own, and the queue for what could not be done.
pub(crate) struct Moto {
    url: &'static str,
    pub(crate) bucket: String,
    pub(crate) queue: String,
    pub(crate) dead_letters: String,
}

impl Moto {
    /// Messages move to the dead-letter queue when they are received once more than `receives` times. The bucket does not
    /// notify anybody yet.
    pub(crate) fn with_redrive(receives: u32) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("dumps-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let moto = Self {
            url: server(),
            queue: format!("{}/{ACCOUNT}/{name}", server()),
            dead_letters: format!("{}/{ACCOUNT}/{name}-dead", server()),
            bucket: name,
        };
        let place = format!(
            "<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
        );
        moto.s3("PUT", "", &place);
        moto.sqs("CreateQueue", json!({ "QueueName": format!("{}-dead", moto.bucket) }));
        let redrive = json!({ "deadLetterTargetArn": moto.arn("sqs", "-dead"), "maxReceiveCount": receives });
        let attributes = json!({ "RedrivePolicy": redrive.to_string() });
        moto.sqs("CreateQueue", json!({ "QueueName": moto.bucket, "Attributes": attributes }));
        moto
    }

    /// The same, and the bucket notifies the queue directly.
    pub(crate) fn notifying() -> Self {
        let moto = Self::with_redrive(100);
        moto.notify(&format!(
            "<QueueConfiguration><Queue>{}</Queue><Event>s3:ObjectCreated:*</Event><Event>s3:ObjectRemoved:*</Event></QueueConfiguration>",
            moto.arn("sqs", "")
        ));
        moto
    }

    /// Replaces the notification configuration of the bucket.
    pub(crate) fn notify(&self, configuration: &str) {
        self.s3(
            "PUT",
            "?notification",
            format!("<NotificationConfiguration>{configuration}</NotificationConfiguration>"),
        );
    }

    /// Notifies the queue through a topic.
    pub(crate) fn notify_by_sns(&self, raw: bool) {
        let (name, queue, topic) = (&self.bucket, self.arn("sqs", ""), self.arn("sns", ""));
        self.sns(&[("Action", "CreateTopic"), ("Name", name)]);
        let raw = raw.to_string();
        self.sns(&[
            ("Action", "Subscribe"),
            ("TopicArn", &topic),
            ("Protocol", "sqs"),
            ("Endpoint", &queue),
            ("Attributes.entry.1.key", "RawMessageDelivery"),
            ("Attributes.entry.1.value", &raw),
        ]);
        self.notify(&format!(
            "<TopicConfiguration><Topic>{topic}</Topic><Event>s3:ObjectCreated:*</Event></TopicConfiguration>"
        ));
    }

    /// Notifies the queue through EventBridge.
    pub(crate) fn notify_by_eventbridge(&self) {
        let pattern = json!({ "source": ["aws.s3"], "detail": { "bucket": { "name": [self.bucket] } } });
        let rule = json!({ "Name": self.bucket, "EventPattern": pattern.to_string() });
        self.json("events", "AWSEvents.PutRule", &rule);
        let targets = json!([{ "Id": "queue", "Arn": self.arn("sqs", "") }]);
        self.json("events", "AWSEvents.PutTargets", &json!({ "Rule": self.bucket, "Targets": targets }));
        self.notify("<EventBridgeConfiguration/>");
    }

    pub(crate) fn put(&self, key: &str, body: impl AsRef<[u8]>) {
        self.s3("PUT", &format!("/{}", encoded(key)), body);
    }

    pub(crate) fn delete(&self, key: &str) {
        self.s3("DELETE", &format!("/{}", encoded(key)), "");
    }

    pub(crate) fn send(&self, body: &str) {
        self.sqs("SendMessage", json!({ "QueueUrl": self.queue, "MessageBody": body }));
    }

    /// Sends what S3 would if an object of any bucket was put.
    pub(crate) fn send_put(&self, bucket: &str, key: &str) {
        let record = json!({
            "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "eventTime": "2026-11-27T00:00:00.000Z",
            "s3": { "bucket": { "name": bucket }, "object": { "key": encoded(key) } },
        });
        self.send(&json!({ "Records": [record] }).to_string());
    }

    /// Sends messages, ten in a request.
    pub(crate) fn send_all(&self, bodies: &[String]) {
        for bodies in bodies.chunks(10) {
            let entries: Vec<Value> = bodies
                .iter()
                .enumerate()
                .map(|(number, body)| json!({ "Id": number.to_string(), "MessageBody": body }))
                .collect();
            let sent = self.sqs("SendMessageBatch", json!({ "QueueUrl": self.queue, "Entries": entries }));
            assert_eq!(sent["Successful"].as_array().map(Vec::len), Some(bodies.len()), "{sent}");
        }
    }

    /// Receives from the dead-letter queue, with all attributes of the messages.
    pub(crate) fn receive_dead(&self) -> Vec<Value> {
        let messages = self.sqs(
            "ReceiveMessage",
            json!({ "QueueUrl": self.dead_letters, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"] }),
        );
        messages["Messages"].as_array().cloned().unwrap_or_default()
    }

    /// All objects under a prefix.
    pub(crate) fn objects(&self, prefix: &str) -> BTreeMap<String, Vec<u8>> {
        let listing = String::from_utf8(self.get(&format!("?list-type=2&prefix={prefix}"))).unwrap();
        assert!(listing.contains("<IsTruncated>false"), "{listing}");
        let keys = listing.split("<Key>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned());
        keys.map(|key| (key.clone(), self.get(&format!("/{}", encoded(&key))))).collect()
    }

    fn get(&self, path: &str) -> Vec<u8> {
        let request = agent().get(format!("{}/{}{path}", self.url, self.bucket));
        let mut response = request.header("authorization", authorization("s3")).call().unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        response.body_mut().read_to_vec().unwrap()
    }

    /// Receives as another consumer would.
    pub(crate) fn receive(&self) -> Vec<Value> {
        let messages =
            self.sqs("ReceiveMessage", json!({ "QueueUrl": self.queue, "MaxNumberOfMessages": 10 }));
        messages["Messages"].as_array().cloned().unwrap_or_default()
    }

    /// Messages in the queue, those in somebody's hand included.
    pub(crate) fn messages(&self) -> u64 {
        self.count(&self.queue)
    }

    /// Messages in the dead-letter queue.
    pub(crate) fn dead(&self) -> u64 {
        self.count(&self.dead_letters)
    }

    fn count(&self, queue: &str) -> u64 {
        let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
        let found = self.sqs("GetQueueAttributes", json!({ "QueueUrl": queue, "AttributeNames": names }));
        names.iter().map(|name| found["Attributes"][name].as_str().unwrap().parse::<u64>().unwrap()).sum()
    }

    /// Lets a run reach all services here.
    pub(crate) fn reached_by(&self, landfall: Landfall) -> Landfall {
        landfall.endpoint(self.url).env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test")
    }

    /// `HOST:PORT`.
    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.url.trim_start_matches("http://").parse().unwrap()
    }

    fn arn(&self, service: &str, suffix: &str) -> String {
        format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{}{suffix}", self.bucket)
    }

    /// Calls an action of Glue.
    pub(crate) fn glue(&self, action: &str, body: Value) -> Value {
        self.json("glue", &format!("AWSGlue.{action}"), &body)
    }

    fn sqs(&self, action: &str, body: Value) -> Value {
        self.json("sqs", &format!("AmazonSQS.{action}"), &body)
    }

    fn json(&self, service: &str, target: &str, body: &Value) -> Value {
        let request = agent().post(format!("{}/", self.url)).header("x-amz-target", target);
        let request = request.header("content-type", "application/x-amz-json-1.0");
        let text = sent(request.header("authorization", authorization(service)).send(body.to_string()));
        serde_json::from_str(&text).unwrap_or_default()
    }

    fn sns(&self, parameters: &[(&str, &str)]) {
        let request = agent().post(format!("{}/", self.url));
        let body: Vec<String> =
            parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let request = request.header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
        sent(request.header("authorization", authorization("sns")).send(body.join("&")));
    }

    fn s3(&self, method: &str, path: &str, body: impl AsRef<[u8]>) {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}/{}{path}", self.url, self.bucket))
            .header("authorization", authorization("s3"))
            .body(body.as_ref())
            .unwrap();
        sent(agent().run(request));
    }
}

/// What moto tells services by; it checks no signature.
fn authorization(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=test/20261127/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

/// Everything encoded but letters, digits and slashes.
fn encoded(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"/_.-".contains(&byte);
    text.bytes()
        .map(|byte| if keep(byte) { char::from(byte).into() } else { format!("%{byte:02X}") })
        .collect()
}

fn sent(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> String {
    let mut response = response.unwrap();
    let status = response.status();
    let text = response.body_mut().read_to_string().unwrap();
    assert!(status.is_success(), "{status}: {text}");
    text
}

/// The one server of this test process.
fn server() -> &'static str {
    static SERVER: OnceLock<String> = OnceLock::new();
    SERVER.get_or_init(|| {
        let program = std::env::var("LANDFALL_MOTO").unwrap_or_else(|_| installed());
        // It ends with this process, however that ends: its end of the pipe is closed then.
        let mut shell = Command::new("sh")
            .arg("-c")
            .arg(r#""$0" -H 127.0.0.1 -p 0 2>&1 </dev/null & cat >/dev/null; kill $!"#)
            .arg(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(shell.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut seen = String::new();
        let url = lines.by_ref().find_map(|line| {
            seen.push_str(&line);
            Some(line.split_once("Running on ")?.1.trim().to_owned())
        });
        let url = url.unwrap_or_else(|| panic!("moto did not start: {seen}"));
        // Its log of requests must not fill the pipe.
        thread::spawn(move || lines.for_each(drop));
        mem::forget(shell);
        url
    })
}

/// Installs moto from PyPI, in the version of `compose.yaml`, unless it is there.
fn installed() -> String {
    let output = Command::new("bash")
        .arg("-c")
        .arg(
            r#"set -euo pipefail
               . scripts/lib/venv
               version=$(sed -n 's/.*motoserver\/moto:\([0-9.]*\).*/\1/p' compose.yaml | head -1)
               venv moto "moto[events,glue,s3,sns,sqs]==$version" flask flask-cors >&2
               echo "$venv/bin/moto_server""#,
        )
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "moto cannot be installed: name its moto_server with LANDFALL_MOTO");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
