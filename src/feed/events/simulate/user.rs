//! The users of the application, who keep their devices.

use serde::Serialize;
use uuid::Uuid;

use crate::feed::draws::Draws;

/// What a device may be: kind, manufacturer, models, operating system, and the library it sends with.
const DEVICES: [(&str, &str, [&str; 3], &str, &str); 2] = [
    ("ios", "Apple", ["iPhone9,3", "iPhone10,6", "iPhone11,8"], "iOS", "analytics-ios"),
    ("android", "samsung", ["SM-G960F", "SM-A505FN", "SM-G973F"], "Android", "analytics-android"),
];
/// What other kinds are.
const OTHER: (&str, &str, [&str; 3], &str, &str) =
    ("", "Acme", ["one", "two", "three"], "Other", "analytics-other");

/// Locale, time zone, and the zone's offset in minutes and as text.
const PLACES: [(&str, &str, (i64, &str)); 4] = [
    ("de_DE", "Europe/Berlin", (120, "+0200")),
    ("en_GB", "Europe/London", (60, "+0100")),
    ("en_US", "America/New_York", (-240, "-0400")),
    ("hi_IN", "Asia/Kolkata", (330, "+0530")),
];
const VERSIONS: [&str; 4] = ["3.9.1", "3.10.0", "3.10.2", "4.0.0"];
const CARRIERS: [Option<&str>; 4] = [Some("Vodafone"), Some("O2"), Some("T-Mobile"), None];
const PLANS: [Option<&str>; 3] = [Some("free"), Some("pro"), None];

/// A user, as the application writes one.
pub(super) struct User {
    pub(super) anonymous_id: Uuid,
    pub(super) id: Option<UserId>,
    pub(super) device_type: String,
    pub(super) manufacturer: &'static str,
    pub(super) model: &'static str,
    pub(super) os: &'static str,
    pub(super) library: &'static str,
    pub(super) app_version: &'static str,
    pub(super) locale: &'static str,
    pub(super) timezone: &'static str,
    /// Of the clock of the device: minutes, and as it is written.
    pub(super) offset: (i64, &'static str),
    pub(super) carrier: Option<&'static str>,
    pub(super) plan: Option<&'static str>,
    pub(super) tracking: Option<bool>,
}

/// The id of a user, in one of its spellings; a missing one is not written at all.
#[derive(Clone, Serialize)]
#[serde(untagged)]
pub(super) enum UserId {
    Null(()),
    Number(u32),
    Digits(String),
}

impl User {
    /// The user with a number; always the same.
    pub(super) fn of(seed: u64, number: u32, devices: &[String]) -> Self {
        let mut draws = Draws::of(seed, "user", &number.to_string());
        let draws = &mut draws;
        let device_type = favoured(draws, devices);
        let device = DEVICES.into_iter().find(|(kind, ..)| *kind == device_type).unwrap_or(OTHER);
        let (_, manufacturer, models, os, library) = device;
        let (locale, timezone, offset) = one_of(draws, &PLACES);
        let id = 1_000 + number;
        Self {
            anonymous_id: uuid(draws),
            id: match draws.below(4) {
                0 => None,
                1 => Some(UserId::Null(())),
                2 => Some(UserId::Number(id)),
                _ => Some(UserId::Digits(id.to_string())),
            },
            device_type,
            manufacturer,
            model: one_of(draws, &models),
            os,
            library,
            app_version: one_of(draws, &VERSIONS),
            locale,
            timezone,
            offset,
            carrier: one_of(draws, &CARRIERS),
            plan: one_of(draws, &PLANS),
            tracking: one_of(draws, &[Some(true), Some(false), None]),
        }
    }
}

fn one_of<T: Copy>(draws: &mut Draws, all: &[T]) -> T {
    all[draws.below(all.len() as u32) as usize]
}

/// One of several, the first ones more often: each is twice as likely as the next, the last two excepted.
pub(super) fn favoured(draws: &mut Draws, all: &[String]) -> String {
    let mut left = all.iter();
    loop {
        match (left.next(), left.len()) {
            (Some(one), rest) if rest == 0 || draws.below(2) == 0 => return one.clone(),
            (Some(_), _) => {}
            (None, _) => return String::new(),
        }
    }
}

/// A random UUID (version 4).
pub(super) fn uuid(draws: &mut Draws) -> Uuid {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&draws.wide().to_be_bytes());
    bytes[8..].copy_from_slice(&draws.wide().to_be_bytes());
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Uuid::from_bytes(bytes)
}
