//! Ports and regions in the database, and what a batch makes of them.
//!
//! All dumps name the same ports and regions. Of those that name one, the word of the dump modified
//! last stands, whichever landed first. None is ever taken away: prices of other batches may need it.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Integer, Nullable, Text};

use crate::db::schema::{freight_places, freight_ports, freight_regions, ledger};
use crate::feed::{Counts, Rejection, Revision};

use super::batch::FreightBatch;
use super::place::{At, Place};
use super::tree::Tree;

/// What is said of places: by code or slug.
type Said = BTreeMap<String, (At, Place)>;

/// What the database says of places, and by which dump.
type Standing = HashMap<String, (Place, i32)>;

/// A row of places: code or slug, name, region around it, dump.
type PlaceRow = (String, String, Option<String>, i32);

/// What a batch adds to or changes in the ports and regions.
#[derive(Default)]
pub(super) struct Changes<'b> {
    ports: Vec<(&'b str, &'b Place)>,
    regions: Vec<(&'b str, &'b Place)>,
    pub(super) counts: Counts,
}

/// Weighs what a batch says of ports and regions against what stands; or tells what cannot be.
///
/// `revisions` are those of the batches that land in this transaction: the ledger does not have them yet.
pub(super) fn weigh<'b>(
    connection: &mut PgConnection,
    batch: &'b FreightBatch,
    revision: Revision,
    revisions: &HashMap<i32, Revision>,
) -> QueryResult<Result<Changes<'b>, Vec<Rejection>>> {
    let mut changes = Changes::default();
    changes.counts.repeated += batch.repeats as i64;
    if batch.ports.is_empty() && batch.regions.is_empty() {
        return Ok(Ok(changes));
    }
    let regions = standing_regions(connection)?;
    let ports = standing_ports(connection, &batch.ports)?;
    let dumps: HashSet<i32> = regions.values().chain(ports.values()).map(|(_, dump_id)| *dump_id).collect();
    let mut known = stored_revisions(connection, &dumps)?;
    known.extend(revisions);

    changes.regions = compare(&batch.regions, &regions, revision, &known, &mut changes.counts);
    changes.ports = compare(&batch.ports, &ports, revision, &known, &mut changes.counts);
    let mut tree = Tree::new(regions.iter().map(|(slug, (region, _))| (slug.as_str(), region)));
    tree.extend(changes.regions.iter().copied());
    let rejections = tree.check(batch);
    Ok(if rejections.is_empty() { Ok(changes) } else { Err(rejections) })
}

/// Those places of a batch that are new, or for which its word stands from now on.
fn compare<'b>(
    said: &'b Said,
    standing: &Standing,
    revision: Revision,
    revisions: &HashMap<i32, Revision>,
    counts: &mut Counts,
) -> Vec<(&'b str, &'b Place)> {
    let mut changed = Vec::new();
    for (key, (_, place)) in said {
        let Some((before, dump_id)) = standing.get(key) else {
            counts.new += 1;
            changed.push((key.as_str(), place));
            continue;
        };
        let is_newer = revisions.get(dump_id).is_none_or(|before| revision > *before);
        if before == place {
            counts.repeated += 1;
        } else if is_newer {
            counts.new += 1;
            counts.removed += 1;
        } else {
            counts.outdated += 1;
        }
        if is_newer {
            changed.push((key.as_str(), place));
        }
    }
    changed
}

impl Changes<'_> {
    /// Writes them, as the word of a dump.
    pub(super) fn write(&self, connection: &mut PgConnection, dump_id: i32) -> QueryResult<()> {
        // Postgres looks for the region around another once all of a statement is done: any order will do.
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
        for (places, statement) in statements.into_iter().filter(|(places, _)| !places.is_empty()) {
            let column = |part: fn(&Place) -> Option<&str>| -> Vec<Option<&str>> {
                places.iter().map(|(_, place)| part(place)).collect()
            };
            sql_query(statement)
                .bind::<Array<Text>, _>(places.iter().map(|(key, _)| *key).collect::<Vec<_>>())
                .bind::<Array<Nullable<Text>>, _>(column(|place| Some(&place.name)))
                .bind::<Array<Nullable<Text>>, _>(column(|place| place.parent.as_deref()))
                .bind::<Integer, _>(dump_id)
                .execute(connection)?;
        }
        if self.counts.new > 0 {
            name_anew(connection)?;
        }
        Ok(())
    }
}

/// Writes down which ports each code and slug stands for.
fn name_anew(connection: &mut PgConnection) -> QueryResult<()> {
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

/// All regions: they are few, and a tree is judged whole.
fn standing_regions(connection: &mut PgConnection) -> QueryResult<Standing> {
    use freight_regions::{dump_id, name, parent_slug, slug};
    let rows: Vec<PlaceRow> =
        freight_regions::table.select((slug, name, parent_slug, dump_id)).load(connection)?;
    Ok(standing(rows))
}

/// The ports among those given.
fn standing_ports(connection: &mut PgConnection, ports: &Said) -> QueryResult<Standing> {
    use freight_ports::{code, dump_id, name, parent_slug};
    let rows: Vec<PlaceRow> = freight_ports::table
        .filter(code.eq_any(ports.keys().collect::<Vec<_>>()))
        .select((code, name, parent_slug.nullable(), dump_id))
        .load(connection)?;
    Ok(standing(rows))
}

fn standing(rows: Vec<PlaceRow>) -> Standing {
    rows.into_iter().map(|(key, name, parent, dump_id)| (key, (Place { name, parent }, dump_id))).collect()
}

/// The revisions behind dumps that landed before.
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
