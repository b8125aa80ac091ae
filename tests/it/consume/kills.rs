//! Consumers that are killed at any moment.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::Duration;

use super::{World, event};
use crate::support::wait_until;

const CONSUMERS: usize = 3;

// Each second or so one of them is killed, until there was a kill for every 200 messages: then the rest is consumed.

#[test]
fn kills_at_any_moment_lose_nothing_and_double_nothing() {
    kill(number("LANDFALL_KILL_SEED", 15) as u64, number("LANDFALL_KILL_MESSAGES", 3_000));
}

fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |value| value.parse().unwrap())
}

fn kill(seed: u64, messages: usize) {
    let mut random = fastrand::Rng::with_seed(seed);
    let world = World::new();
    // One in ten is no event, and one in twenty is sent again by the sender.
    let bodies: Vec<String> = (0..messages)
        .map(|number| match random.u8(..100) {
            0..10 => format!("{{\"malformed\": {number}}}"),
            10..15 => event(random.usize(..=number)),
            _ => event(number),
        })
        .collect();
    let mut sent: BTreeMap<&str, usize> = BTreeMap::new();
    for body in &bodies {
        *sent.entry(body).or_default() += 1;
    }
    let options = ["--visibility-timeout", "3s", "--receivers", "2"];
    let mut consumers: Vec<_> = (0..CONSUMERS).map(|_| world.consume(&options)).collect();
    let mut kills: usize = 0;
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| world.moto.send_all(&bodies));
        while !sending.is_finished() || world.moto.messages() > 0 {
            sleep(Duration::from_millis(random.u64(50..1_500)));
            let victim = random.usize(..CONSUMERS);
            if kills < messages / 200 {
                std::mem::replace(&mut consumers[victim], world.consume(&options)).kill();
                kills += 1;
            }
        }
    });
    wait_until("an empty queue", || world.moto.messages() == 0);
    for consumer in consumers {
        consumer.stop();
    }
    world.import();

    let raw = world.raw_lines();
    let malformed = world.malformed();
    let mut kept: BTreeMap<&str, usize> = BTreeMap::new();
    for line in
        raw.iter().map(String::as_str).chain(malformed.iter().map(|line| line["body"].as_str().unwrap()))
    {
        *kept.entry(line).or_default() += 1;
    }
    let lost = sent.keys().filter(|body| !kept.contains_key(*body)).count();
    let strange = kept.keys().filter(|body| !sent.contains_key(*body)).count();
    let distinct_malformed = sent.keys().filter(|body| body.contains("malformed")).count();
    let landed = world.stored();
    let doubled = world
        .database
        .number("SELECT count(*) FROM (SELECT id FROM events GROUP BY 1 HAVING count(*) > 1) AS twice");
    println!(
        "seed {seed}, kills {kills}: sent {messages} ({} different), raw {} events and {} malformed in {} objects, landed {landed}, \
         different malformed {distinct_malformed}, doubled {doubled}, lost {lost}",
        sent.len(),
        raw.len(),
        malformed.len(),
        world.raw().len(),
    );
    assert!(kills >= 3, "{kills}");
    assert_eq!((lost, strange, doubled), (0, 0, 0));
    assert_eq!(landed as usize + distinct_malformed, sent.len());
    // Each message, not only each body: nothing is dropped for being equal to another.
    for (body, times) in sent {
        assert!(kept[body] >= times, "{body}: {} of {times}", kept[body]);
    }
}
