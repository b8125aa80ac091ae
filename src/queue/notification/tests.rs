use super::*;

fn events(body: &str) -> Vec<ObjectEvent> {
    match Notification::parse(body).unwrap() {
        Notification::Events(events) => events,
        Notification::Test => panic!("a test event: {body}"),
    }
}

fn event(bucket: &str, key: &str, kind: EventKind, at: &str) -> ObjectEvent {
    ObjectEvent { bucket: bucket.to_owned(), key: key.to_owned(), kind, at: Some(at.parse().unwrap()) }
}

const DIRECT: &str = include_str!("fixtures/direct.json");
const EVENTBRIDGE: &str = include_str!("fixtures/eventbridge.json");
const SNS: &str = include_str!("fixtures/sns.json");
const TEST_EVENT: &str = include_str!("fixtures/test_event.json");

#[test]
fn the_three_ways_to_a_queue() {
    let put = event(
        "amzn-s3-demo-bucket",
        "daily prices/spotprices_20261126_111122223333_eu-west-3+1.json",
        EventKind::Readable,
        "2026-11-27T00:10:03.512Z",
    );
    assert_eq!(events(DIRECT), vec![put.clone()]);
    assert_eq!(events(SNS), vec![put.clone()]);
    // EventBridge has whole seconds, and keys as they are.
    let at = Some("2026-11-27T00:10:03Z".parse().unwrap());
    assert_eq!(events(EVENTBRIDGE), vec![ObjectEvent { at, ..put }]);
    // A topic may have subscribed to EventBridge, too.
    let wrapped = serde_json::json!({ "Type": "Notification", "Message": EVENTBRIDGE });
    assert_eq!(events(&wrapped.to_string()), events(EVENTBRIDGE));
}

#[test]
fn only_what_can_be_read_anew_counts_as_readable() {
    use EventKind::{Other, Readable};
    let direct = |name: &str| events(&DIRECT.replace("ObjectCreated:Put", name))[0].kind;
    for (name, kind) in [
        ("ObjectCreated:Post", Readable),
        ("ObjectCreated:Copy", Readable),
        ("ObjectCreated:CompleteMultipartUpload", Readable),
        ("s3:ObjectCreated:Put", Readable),
        ("ObjectRestore:Completed", Readable),
        ("ObjectRestore:Post", Other),
        ("ObjectRestore:Delete", Other),
        ("ObjectRemoved:Delete", Other),
        ("ObjectRemoved:DeleteMarkerCreated", Other),
        ("LifecycleExpiration:Delete", Other),
        ("ObjectTagging:Put", Other),
    ] {
        assert_eq!(direct(name), kind, "{name}");
    }
    let bridge = |name: &str| events(&EVENTBRIDGE.replace("Object Created", name))[0].kind;
    for (name, kind) in [
        ("Object Restore Completed", Readable),
        ("Object Restore Initiated", Other),
        ("Object Deleted", Other),
        ("Object Storage Class Changed", Other),
    ] {
        assert_eq!(bridge(name), kind, "{name}");
    }
}

#[test]
fn keys_of_direct_notifications_are_url_encoded() {
    let key = |encoded: &str| {
        let body = serde_json::json!({ "Records": [{
            "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "s3": { "bucket": { "name": "b" }, "object": { "key": encoded } }
        }] });
        Notification::parse(&body.to_string()).map(|_| events(&body.to_string()).remove(0).key)
    };
    assert_eq!(key("red+flower.jpg").as_deref(), Ok("red flower.jpg"));
    assert_eq!(key("a%2Bb%25%2B.json").as_deref(), Ok("a+b%+.json"));
    assert_eq!(key("d%C3%A9p%C3%B4t%2F%E4%BB%B7.json").as_deref(), Ok("dépôt/价.json"));
    assert_eq!(key("%FF"), Err(NotUnderstood::Field("its key is not UTF-8".to_owned())));
}

#[test]
fn s3_tests_a_queue() {
    assert_eq!(Notification::parse(TEST_EVENT), Ok(Notification::Test));
    let wrapped = serde_json::json!({ "Type": "Notification", "Message": TEST_EVENT });
    assert_eq!(Notification::parse(&wrapped.to_string()), Ok(Notification::Test));
}

#[test]
fn anything_else_is_not_understood() {
    let without_key = DIRECT.replace("\"key\"", "\"name\"");
    assert!(matches!(Notification::parse(&without_key), Err(NotUnderstood::Field(_))));
    for body in ["", "hello", "{", "{\"Type\": \"Notification\", \"Message\": \"hello\"}"] {
        assert_eq!(Notification::parse(body), Err(NotUnderstood::NotJson), "{body}");
    }
    for body in [
        "{}",
        "[]",
        "1",
        "null",
        "{\"Records\": []}",
        "{\"Records\": [{\"eventSource\": \"aws:sqs\"}]}",
        "{\"source\": \"aws.ec2\", \"detail-type\": \"EC2 Instance State-change Notification\"}",
        "{\"Type\": \"SubscriptionConfirmation\", \"Message\": \"{}\"}",
        "{\"Type\": \"Notification\", \"Message\": 1}",
        "{\"Type\": \"Notification\", \"Message\": \"{}\"}",
    ] {
        assert_eq!(Notification::parse(body), Err(NotUnderstood::OtherJson), "{body}");
    }
    // One strange record makes the message strange.
    let mut body: Value = serde_json::from_str(DIRECT).unwrap();
    let records = body["Records"].as_array_mut().unwrap();
    records.push(serde_json::json!({ "eventSource": "aws:ses" }));
    assert_eq!(Notification::parse(&body.to_string()), Err(NotUnderstood::OtherJson));
}

#[test]
fn a_message_may_have_several_records() {
    let mut body: Value = serde_json::from_str(DIRECT).unwrap();
    let mut second = body["Records"][0].clone();
    second["s3"]["object"]["key"] = "b".into();
    second["eventTime"] = "not a time".into();
    body["Records"].as_array_mut().unwrap().push(second);
    let events = events(&body.to_string());
    assert_eq!(events.len(), 2);
    assert_eq!((events[1].key.as_str(), events[1].at), ("b", None));
}
