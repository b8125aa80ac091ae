//! Freight rates: prices between ports, per day, in batches; with the ports and regions they are about.

mod batch;
mod code;
mod copy_text;
mod csv_rows;
mod decode;
mod draft;
mod fields;
mod json;
mod key;
mod land;
mod lines;
mod pg_dump;
mod place;
mod places;
mod price;
mod rows;
mod spool;
mod statement;
mod table;
mod tree;

use std::io::Read;

use diesel::{PgConnection, QueryResult};

use super::{Claim, Content, DecodeError, DumpName, Feed, Lander, TakenBack};

pub use batch::FreightBatch;
pub use decode::decode;
pub use key::{Format, upload_name};

/// The feed of freight rates.
#[derive(Debug)]
pub struct Freight;

impl Feed for Freight {
    fn name(&self) -> &'static str {
        "freight"
    }

    fn claim(&self, key: &str) -> Claim {
        key::claim(key)
    }

    fn decode(&self, dump: &DumpName, body: &mut dyn Read) -> Result<Box<dyn Content>, DecodeError> {
        Ok(Box::new(decode(dump, body)?))
    }

    fn lander(&self) -> Box<dyn Lander> {
        Box::new(land::FreightLander)
    }

    fn withdraw(&self, connection: &mut PgConnection, revisions: &[i32]) -> QueryResult<TakenBack> {
        let mut removed = 0;
        for batch_id in revisions {
            removed += rows::remove(connection, *batch_id)?;
        }
        Ok(TakenBack { removed, ..TakenBack::default() })
    }
}
