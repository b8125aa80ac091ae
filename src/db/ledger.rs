//! The ledger: what was seen, and what became of it.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::{max, now};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Integer};

use super::schema::ledger;

/// What became of a revision, as the column `status` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Its word stands.
    Landed,
    /// A newer revision's word stands instead.
    Superseded,
    /// Its rows were taken back on demand, and no older revision comes in its place.
    Withdrawn,
    /// The same bytes had landed before.
    Unchanged,
    /// Nothing of it is stored.
    Rejected,
}

impl Status {
    /// The text in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Landed => "landed",
            Status::Superseded => "superseded",
            Status::Withdrawn => "withdrawn",
            Status::Unchanged => "unchanged",
            Status::Rejected => "rejected",
        }
    }
}

/// A line for the ledger.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = ledger)]
#[expect(missing_docs, reason = "the migration comments every column")]
pub struct NewEntry {
    pub id: i32,
    pub feed: &'static str,
    pub source: String,
    pub key: String,
    pub fingerprint: String,
    pub size: i64,
    pub modified_at: DateTime<Utc>,
    pub sha256: Option<Vec<u8>>,
    pub name: Option<String>,
    pub day: Option<NaiveDate>,
    pub account_id: Option<String>,
    pub region: Option<String>,
    pub status: &'static str,
    pub reason: Option<String>,
    pub reason_record: Option<i64>,
    pub reason_field: Option<&'static str>,
    pub reason_offset: Option<i64>,
    pub records: i64,
    pub rows_new: i64,
    pub rows_repeated: i64,
    pub rows_disagreeing: i64,
    pub rows_outdated: i64,
    pub rows_removed: i64,
    pub landed_at: Option<DateTime<Utc>>,
    pub summarized: bool,
}

/// Whether there is a ledger yet: the first import makes it.
pub fn exists(connection: &mut PgConnection) -> QueryResult<bool> {
    diesel::select(diesel::dsl::sql::<diesel::sql_types::Bool>("to_regclass('ledger') IS NOT NULL"))
        .get_result(connection)
}

