//! The HTTP side: the real server against a real Postgres.

mod batches;
mod connections;
mod encodings;
mod endings;
mod events_page;
mod failures;
mod one_snapshot;
mod operation;
mod page;
mod page_cache;
mod password;
mod rates;
mod spot;

use crate::support::{Database, Folder, Landfall, Server};

/// Ports of two countries, regions in two levels, and prices of a week.
const RATES: &str = "\
COPY public.regions (slug, name, parent_slug) FROM stdin;
northern_europe\tNorthern Europe\t\\N
norway\tNorway\tnorthern_europe
china_main\tChina Main\t\\N
\\.
COPY public.ports (code, name, parent_slug) FROM stdin;
CNGGZ\tGuangzhou\tchina_main
CNSGH\tShanghai\tchina_main
EETLL\tTallinn\tnorthern_europe
NOOSL\tOslo\tnorway
\\.
COPY public.prices (orig_code, dest_code, day, price) FROM stdin;
CNGGZ\tEETLL\t2021-01-29\t1000
CNGGZ\tEETLL\t2021-01-30\t1000
CNGGZ\tEETLL\t2021-01-30\t1001
CNGGZ\tEETLL\t2021-01-31\t1154
CNGGZ\tEETLL\t2021-01-31\t1154
CNGGZ\tEETLL\t2021-01-31\t1155
CNSGH\tEETLL\t2021-01-31\t2000
CNSGH\tNOOSL\t2021-01-31\t3000
\\.
";

/// A database with these rates.
fn with_rates() -> Database {
    let (database, folder) = (Database::new(), Folder::new());
    let rates = folder.write("rates.sql", RATES);
    Landfall::on(&database, &["--quiet", "import"]).arg(rates).run().expect(0);
    database
}

/// The path that asks for some days of January 2021.
fn lane(from: u32, to: u32, origin: &str, destination: &str) -> String {
    format!(
        "/rates?date_from=2021-01-{from:02}&date_to=2021-01-{to:02}&orig_code={origin}&dest_code={destination}"
    )
}

/// How many prices there are on 2021-01-31 between Guangzhou and Tallinn, and their average.
fn last_day(server: &Server) -> (Option<u64>, Option<f64>) {
    let rates = server.get(&lane(31, 31, "CNGGZ", "EETLL")).expect(200).json();
    (rates["rates"][0]["count"].as_u64(), rates["rates"][0]["price"].as_f64())
}
