//! Ports and regions in the database, and what a batch changes in them.
//!
//! Several dumps may have the same port or region. Of these, the dump modified last wins, in whatever order
//! they were imported. None is ever removed: prices of other batches may need it.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Integer, Nullable, Text};

use crate::db::schema::{freight_places, freight_ports, freight_regions, ledger};
use crate::feed::{Counts, RecordError, Revision};

use crate::feed::freight::batch::FreightBatch;
use crate::feed::freight::location::{At, Location};
use crate::feed::freight::tree::Tree;

/// Locations in a batch, by code or slug.
type BatchLocations = BTreeMap<String, (At, Location)>;

/// Locations in the database, by code or slug, each with the dump that it is from.
type StoredLocations = HashMap<String, (Location, i32)>;

/// A stored location: code or slug, name, region around it, dump.
type LocationRow = (String, String, Option<String>, i32);

/// What a batch adds to or changes in the ports and regions.
#[derive(Default)]
pub(in crate::feed::freight) struct Changes<'b> {
    ports: Vec<(&'b str, &'b Location)>,
    regions: Vec<(&'b str, &'b Location)>,
    pub(in crate::feed::freight) counts: Counts,
}

/// Compares a batch's ports and regions with the stored ones; or returns what is wrong with them.
///
/// `revisions` are those of the batches that are written in this transaction: the ledger does not have them yet.
pub(in crate::feed::freight) fn resolve<'b>(
    connection: &mut PgConnection,
    batch: &'b FreightBatch,
    revision: Revision,
    revisions: &HashMap<i32, Revision>,
) -> QueryResult<Result<Changes<'b>, Vec<RecordError>>> {
    let mut changes = Changes::default();
    changes.counts.repeated += batch.repeats as i64;
    if batch.ports.is_empty() && batch.regions.is_empty() {
        return Ok(Ok(changes));
    }
    let regions = stored_regions(connection)?;
    let ports = stored_ports(connection, &batch.ports)?;
    let dumps: HashSet<i32> = regions.values().chain(ports.values()).map(|(_, dump_id)| *dump_id).collect();
    let mut all_revisions = stored_revisions(connection, &dumps)?;
    all_revisions.extend(revisions);

    changes.regions = compare(&batch.regions, &regions, revision, &all_revisions, &mut changes.counts);
    changes.ports = compare(&batch.ports, &ports, revision, &all_revisions, &mut changes.counts);
    let mut tree = Tree::new(regions.iter().map(|(slug, (region, _))| (slug.as_str(), region)));
    tree.extend(changes.regions.iter().copied());
    let errors = tree.check(batch);
    Ok(if errors.is_empty() { Ok(changes) } else { Err(errors) })
}

/// The locations of a batch that are new, or whose stored revision is older.
fn compare<'b>(
    batch: &'b BatchLocations,
    stored: &StoredLocations,
    revision: Revision,
    revisions: &HashMap<i32, Revision>,
    counts: &mut Counts,
) -> Vec<(&'b str, &'b Location)> {
    let mut changed = Vec::new();
    for (key, (_, location)) in batch {
        let Some((before, dump_id)) = stored.get(key) else {
            counts.new += 1;
            changed.push((key.as_str(), location));
            continue;
        };
        let is_newer = revisions.get(dump_id).is_none_or(|before| revision > *before);
        if before == location {
            counts.repeated += 1;
        } else if is_newer {
            counts.new += 1;
            counts.removed += 1;
        } else {
            counts.outdated += 1;
        }
        if is_newer {
            changed.push((key.as_str(), location));
        }
    }
    changed
}

