use std::collections::HashSet;

use chrono::NaiveDate;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::*;
use crate::feed::events::{decode, feed::Events};
use crate::feed::{DumpName, Feed, KeyMatch};
use crate::ledger::Scope;

fn share(text: &str) -> Share {
    text.parse().unwrap()
}

fn simulation() -> Simulation {
    Simulation {
        count: 5_000,
        first_day: NaiveDate::from_ymd_opt(2026, 11, 1).unwrap(),
        days: 3,
        events: ["submission_success", "registration_initiated"].map(str::to_owned).to_vec(),
        devices: ["android", "ios", "web"].map(str::to_owned).to_vec(),
        duplicates: share("0.05"),
        late: share("0.1"),
        out_of_order: share("0.05"),
        malformed: share("0.04"),
        seed: 1,
    }
}

fn events(messages: &[Message]) -> Vec<Value> {
    let good = messages.iter().filter(|message| !message.is_malformed);
    good.map(|message| serde_json::from_str(&message.body).unwrap()).collect()
}

fn text<'v>(event: &'v Value, field: &str) -> &'v str {
    event[field].as_str().unwrap()
}

#[test]
fn the_bytes_never_change() {
    let hash = objects(simulation().messages(), 1_000)
        .fold(Sha256::new(), |hash, object| hash.chain_update(object.name).chain_update(object.body));
    let hash: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    insta::assert_snapshot!(hash, @"95719ba150fc1f289d589ecccf397809b41843d6b61e5fcbe536e9cdb047c297");
}

#[test]
fn every_message_is_rejected_or_decoded_as_it_was_meant() {
    let messages: Vec<Message> = simulation().messages().collect();
    assert_eq!(messages.len(), 5_000);
    let all: Vec<Object> = objects(messages.iter().cloned(), 1_000).collect();
    assert_eq!(all.len(), 5);
    let mut rejected = 0;
    for (object, messages) in all.iter().zip(messages.chunks(1_000)) {
        let KeyMatch::Dump(dump) = Events.match_key(&object.name) else { panic!("{}", object.name) };
        let decoded = decode(&dump, &mut object.body.as_slice()).unwrap();
        let found: Vec<u64> = decoded.rejected.iter().map(|record| record.error.record.unwrap()).collect();
        let meant = messages.iter().zip(0_u64..).filter(|(message, _)| message.is_malformed);
        assert_eq!(found, meant.map(|(_, number)| number).collect::<Vec<_>>());
        rejected += found.len();
    }
    assert!((150..250).contains(&rejected), "{rejected}");
}

#[test]
fn each_share_is_about_what_it_should_be() {
    let messages: Vec<Message> = simulation().messages().collect();
    let events = events(&messages);
    let ids: HashSet<&str> = events.iter().map(|event| text(event, "id")).collect();
    let again = events.len() - ids.len();
    assert!((180..300).contains(&again), "{again} duplicates");
    let late = events.iter().filter(|event| text(event, "timestamp")[..13] < text(event, "sent_at")[..13]);
    let late = late.count();
    assert!((400..700).contains(&late), "{late} late");
    let overtaken = messages.windows(2).filter(|pair| pair[0].received_at > pair[1].received_at).count();
    assert!((300..600).contains(&overtaken), "{overtaken} out of order");
    let days: HashSet<&str> = events.iter().map(|event| &text(event, "received_at")[..10]).collect();
    assert_eq!(days, ["2026-11-01", "2026-11-02", "2026-11-03"].into());
}

#[test]
fn every_form_that_a_field_may_have_is_there() {
    let messages: Vec<Message> = simulation().messages().collect();
    let events = events(&messages);
    let any = |is: &dyn Fn(&Value) -> bool| events.iter().any(is);
    assert!(any(&|event| event.get("user_id").is_none()));
    assert!(any(&|event| event.get("user_id") == Some(&Value::Null)));
    assert!(any(&|event| event["user_id"].is_number()));
    assert!(any(&|event| event["user_id"].as_str().is_some_and(|id| id.parse::<u32>().is_ok())));
    assert!(any(&|event| event.get("original_timestamp").is_none()));
    assert!(any(&|event| event["original_timestamp"].as_str().is_some_and(|at| at.ends_with("+0200"))));
    assert!(
        any(&|event| event["context_traits_plan"].is_string())
            && any(&|event| event["context_traits_plan"].is_null())
    );
    assert!(events.iter().all(|event| text(event, "id") == text(event, "id").to_uppercase()));
    assert!(any(&|event| (text(event, "event"), text(event, "event_text"))
        == ("submission_success", "submissionSuccess")));
    for device in ["android", "ios", "web"] {
        assert!(any(&|event| event["context_device_type"] == device), "{device}");
    }
}

#[test]
fn without_shares_every_message_is_another_event_in_order() {
    let none = share("0");
    let simulation =
        Simulation { duplicates: none, late: none, out_of_order: none, malformed: none, ..simulation() };
    let messages: Vec<Message> = simulation.messages().collect();
    assert!(messages.is_sorted_by_key(|message| message.received_at));
    let name = DumpName { scope: Scope::default(), period: None, name: String::new() };
    let object = objects(messages.into_iter(), usize::MAX).next().unwrap();
    let decoded = decode(&name, &mut object.body.as_slice()).unwrap();
    let ids: HashSet<_> = decoded.events.iter().map(|event| event.id).collect();
    assert_eq!((ids.len(), decoded.rejected.len()), (5_000, 0));
}
