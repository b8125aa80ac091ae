//! Freight rates: batches land whole, and are replaced, refused and withdrawn.

mod any_order;
mod rules;
mod uploads;

use crate::support::{Database, Folder};

/// Ports in China and Norway, and a region in another.
const LOCATIONS: &str = "COPY public.regions (slug, name, parent_slug) FROM stdin;
norway\tNorway\teurope
europe\tEurope\t\\N
china_main\tChina Main\t\\N
\\.
COPY public.ports (code, name, parent_slug) FROM stdin;
CNGGZ\tGuangzhou\tchina_main
NOOSL\tOslo\tnorway
\\.
";

const HEADER: &str = "orig_code,dest_code,day,price\n";

/// A dump with the ports, regions and some rows of prices, whose columns are parted by spaces.
fn sql(prices: &[&str]) -> String {
    let rows: String = prices.iter().map(|row| row.replace(' ', "\t") + "\n").collect();
    format!("{LOCATIONS}COPY public.prices (orig_code, dest_code, day, price) FROM stdin;\n{rows}\\.\n")
}

/// A batch of prices from Guangzhou to Oslo on 2021-01-31.
fn csv(prices: &[u32]) -> String {
    let rows = prices.iter().map(|price| format!("CNGGZ,NOOSL,2021-01-31,{price}\n"));
    HEADER.to_owned() + &rows.collect::<String>()
}

/// Every price users see.
fn rates(database: &Database) -> String {
    check(database);
    database.table(
        "SELECT orig_code || ' ' || dest_code AS lane, rate.day, price, name
         FROM freight_rates AS rate JOIN ledger ON ledger.id = dump_id ORDER BY 1, 2, 3, 4",
    )
}

/// A database that knows the ports, and a folder to import from.
fn with_ports() -> (Database, Folder) {
    let (database, folder) = (Database::new(), Folder::new());
    folder.write("rates.sql", sql(&[]));
    assert_eq!(crate::support::import(&database, &[folder.path()]).landed, 1);
    (database, folder)
}

/// Invariants of the tables.
fn check(database: &Database) {
    assert_eq!(
        database
            .number("SELECT coalesce(sum(rows_new - rows_removed), 0) FROM ledger WHERE feed = 'freight'"),
        database.number(
            "SELECT (SELECT count(*) FROM freight_prices) + (SELECT count(*) FROM freight_ports)
                  + (SELECT count(*) FROM freight_regions)"
        ),
        "the ledger's sums"
    );
    assert_eq!(
        database.number(
            "SELECT count(*) FROM freight_prices AS p
             WHERE NOT EXISTS (SELECT FROM freight_ports WHERE id = p.orig_id)
                OR NOT EXISTS (SELECT FROM freight_ports WHERE id = p.dest_id)
                OR NOT EXISTS (SELECT FROM ledger AS l WHERE l.id = p.dump_id AND l.status = 'landed')"
        ),
        0,
        "prices without a port or a batch"
    );
    assert_eq!(
        database.number(
            "SELECT count(*) FROM ledger AS l
             WHERE feed = 'freight' AND status IN ('superseded', 'withdrawn')
               AND EXISTS (SELECT FROM freight_prices AS p WHERE p.dump_id = l.id)"
        ),
        0,
        "prices of batches that are not current"
    );
}
