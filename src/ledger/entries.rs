//! The entries of the ledger: a line for each revision of each object.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::{max, now};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Integer, Text};

use crate::db::schema::ledger;

/// What became of a revision, as the column `status` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The current revision of its dump.
    Landed,
    /// Another revision is the current one.
    Superseded,
    /// Its rows were removed on demand, and no older revision replaces it.
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
    pub scope: String,
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
    pub rows_rejected: i64,
    pub rows_removed: i64,
    pub landed_at: Option<DateTime<Utc>>,
    pub summarized: bool,
}

/// An entry, as people see it.
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
    pub scope: String,
    pub reason: Option<String>,
    pub records: i64,
    pub rows_new: i64,
    pub rows_repeated: i64,
    pub rows_disagreeing: i64,
    pub rows_outdated: i64,
    pub rows_rejected: i64,
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

/// An entry that somebody may mean by a text.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
#[diesel(table_name = ledger)]
#[expect(missing_docs, reason = "the migration comments every column")]
pub struct MatchingEntry {
    pub id: i32,
    pub feed: String,
    pub source: String,
    pub key: String,
    pub name: Option<String>,
    pub status: String,
    pub reason: Option<String>,
}

/// Every entry whose name, key, or source and key as people write them are the text.
pub fn matching_entries(
    connection: &mut PgConnection,
    text: &str,
    name: &str,
) -> QueryResult<Vec<MatchingEntry>> {
    sql_query(
        "SELECT id, feed, source, key, name, status, reason FROM ledger
         WHERE name = $2 OR key = $1
            OR source || CASE WHEN starts_with(key, '/') THEN '' ELSE '/' END || key = $1
         ORDER BY id",
    )
    .bind::<Text, _>(text)
    .bind::<Text, _>(name)
    .load(connection)
}

/// The latest that the ledger knows of one object.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
#[diesel(table_name = ledger)]
#[expect(missing_docs, reason = "the migration comments every column")]
pub struct SeenEntry {
    pub id: i32,
    pub source: String,
    pub key: String,
    pub fingerprint: String,
    pub sha256: Option<Vec<u8>>,
    pub status: String,
    pub rows_rejected: i64,
}

impl SeenEntry {
    /// Whether nothing of the object is stored.
    pub fn is_rejected(&self) -> bool {
        self.status == Status::Rejected.as_str()
    }

    /// Whether the object is the current revision of its dump, and some of its records were rejected.
    pub fn has_rejected_records(&self) -> bool {
        self.status == Status::Landed.as_str() && self.rows_rejected > 0
    }
}

/// The latest entry of every object whose source and key are among those given.
///
/// Each is looked up by itself: where the keys are a condition on the table, Postgres may read all entries of a source instead,
/// and does so while its statistics are older than a first import.
pub fn seen_among(
    connection: &mut PgConnection,
    sources: &[&str],
    keys: &[&str],
) -> QueryResult<Vec<SeenEntry>> {
    sql_query(
        "SELECT latest.* FROM (SELECT DISTINCT source FROM unnest($1) AS source) AS sources, unnest($2) AS listed (key),
         LATERAL (
             SELECT id, source, key, fingerprint, sha256, status, rows_rejected FROM ledger
             WHERE ledger.source = sources.source AND ledger.key = listed.key
             ORDER BY id DESC LIMIT 1
         ) AS latest",
    )
    .bind::<Array<Text>, _>(sources)
    .bind::<Array<Text>, _>(keys)
    .load(connection)
}

/// The current revision of a dump; a withdrawn one has no rows.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
#[diesel(table_name = ledger)]
#[expect(missing_docs, reason = "the migration comments every column")]
pub struct CurrentRevision {
    pub id: i32,
    pub name: Option<String>,
    pub source: String,
    pub key: String,
    pub modified_at: DateTime<Utc>,
    pub sha256: Option<Vec<u8>>,
    pub confirmed: bool,
    pub status: String,
}

/// The current revisions of those dumps among the given that were ever imported, each looked up by itself as in [`seen_among`].
pub fn current_revisions(
    connection: &mut PgConnection,
    feed: &str,
    names: &[&str],
) -> QueryResult<Vec<CurrentRevision>> {
    // What was imported after a withdrawal replaces it.
    sql_query(
        "SELECT latest.* FROM unnest($2) AS dump (name), LATERAL (
             SELECT id, name, source, key, modified_at, sha256, confirmed, status FROM ledger
             WHERE ledger.feed = $1 AND ledger.name = dump.name AND status IN ('landed', 'withdrawn')
             ORDER BY id DESC LIMIT 1
         ) AS latest",
    )
    .bind::<Text, _>(feed)
    .bind::<Array<Text>, _>(names)
    .load(connection)
}

/// Reserves numbers for so many entries.
pub fn reserve_ids(connection: &mut PgConnection, count: usize) -> QueryResult<Vec<i32>> {
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

/// The numbers of all revisions of a dump that landed, whatever became of them since.
pub fn revisions(connection: &mut PgConnection, feed: &str, name: &str) -> QueryResult<Vec<i32>> {
    let landed = [Status::Landed.as_str(), Status::Superseded.as_str(), Status::Withdrawn.as_str()];
    ledger::table
        .filter(ledger::feed.eq(feed).and(ledger::name.eq(name)).and(ledger::status.eq_any(landed)))
        .order(ledger::id)
        .select(ledger::id)
        .load(connection)
}

/// Records that a revision is withdrawn.
pub fn withdraw(connection: &mut PgConnection, id: i32) -> QueryResult<()> {
    diesel::update(ledger::table.find(id))
        .set((ledger::status.eq(Status::Withdrawn.as_str()), ledger::withdrawn_at.eq(now)))
        .execute(connection)
        .map(drop)
}

/// Counts rows that were removed from a revision's dump, less those that claims of other dumps restored.
pub fn count_removed(connection: &mut PgConnection, id: i32, rows: i64) -> QueryResult<Entry> {
    diesel::update(ledger::table.find(id))
        .set(ledger::rows_removed.eq(ledger::rows_removed + rows))
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
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = ledger, check_for_backend(diesel::pg::Pg))]
#[expect(missing_docs, reason = "the migration comments every column")]
pub struct RejectedObject {
    pub source: String,
    pub key: String,
    pub reason: Option<String>,
    pub reason_record: Option<i64>,
    pub reason_field: Option<String>,
    pub reason_offset: Option<i64>,
    pub seen_at: DateTime<Utc>,
}

/// Every object that was rejected when it was last seen.
pub fn rejected_objects(connection: &mut PgConnection) -> QueryResult<Vec<RejectedObject>> {
    let any = diesel::alias!(ledger as any);
    let latest =
        any.group_by((any.field(ledger::source), any.field(ledger::key))).select(max(any.field(ledger::id)));
    ledger::table
        .filter(ledger::id.nullable().eq_any(latest))
        .filter(ledger::status.eq(Status::Rejected.as_str()))
        .order((ledger::source, ledger::key))
        .select(RejectedObject::as_select())
        .load(connection)
}
