//! One event, as the application writes it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::simulation::Simulation;
use super::user::{User, UserId, favoured, uuid};
use crate::feed::draws::Draws;

/// Events of a user, on average.
const EVENTS_OF_USER: u64 = 12;

/// The fields, in the order in which they are written.
#[derive(Serialize)]
struct Fields<'e> {
    id: String,
    anonymous_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<UserId>,
    event: &'e str,
    event_text: &'e str,
    context_device_type: &'e str,
    context_app_version: &'e str,
    context_device_ad_tracking_enabled: Option<bool>,
    context_device_manufacturer: &'e str,
    context_device_model: &'e str,
    context_device_token: Option<&'e str>,
    context_library_name: &'e str,
    context_library_version: &'e str,
    context_locale: &'e str,
    context_network_carrier: Option<&'e str>,
    context_network_wifi: bool,
    context_os_name: &'e str,
    context_timezone: &'e str,
    context_traits_plan: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_traits_referrer: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    original_timestamp: Option<String>,
    timestamp: String,
    sent_at: String,
    received_at: String,
}

/// The JSON of an event that is received at an instant.
pub(super) fn event(simulation: &Simulation, draws: &mut Draws, received_at: DateTime<Utc>) -> String {
    let users = u32::try_from(simulation.count / EVENTS_OF_USER).unwrap_or(u32::MAX).max(1);
    let user = User::of(simulation.seed, draws.below(users), &simulation.devices);
    let event = favoured(draws, &simulation.events);
    let seconds =
        |draws: &mut Draws, bound: u32| TimeDelta::microseconds(draws.below(bound * 1_000_000).into());
    let sent_at = received_at - seconds(draws, 2);
    let delay = match simulation.late.includes_next(draws) {
        // The device was offline: a day on average.
        true => TimeDelta::microseconds((draws.exponential() * 86_400e6) as i64),
        false => seconds(draws, 30),
    };
    let timestamp = sent_at - delay;
    let (minutes, offset) = user.offset;
    // Clocks of devices are wrong by some seconds.
    let local = timestamp + TimeDelta::minutes(minutes) + seconds(draws, 10) - TimeDelta::seconds(5);
    let fields = Fields {
        id: uuid(draws).to_string().to_uppercase(),
        anonymous_id: user.anonymous_id.to_string().to_uppercase(),
        user_id: user.id,
        event: &event,
        event_text: &camel_case(&event),
        context_device_type: &user.device_type,
        context_app_version: user.app_version,
        context_device_ad_tracking_enabled: user.tracking,
        context_device_manufacturer: user.manufacturer,
        context_device_model: user.model,
        context_device_token: None,
        context_library_name: user.library,
        context_library_version: "3.7.0",
        context_locale: user.locale,
        context_network_carrier: user.carrier,
        context_network_wifi: draws.below(3) > 0,
        context_os_name: user.os,
        context_timezone: user.timezone,
        context_traits_plan: user.plan,
        context_traits_referrer: (draws.below(8) == 0).then_some("newsletter"),
        original_timestamp: (draws.below(10) > 0).then(|| written(local) + offset),
        timestamp: written(timestamp),
        sent_at: written(sent_at),
        received_at: written(received_at),
    };
    // It has no maps whose keys are not text.
    serde_json::to_string(&fields).unwrap_or_default()
}

/// As senders write it, without a zone.
fn written(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S%.6f").to_string()
}

/// `submissionSuccess` of `submission_success`.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let mut letters = word.chars();
        let initial = letters.next().map(|letter| letter.to_ascii_uppercase());
        text + &initial.into_iter().collect::<String>() + letters.as_str()
    })
}
