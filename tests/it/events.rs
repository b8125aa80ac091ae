//! Application events: each is stored once by its id, whatever is delivered how often and in which order.

mod answers;
mod any_order;
mod rules;
mod simulated;

use crate::support::Database;

/// An event: its id ends in `id`, it was received so many minutes after 23:00, and says `text`.
fn event(id: u32, minutes: u32, text: &str) -> String {
    let minutes = 23 * 60 + minutes;
    let (day, hour, minute) = (1 + minutes / 1_440, minutes / 60 % 24, minutes % 60);
    let received = format!("2019-07-{day:02} {hour:02}:{minute:02}:00");
    format!(
        "{{\"id\": \"0F8B2C6E-7D3A-4C1B-9A55-{id:012X}\", \"anonymous_id\": \"6d2f7c1e-93b4-4a0d-8c57-1e2b3c4d5f60\", \
         \"event\": \"{text}\", \"event_text\": \"{text}\", \"context_device_type\": \"ios\", \"timestamp\": \"2019-07-01 12:00:00\", \
         \"sent_at\": \"2019-07-01 12:00:00.5\", \"received_at\": \"{received}\", \"plan\": {{\"price\": 1.50}}}}\n"
    )
}

/// Every event users see, with the object that has it.
fn events(database: &Database) -> String {
    check(database);
    database.table(
        "SELECT right(events.id::text, 2) AS id, to_char(received_at, 'DD HH24:MI') AS received, event, properties, name
         FROM events JOIN ledger ON ledger.id = dump_id ORDER BY 1",
    )
}

/// Invariants of the tables.
fn check(database: &Database) {
    let counted =
        "SELECT coalesce(sum(rows_new - rows_removed), 0)::bigint FROM ledger WHERE feed = 'events'";
    assert_eq!(database.number(counted), database.number("SELECT count(*) FROM events"));
    for (what, sql) in [
        (
            "ids are those of the events",
            "SELECT count(*) FROM events FULL JOIN event_ids USING (id, received_at)
             WHERE events.dump_id IS NULL OR event_ids.digest IS NULL",
        ),
        (
            "no other delivery is better",
            "SELECT count(*) FROM event_claims JOIN event_ids USING (id)
             WHERE (event_claims.received_at, event_claims.digest) < (event_ids.received_at, event_ids.digest)",
        ),
        (
            "deliveries are of current revisions",
            "SELECT count(*) FROM (SELECT dump_id FROM events UNION ALL SELECT dump_id FROM event_claims) AS row
             LEFT JOIN ledger ON ledger.id = dump_id WHERE status IS DISTINCT FROM 'landed'",
        ),
    ] {
        assert_eq!(database.number(sql), 0, "{what}");
    }
}