/// An entry, as it is told to people.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = ledger, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration comments every column")]
pub struct Entry {
    pub id: i32,
    pub source: String,
    pub key: String,
    pub name: Option<String>,
    pub sha256: Option<Vec<u8>>,
    pub size: i64,
    pub status: String,
    pub reason: Option<String>,
    pub records: i64,
    pub rows_new: i64,
    pub rows_repeated: i64,
    pub rows_disagreeing: i64,
    pub rows_outdated: i64,
    pub rows_removed: i64,
    pub landed_at: Option<DateTime<Utc>>,
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// The entry of a feed under its number.
pub fn entry(connection: &mut PgConnection, feed: &str, id: i32) -> QueryResult<Option<Entry>> {
    ledger::table
        .find(id)
        .filter(ledger::feed.eq(feed))
        .select(Entry::as_select())
        .first(connection)
        .optional()
}

/// The latest entry of a feed for one object.
pub fn latest_entry(
    connection: &mut PgConnection,
    feed: &str,
    source: &str,
    key: &str,
) -> QueryResult<Option<Entry>> {
    ledger::table
        .filter(ledger::source.eq(source).and(ledger::key.eq(key)).and(ledger::feed.eq(feed)))
        .order(ledger::id.desc())
        .select(Entry::as_select())
        .first(connection)
        .optional()
}

/// The latest that the ledger knows of one object.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
#[expect(missing_docs, reason = "the migration comments every column")]
pub struct Seen {
    pub id: i32,
    pub source: String,
    pub key: String,
    pub fingerprint: String,
    pub sha256: Option<Vec<u8>>,
    pub status: String,
}

type SeenColumns =
    (ledger::id, ledger::source, ledger::key, ledger::fingerprint, ledger::sha256, ledger::status);
const SEEN: SeenColumns =
    (ledger::id, ledger::source, ledger::key, ledger::fingerprint, ledger::sha256, ledger::status);

/// The latest entry of every object of a source.
pub fn seen_in(connection: &mut PgConnection, source: &str) -> QueryResult<Vec<Seen>> {
    ledger::table
        .filter(ledger::source.eq(source))
        .distinct_on((ledger::source, ledger::key))
        .order((ledger::source, ledger::key, ledger::id.desc()))
        .select(SEEN)
        .load(connection)
}

/// The latest entry of every object whose source and key are among those given.
pub fn seen_among(connection: &mut PgConnection, sources: &[&str], keys: &[&str]) -> QueryResult<Vec<Seen>> {
    ledger::table
        .filter(ledger::source.eq_any(sources).and(ledger::key.eq_any(keys)))
        .distinct_on((ledger::source, ledger::key))
        .order((ledger::source, ledger::key, ledger::id.desc()))
        .select(SEEN)
        .load(connection)
}

/// The revision of a dump whose word stands; the word of a withdrawn one is nothing.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
#[expect(missing_docs, reason = "the migration comments every column")]
pub struct Standing {
    pub id: i32,
    pub name: Option<String>,
    pub source: String,
    pub key: String,
    pub modified_at: DateTime<Utc>,
    pub sha256: Option<Vec<u8>>,
    pub confirmed: bool,
}

/// The revisions whose word stands, of those dumps among the given that have landed.
pub fn standing_among(
    connection: &mut PgConnection,
    feed: &str,
    names: &[&str],
) -> QueryResult<Vec<Standing>> {
    ledger::table
        .filter(ledger::feed.eq(feed).and(ledger::name.eq_any(names)))
        .filter(ledger::status.eq_any([Status::Landed.as_str(), Status::Withdrawn.as_str()]))
        // What landed after a withdrawal stands instead of it.
        .distinct_on(ledger::name)
        .order((ledger::name, ledger::id.desc()))
        .select((
            ledger::id,
            ledger::name,
            ledger::source,
            ledger::key,
            ledger::modified_at,
            ledger::sha256,
            ledger::confirmed,
        ))
        .load(connection)
}

/// Reserves numbers for so many entries.
pub fn reserve(connection: &mut PgConnection, count: usize) -> QueryResult<Vec<i32>> {
    #[derive(QueryableByName)]
    struct Reserved {
        #[diesel(sql_type = Integer)]
        id: i32,
    }
    let reserved: Vec<Reserved> = sql_query(
        "SELECT nextval(pg_get_serial_sequence('ledger', 'id'))::integer AS id FROM generate_series(1, $1)",
    )
    .bind::<BigInt, _>(count as i64)
    .load(connection)?;
    Ok(reserved.into_iter().map(|reserved| reserved.id).collect())
}

/// Writes entries, in the order of their numbers.
pub fn write(connection: &mut PgConnection, entries: &[NewEntry]) -> QueryResult<()> {
    // A statement takes 65,535 parameters, an entry has 25.
    for chunk in entries.chunks(1_000) {
        diesel::insert_into(ledger::table).values(chunk).execute(connection)?;
    }
    Ok(())
}

/// Records that newer revisions have taken the place of these; a withdrawn one stays withdrawn.
pub fn supersede(connection: &mut PgConnection, ids: &[i32]) -> QueryResult<()> {
    if ids.is_empty() {
        return Ok(());
    }
    diesel::update(
        ledger::table.filter(ledger::id.eq_any(ids)).filter(ledger::status.eq(Status::Landed.as_str())),
    )
    .set(ledger::status.eq(Status::Superseded.as_str()))
    .execute(connection)
    .map(drop)
}

/// Records that a revision's rows were taken back.
pub fn withdraw(connection: &mut PgConnection, id: i32, rows_removed: i64) -> QueryResult<Entry> {
    diesel::update(ledger::table.find(id))
        .set((
            ledger::status.eq(Status::Withdrawn.as_str()),
            ledger::rows_removed.eq(ledger::rows_removed + rows_removed),
            ledger::withdrawn_at.eq(now),
        ))
        .returning(Entry::as_returning())
        .get_result(connection)
}

/// Records that a revision's bytes were delivered again at another place, later than it was known to be.
pub fn confirm(connection: &mut PgConnection, id: i32, modified_at: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(ledger::table.find(id).filter(ledger::modified_at.lt(modified_at)))
        .set((ledger::modified_at.eq(modified_at), ledger::confirmed.eq(true)))
        .execute(connection)
        .map(drop)
}

/// Records that an object was rejected again, perhaps for another reason.
pub fn reject_again(
    connection: &mut PgConnection,
    id: i32,
    rejection: &RejectedAgain<'_>,
) -> QueryResult<()> {
    diesel::update(ledger::table.find(id))
        .set((ledger::seen_at.eq(now), rejection))
        .execute(connection)
        .map(drop)
}

/// Why an object was rejected again.
#[derive(AsChangeset, Clone, Copy, Debug)]
#[diesel(table_name = ledger, treat_none_as_null = true)]
#[expect(missing_docs, reason = "the migration comments every column")]
pub struct RejectedAgain<'a> {
    pub reason: &'a str,
    pub reason_record: Option<i64>,
    pub reason_field: Option<&'a str>,
    pub reason_offset: Option<i64>,
}

/// An object that was rejected when it was last seen.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
#[expect(missing_docs, reason = "the migration comments every column")]
pub struct Rejected {
    pub source: String,
    pub key: String,
    pub reason: Option<String>,
    pub reason_record: Option<i64>,
    pub reason_field: Option<String>,
    pub reason_offset: Option<i64>,
    pub seen_at: DateTime<Utc>,
}

/// Every object that was rejected when it was last seen.
pub fn rejected(connection: &mut PgConnection) -> QueryResult<Vec<Rejected>> {
    let any = diesel::alias!(ledger as any);
    let latest =
        any.group_by((any.field(ledger::source), any.field(ledger::key))).select(max(any.field(ledger::id)));
    ledger::table
        .filter(ledger::id.nullable().eq_any(latest))
        .filter(ledger::status.eq(Status::Rejected.as_str()))
        .order((ledger::source, ledger::key))
        .select((
            ledger::source,
            ledger::key,
            ledger::reason,
            ledger::reason_record,
            ledger::reason_field,
            ledger::reason_offset,
            ledger::seen_at,
        ))
        .load(connection)
}
