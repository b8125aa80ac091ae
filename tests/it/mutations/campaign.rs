//! Runs many mutated dumps past a decoder and an oracle, and reports where they disagree.

use std::env;
use std::fmt::Debug;
use std::time::{Duration, Instant, SystemTime};

use super::dice::Dice;
use crate::support::peak_kib;

/// Disagreements shown before a run gives up.
const SHOWN: usize = 20;
/// Bytes of a dump shown.
const SHOWN_BYTES: usize = 2_000;

pub(super) struct Campaign {
    what: &'static str,
    /// Dumps and records to get through; both must be reached.
    dumps: u64,
    records: u64,
}

/// What a run has met so far.
#[derive(Default)]
struct Tally {
    dumps: u64,
    records: u64,
    landed: u64,
    disagreements: usize,
}

/// The seed of today, or the one that is to be repeated.
pub(super) fn seed() -> u64 {
    number("LANDFALL_MUTATION_SEED").unwrap_or_else(|| {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs() / 86_400
    })
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a whole number, not `{text}`")))
}

impl Campaign {
    /// Dumps by default.
    pub(super) fn new(what: &'static str, dumps: u64) -> Self {
        Self {
            what,
            dumps: number("LANDFALL_MUTATED_DUMPS").unwrap_or(dumps),
            records: number("LANDFALL_MUTATED_RECORDS").unwrap_or(0),
        }
    }

    /// Runs cases: each makes a dump, and returns the expected and the actual result.
    ///
    /// Reasons of errors may differ, but not that there is one.
    pub(super) fn run<T: PartialEq + Debug>(
        &self,
        mut case: impl FnMut(&mut Dice) -> (Vec<u8>, Result<T, String>, Result<T, String>),
    ) {
        let seed = seed();
        if let Some(number) = number("LANDFALL_MUTATION_CASE") {
            let (body, expected, found) = case(&mut Dice::of(seed, number));
            println!("{}\nexpected: {expected:?}\nfound: {found:?}", body.escape_ascii());
            assert_eq!(expected.ok(), found.ok());
            return;
        }
        let (started, mut logged) = (Instant::now(), Instant::now());
        let mut tally = Tally::default();
        while tally.dumps < self.dumps || tally.records < self.records {
            let number = tally.dumps;
            let (body, expected, found) = case(&mut Dice::of(seed, number));
            tally.dumps += 1;
            tally.records += records(&body);
            tally.landed += u64::from(found.is_ok());
            let agree = match (&expected, &found) {
                (Ok(expected), Ok(found)) => expected == found,
                (Err(_), Err(_)) => true,
                _ => false,
            };
            if !agree {
                tally.disagreements += 1;
                println!(
                    "{} dump {number}, LANDFALL_MUTATION_SEED={seed} LANDFALL_MUTATION_CASE={number}\n  {}\n  expected: {expected:?}\n  found: {found:?}",
                    self.what,
                    body[..body.len().min(SHOWN_BYTES)].escape_ascii()
                );
                assert!(tally.disagreements < SHOWN, "enough disagreements for one run");
            }
            if logged.elapsed() > Duration::from_secs(60) {
                logged = Instant::now();
                self.log(&tally, seed, started);
            }
        }
        self.log(&tally, seed, started);
        // Neither all good nor all bad: then little would have been compared.
        let ratio = tally.landed as f64 / tally.dumps as f64;
        assert!((0.1..0.9).contains(&ratio), "{ratio} of the dumps landed");
        assert_eq!(tally.disagreements, 0, "seed {seed}");
    }

    fn log(&self, tally: &Tally, seed: u64, started: Instant) {
        println!(
            "{}: seed {seed}, {} dumps, {} records, {} landed, {} disagreements, {:.1} s, {} MiB peak memory",
            self.what,
            tally.dumps,
            tally.records,
            tally.landed,
            tally.disagreements,
            started.elapsed().as_secs_f64(),
            peak_mib().map_or_else(|| "?".to_owned(), |mib| mib.to_string()),
        );
    }
}

/// About how many records were in a dump, valid or not.
fn records(body: &[u8]) -> u64 {
    let starts =
        body.windows(2).filter(|pair| *pair == b"{\"" || (pair[0] == b'\n' && pair[1] != b'{')).count();
    starts.max(1) as u64
}

/// Peak memory of this process, if the system reports it.
fn peak_mib() -> Option<u64> {
    peak_kib(std::process::id()).map(|kib| kib / 1024)
}