impl Changes<'_> {
    /// Writes the changes, as rows of a dump.
    pub(in crate::feed::freight) fn write(
        &self,
        connection: &mut PgConnection,
        dump_id: i32,
    ) -> QueryResult<()> {
        // Postgres checks foreign keys at the end of a statement, so the order of rows does not matter.
        let statements = [
            (
                &self.regions,
                "INSERT INTO freight_regions (slug, name, parent_slug, dump_id)
                 SELECT slug, name, parent_slug, $4 FROM unnest($1, $2, $3) AS region (slug, name, parent_slug)
                 ON CONFLICT (slug) DO UPDATE
                 SET name = excluded.name, parent_slug = excluded.parent_slug, dump_id = excluded.dump_id",
            ),
            (
                &self.ports,
                "INSERT INTO freight_ports (code, name, parent_slug, dump_id)
                 SELECT code, name, parent_slug, $4 FROM unnest($1, $2, $3) AS port (code, name, parent_slug)
                 ON CONFLICT (code) DO UPDATE
                 SET name = excluded.name, parent_slug = excluded.parent_slug, dump_id = excluded.dump_id",
            ),
        ];
        for (locations, statement) in statements.into_iter().filter(|(locations, _)| !locations.is_empty()) {
            let column = |part: fn(&Location) -> Option<&str>| -> Vec<Option<&str>> {
                locations.iter().map(|(_, location)| part(location)).collect()
            };
            sql_query(statement)
                .bind::<Array<Text>, _>(locations.iter().map(|(key, _)| *key).collect::<Vec<_>>())
                .bind::<Array<Nullable<Text>>, _>(column(|location| Some(&location.name)))
                .bind::<Array<Nullable<Text>>, _>(column(|location| location.parent.as_deref()))
                .bind::<Integer, _>(dump_id)
                .execute(connection)?;
        }
        if self.counts.new > 0 {
            rebuild_lookup(connection)?;
        }
        Ok(())
    }
}

/// Rebuilds the table that has the ports of each code and slug.
fn rebuild_lookup(connection: &mut PgConnection) -> QueryResult<()> {
    diesel::delete(freight_places::table).execute(connection)?;
    sql_query(
        "INSERT INTO freight_places (place, port_id)
         WITH RECURSIVE around (port_id, slug) AS (
             SELECT id, parent_slug FROM freight_ports
             UNION
             SELECT around.port_id, region.parent_slug
             FROM around JOIN freight_regions AS region USING (slug)
             WHERE region.parent_slug IS NOT NULL
         )
         SELECT code, id FROM freight_ports UNION SELECT slug, port_id FROM around",
    )
    .execute(connection)
    .map(drop)
}

/// All regions: they are few, and a tree is checked as a whole.
fn stored_regions(connection: &mut PgConnection) -> QueryResult<StoredLocations> {
    use freight_regions::{dump_id, name, parent_slug, slug};
    let rows: Vec<LocationRow> =
        freight_regions::table.select((slug, name, parent_slug, dump_id)).load(connection)?;
    Ok(by_key(rows))
}

/// The ports among those given.
fn stored_ports(connection: &mut PgConnection, ports: &BatchLocations) -> QueryResult<StoredLocations> {
    use freight_ports::{code, dump_id, name, parent_slug};
    let rows: Vec<LocationRow> = freight_ports::table
        .filter(code.eq_any(ports.keys().collect::<Vec<_>>()))
        .select((code, name, parent_slug.nullable(), dump_id))
        .load(connection)?;
    Ok(by_key(rows))
}

fn by_key(rows: Vec<LocationRow>) -> StoredLocations {
    rows.into_iter().map(|(key, name, parent, dump_id)| (key, (Location { name, parent }, dump_id))).collect()
}

/// The revisions of dumps that were imported before.
fn stored_revisions(
    connection: &mut PgConnection,
    ids: &HashSet<i32>,
) -> QueryResult<HashMap<i32, Revision>> {
    let rows: Vec<(i32, DateTime<Utc>, Option<Vec<u8>>)> = ledger::table
        .filter(ledger::id.eq_any(ids))
        .select((ledger::id, ledger::modified_at, ledger::sha256))
        .load(connection)?;
    rows.into_iter()
        .map(|(id, modified_at, sha256)| {
            let revision = Revision::of_entry(modified_at, sha256.as_deref()).ok_or_else(|| {
                diesel::result::Error::DeserializationError(
                    format!("the ledger entry {id} has ports, but no sha256: restore it from a backup")
                        .into(),
                )
            })?;
            Ok((id, revision))
        })
        .collect()
}

/// How many ports and regions are stored.
pub(in crate::feed::freight) fn count(connection: &mut PgConnection) -> QueryResult<i64> {
    let ports: i64 = freight_ports::table.count().get_result(connection)?;
    let regions: i64 = freight_regions::table.count().get_result(connection)?;
    Ok(ports + regions)
}
