//! Dumps changed at random, decoded and imported, must have the result of an independent implementation of the documented rules.
//!
//! Each UTC day has other dumps. A failure prints how to repeat it: the seed in `LANDFALL_MUTATION_SEED`, and the number
//! of the dump in `LANDFALL_MUTATION_CASE`. `scripts/soak` runs the same tests with more dumps.

mod bytes;
mod campaign;
mod dice;
mod freight;
mod freight_oracle;
mod json;
mod spot;
mod spot_oracle;
mod values;

use std::collections::BTreeMap;
use std::io::{self, Read};

use chrono::NaiveDate;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use landfall::feed::spot::Market;
use landfall::feed::{DecodeError, DumpName};
use landfall::ledger::Scope;

use crate::support::{Database, Folder, import};

use campaign::Campaign;
use dice::Dice;
use spot_oracle::Rows;

const REGION: &str = "us-west-2";

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2018, 10, 30).unwrap()
}

/// Hands on a few bytes at a time.
struct ChunkedReader<'a>(&'a [u8], usize);

impl Read for ChunkedReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.1.min(buffer.len());
        self.0.read(&mut buffer[..length])
    }
}

/// What a decoder made of a dump: what is in it, or why it is rejected.
fn rejected<T>(decoded: Result<T, DecodeError>) -> Result<T, String> {
    decoded.map_err(|error| match error {
        DecodeError::Rejected(rejection) => rejection.to_string(),
        other => panic!("neither decoded nor rejected: {other}"),
    })
}

#[test]
fn spot_dumps_are_decoded_as_documented() {
    let name = DumpName {
        scope: Market { account_id: "604329154527".to_owned(), region: REGION.to_owned() }.scope(),
        period: Some(day()),
        name: "spotprices_20181030_604329154527_us-west-2.json".to_owned(),
    };
    Campaign::new("spot", 5_000).run(|dice| {
        let body = spot::dump(dice);
        let expected = spot_oracle::read(&body, day(), REGION);
        let mut reader = ChunkedReader(&body, dice.pick(&[1, 13, 4_096, usize::MAX]));
        let decoded = rejected(landfall::feed::spot::decode(&name, &mut reader)).map(|dump| {
            let mut rows = Rows::new();
            dump.for_each_price(|[zone, instance_type, product], at, price| {
                let key = (zone.to_owned(), instance_type.to_owned(), product.to_owned(), at);
                assert_eq!(rows.insert(key, price), None, "a price twice");
            })
            .unwrap();
            rows
        });
        (body, expected, decoded)
    });
}

#[test]
fn freight_batches_are_decoded_as_documented() {
    Campaign::new("freight", 3_000).run(|dice| {
        let format = dice.pick(&freight::FORMATS);
        let body = freight::batch(dice, format);
        let expected = freight_oracle::read(&body, format);
        let name = DumpName {
            scope: Scope::default(),
            period: None,
            name: format!("freightrates_20210131_1.{}", format.suffix()),
        };
        let mut reader = ChunkedReader(&body, dice.pick(&[1, 13, 4_096, usize::MAX]));
        let decoded = rejected(landfall::feed::freight::decode(&name, &mut reader)).map(|mut batch| {
            let mut prices = Vec::new();
            batch
                .for_each_price(|orig, dest, day, price| {
                    prices.push((orig.to_owned(), dest.to_owned(), day.to_string(), price));
                })
                .unwrap();
            prices
        });
        (body, expected, decoded)
    });
}

#[derive(QueryableByName)]
struct Stored {
    #[diesel(sql_type = Text)]
    account_id: String,
    #[diesel(sql_type = Text)]
    zone: String,
    #[diesel(sql_type = Text)]
    instance_type: String,
    #[diesel(sql_type = Text)]
    product: String,
    #[diesel(sql_type = BigInt)]
    at: i64,
    #[diesel(sql_type = BigInt)]
    price: i64,
}

/// As above, but all the way into Postgres: many dumps in one run, each of an account of its own.
#[test]
fn spot_dumps_are_imported_as_documented() {
    let (database, folder) = (Database::new(), Folder::new());
    let seed = campaign::seed();
    let mut expected = BTreeMap::new();
    for case in 0..400 {
        let body = spot::dump(&mut Dice::of(seed, case));
        let account = format!("{case:012}");
        folder.write(&format!("spotprices_20181030_{account}_{REGION}.json"), &body);
        expected.insert(account, (spot_oracle::read(&body, day(), REGION), body));
    }
    let report = import(&database, &[folder.path()]);
    let good = expected.values().filter(|(expected, _)| expected.is_ok()).count();
    assert_eq!((report.landed, report.rejected.len()), (good, expected.len() - good), "seed {seed}");

    let stored: Vec<Stored> = sql_query(
        "SELECT account_id, availability_zone AS zone, instance_type, product_description AS product,
                (extract(epoch FROM \"timestamp\") * 1000000)::bigint AS at, (price * 1000000)::bigint AS price
         FROM spot_prices",
    )
    .load(&mut database.connect())
    .unwrap();
    let mut rows: BTreeMap<String, Rows> = BTreeMap::new();
    for row in stored {
        let key = (row.zone, row.instance_type, row.product, row.at);
        assert_eq!(rows.entry(row.account_id).or_default().insert(key, row.price), None, "a row twice");
    }
    for (account, (expected, body)) in expected {
        let expected = expected.unwrap_or_default();
        let stored = rows.remove(&account).unwrap_or_default();
        assert_eq!(stored, expected, "seed {seed}, dump {account}: {}", body.escape_ascii());
    }
    assert_eq!(rows, BTreeMap::new(), "rows of no account");
    database.check();
}
