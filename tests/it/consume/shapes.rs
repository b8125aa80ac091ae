//! Bodies of every shape.

use serde_json::Value;

use super::{World, event, sum};
use crate::support::wait_until;

/// The largest body that queues took before 2025.
const LARGE: usize = 256 * 1024;

/// A body of some bytes.
fn padded(event: &str, bytes: usize) -> String {
    let text = event.trim_end_matches('}');
    let frame = format!("{text}, \"padding\": \"\"}}").len();
    format!(
        "{text}, \"padding\": \"{}\"}}",
        "é".repeat((bytes - frame) / 2) + &"x".repeat((bytes - frame) % 2)
    )
}

#[test]
fn large_bodies_and_those_that_are_no_text_of_json() {
    let world = World::new();
    let dead_letters = world.dead_letters.clone();
    let large = padded(&event(1), LARGE);
    let large_malformed = padded(&event(2).replace("2019", "in 2019"), LARGE);
    assert_eq!((large.len(), large_malformed.len()), (LARGE, LARGE));
    let strange = ["\u{fffd}\u{1f600}\t\r\n{", "{}", "[1]", "null", " ", "\u{feff}{}", "{\"id\": \"a\nb\"}"];
    for body in [&large, &large_malformed] {
        world.send(body);
    }
    let bodies: Vec<String> = strange.iter().map(|body| (*body).to_owned()).collect();
    world.send_all(&bodies);
    let consumer = world.consume(&["--dead-letter-queue", &dead_letters]);
    world.wait_for_empty_queue();
    wait_until("the lines", || sum(&consumer, "events") + sum(&consumer, "malformed") == 9);
    consumer.stop();
    assert_eq!(world.raw_lines(), [large]);
    let mut expected = bodies;
    expected.push(large_malformed);
    expected.sort();
    let mut malformed: Vec<String> =
        world.malformed().iter().map(|line| line["body"].as_str().unwrap().to_owned()).collect();
    malformed.sort();
    assert_eq!(malformed, expected);
    let mut dead: Vec<String> = world.dead().into_iter().map(|(body, _)| body).collect();
    dead.sort();
    assert_eq!(dead, expected);
    world.import();
    assert_eq!(world.stored(), 1);
}

/// As a generator writes them that knows nothing of Landfall.
#[test]
fn events_of_others_are_consumed_as_they_are() {
    let world = World::new();
    let pretty = r#"{
    "id": "B7C02D3E-4F5A-4B6C-8D7E-9F0A1B2C3D4E",
    "anonymous_id": "0C6E5D4B-3A29-4817-A6F5-E4D3C2B1A098",
    "user_id": "90071992547409",
    "event": "registration_initiated",
    "event_text": "registrationInitiated",
    "context_device_type": "android",
    "context_app_version": null,
    "context_locale": "fr-FR",
    "context_network_wifi": true,
    "context_device_ad_tracking_enabled": null,
    "context_traits_signup_language": "fr-FR",
    "context_traits_email": null,
    "original_timestamp": "2019-07-01 14:00:00.123456+0200",
    "timestamp": "2019-07-01 12:00:00.123456",
    "sent_at": "2019-07-01 12:00:05.000001",
    "received_at": "2019-07-01 12:00:07.5"
}
"#;
    let windows =
        pretty.replace('\n', "\r\n").replace("B7C02D3E", "B7C02D3F").replace("\"90071992547409\"", "null");
    let consumer = world.consume(&[]);
    world.send_all(&[pretty.to_owned(), windows]);
    world.wait_for_empty_queue();
    consumer.stop();
    assert_eq!(world.malformed(), Vec::<Value>::new());
    assert!(world.raw_lines().contains(&pretty.replace('\n', " ")));
    world.import();
    let rows = "SELECT left(id::text, 8), user_id, context_app_version, context_locale, context_network_wifi,
        to_char(original_timestamp AT TIME ZONE 'UTC', 'HH24:MI:SS.US'), properties FROM events ORDER BY id";
    insta::assert_snapshot!(world.database.table(rows), @r#"
    b7c02d3e | 90071992547409 | - | fr-FR | true | 12:00:00.123456 | {"context_traits_email": null, "context_traits_signup_language": "fr-FR"}
    b7c02d3f | - | - | fr-FR | true | 12:00:00.123456 | {"context_traits_email": null, "context_traits_signup_language": "fr-FR"}
    "#);
}
