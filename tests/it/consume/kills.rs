//! Consumers that are killed at any moment.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::Duration;

use super::{QUEUE, World, event};

const CONSUMERS: usize = 3;
/// After so many, the rest is consumed in peace.
const KILLS: usize = 30;

/// With `LANDFALL_KILL_SEED` and `LANDFALL_KILL_MESSAGES`, other moments and other numbers.
#[test]
fn kills_at_any_moment_lose_nothing_and_double_nothing() {
    kill(number("LANDFALL_KILL_SEED", 15) as u64, number("LANDFALL_KILL_MESSAGES", 100_000));
}

fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |value| value.parse().unwrap())
}

fn kill(seed: u64, messages: usize) {
    let mut random = fastrand::Rng::with_seed(seed);
    let world = World::new();
    world.sqs.deliver_twice(QUEUE, 1_000);
    // One in ten is no event, and one in twenty is sent again by the sender.
    let bodies: Vec<String> = (0..messages)
        .map(|number| match random.u8(..100) {
            0..10 => format!("{{\"malformed\": {number}}}"),
            10..15 => event(random.usize(..=number)),
            _ => event(number),
        })
        .collect();
    let sent: BTreeSet<&str> = bodies.iter().map(String::as_str).collect();
    world.send_all(&bodies);
    let options = ["--visibility-timeout", "3s", "--receivers", "2"];
    let mut consumers: Vec<_> = (0..CONSUMERS).map(|_| world.consume(&options)).collect();
    let mut kills: usize = 0;
    while world.messages() > 0 {
        sleep(Duration::from_millis(random.u64(50..1_500)));
        if kills < KILLS {
            let victim = random.usize(..CONSUMERS);
            std::mem::replace(&mut consumers[victim], world.consume(&options)).kill();
            kills += 1;
        }
    }
    for consumer in consumers {
        consumer.stop();
    }
    world.import();

    let raw = world.raw_lines();
    let malformed = world.malformed();
    let bodies_of_malformed = malformed.iter().map(|line| line["body"].as_str().unwrap());
    let kept: BTreeSet<&str> = raw.iter().map(String::as_str).chain(bodies_of_malformed).collect();
    let lost = sent.difference(&kept).count();
    let strange = kept.difference(&sent).count();
    let distinct_malformed = sent.iter().filter(|body| body.contains("malformed")).count();
    let landed = world.stored();
    let dead_letters = world.database.number("SELECT count(*) FROM dead_letters");
    assert_eq!(dead_letters as usize, malformed.len());
    let doubled = world
        .database
        .number("SELECT count(*) FROM (SELECT id FROM events GROUP BY 1 HAVING count(*) > 1) AS twice");
    println!(
        "| seed | kills | sent | of them different | delivered | raw events | malformed | objects | landed | different malformed | doubled | lost |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|\n\
         | {seed} | {kills} | {messages} | {} | {} | {} | {} | {} | {landed} | {distinct_malformed} | {doubled} | {lost} |",
        sent.len(),
        world.sqs.deliveries(QUEUE),
        raw.len(),
        malformed.len(),
        world.raw().len(),
    );
    assert!(kills >= 3, "{kills}");
    assert_eq!((lost, strange, doubled), (0, 0, 0));
    assert_eq!(landed as usize + distinct_malformed, sent.len());
}
