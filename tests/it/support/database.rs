//! A database for each test, in one Postgres for all of them.

use std::mem;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{PgConnection, QueryableByName, RunQueryDsl, sql_query};
use landfall::db::{self, DatabaseUrl};
use private_postgres::PrivatePostgres;

/// A migrated database of a test's own.
pub(crate) struct Database {
    pub(crate) url: DatabaseUrl,
    pub(crate) name: String,
}

/// A row of `spot_prices`, shortened to what tests compare.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, QueryableByName)]
pub(crate) struct Row {
    #[diesel(sql_type = Text)]
    pub(crate) pool: String,
    #[diesel(sql_type = Text)]
    pub(crate) at: String,
    #[diesel(sql_type = Text)]
    pub(crate) price: String,
    #[diesel(sql_type = Text)]
    pub(crate) dump: String,
}

impl Database {
    /// A new database with the schema and without rows.
    pub(crate) fn new() -> Self {
        Self::create("TEMPLATE landfall_template")
    }

    /// A new database with nothing in it.
    pub(crate) fn blank() -> Self {
        Self::create("TEMPLATE template0")
    }

    /// A new database with nothing in it, and of another encoding than UTF8.
    pub(crate) fn encoded(encoding: &str) -> Self {
        Self::create(&format!("TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"))
    }

    fn create(options: &str) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        db::connect(&server().admin)
            .unwrap()
            .batch_execute(&format!("CREATE DATABASE {name} {options}"))
            .unwrap();
        Self { url: server().url(&name), name }
    }

    /// Where its server listens; the user is `landfall`.
    pub(crate) fn socket(&self) -> PathBuf {
        server().socket.clone()
    }

    pub(crate) fn connect(&self) -> PgConnection {
        db::connect(&self.url).unwrap()
    }

    pub(crate) fn execute(&self, sql: &str) {
        self.connect().batch_execute(sql).unwrap();
    }

    /// Every row users see, in order.
    pub(crate) fn rows(&self) -> Vec<Row> {
        sql_query(
            "SELECT concat_ws(' ', p.account_id, availability_zone, instance_type, product_description) AS pool,
                    to_char(\"timestamp\", 'YYYY-MM-DD HH24:MI:SS') AS at, price::text, l.name AS dump
             FROM spot_prices AS p LEFT JOIN ledger AS l ON l.id = p.dump_id
             ORDER BY 1, 2",
        )
        .load(&mut self.connect())
        .unwrap()
    }

    /// A single number.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Number {
            #[diesel(sql_type = BigInt)]
            number: i64,
        }
        let Number { number } =
            sql_query(format!("SELECT ({sql})::bigint AS number")).get_result(&mut self.connect()).unwrap();
        number
    }

    /// A table of texts, for snapshots: columns parted by ` | `.
    pub(crate) fn table(&self, sql: &str) -> String {
        #[derive(QueryableByName)]
        struct Line {
            #[diesel(sql_type = Text)]
            line: String,
        }
        let lines: Vec<Line> = sql_query(format!(
            "SELECT (SELECT string_agg(coalesce(value, '-'), ' | ' ORDER BY ordinality)
                     FROM json_each_text(row_to_json(t)) WITH ORDINALITY) AS line FROM ({sql}) AS t"
        ))
        .load(&mut self.connect())
        .unwrap();
        lines.into_iter().map(|line| line.line + "\n").collect()
    }

    /// Invariants of the tables.
    pub(crate) fn check(&self) {
        let count = self.number("SELECT count(*) FROM spot_prices");
        assert_eq!(
            self.number("SELECT coalesce(sum(rows_new - rows_removed), 0) FROM ledger"),
            count,
            "the ledger's sums"
        );
        assert_eq!(
            self.number("SELECT coalesce(sum(row_count), 0) FROM spot_days"),
            count,
            "the days' counts"
        );
        assert_eq!(
            self.number(
                "SELECT count(*) FROM spot_days AS d WHERE row_count <> (
                     SELECT count(*) FROM spot_prices AS p
                     WHERE p.account_id = d.account_id AND p.region = d.region
                       AND p.\"timestamp\" >= d.day::timestamp AT TIME ZONE 'UTC'
                       AND p.\"timestamp\" < (d.day + 1)::timestamp AT TIME ZONE 'UTC')"
            ),
            0,
            "the count of each day"
        );
        assert_eq!(
            self.number(
                "SELECT count(*) FROM spot_observations AS o
                 WHERE NOT EXISTS (SELECT FROM spot_pools AS p WHERE p.id = o.pool_id)
                    OR NOT EXISTS (SELECT FROM ledger AS l WHERE l.id = o.dump_id AND l.status IN ('landed', 'superseded'))"
            ),
            0,
            "rows without a pool or a dump"
        );
        assert_eq!(
            self.table(
                "SELECT * FROM (
                     SELECT 'spot' AS feed, concat_ws('/', account_id, region, to_char(\"timestamp\" AT TIME ZONE 'UTC', 'YYYY-MM')) AS part,
                            count(*) AS stored
                     FROM spot_prices GROUP BY part
                     UNION ALL SELECT 'freight', to_char(day, 'YYYY-MM') AS part, count(*) FROM freight_prices GROUP BY part
                     UNION ALL SELECT 'events', to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS part, count(*)
                     FROM events GROUP BY part
                 ) AS parts
                 FULL JOIN feed_parts USING (feed, part)
                 WHERE row_count IS DISTINCT FROM coalesce(stored, 0)"
            ),
            "",
            "the counts of parts"
        );
        self.check_summaries();
    }

    /// Summaries match the rows, and days without a dump have none.
    fn check_summaries(&self) {
        let differ = |sql: &str| self.table(&format!("{sql} ORDER BY 1, 2, 3, 4, 5, 6 LIMIT 5"));
        assert_eq!(differ(&format!("TABLE spot_daily EXCEPT ALL ({DAILY})")), "", "summaries");
        assert_eq!(differ(&format!("{DAILY} EXCEPT ALL TABLE spot_daily")), "", "rows without summaries");
    }
}

/// The expected `spot_daily`, from the rows that users see.
const DAILY: &str = "
    WITH prices AS (
        SELECT account_id, region, availability_zone, instance_type, product_description, price,
               \"timestamp\" AS since, lead(\"timestamp\") OVER pool AS next, lag(price) OVER pool AS before,
               \"timestamp\" - lag(\"timestamp\") OVER pool < interval '36 hours' AS is_known_before
        FROM spot_prices
        WINDOW pool AS (
            PARTITION BY account_id, region, availability_zone, instance_type, product_description
            ORDER BY \"timestamp\")
    ),
    valid AS (
        SELECT prices.*, day, midnight,
               extract(epoch FROM least(next, since + interval '36 hours', midnight + interval '24 hours')
                                  - greatest(since, midnight))::numeric AS seconds
        FROM prices
        JOIN ledger USING (account_id, region)
        CROSS JOIN LATERAL (SELECT day::timestamp AT TIME ZONE 'UTC' AS midnight) AS begin
        WHERE feed = 'spot' AND status = 'landed' AND since < midnight + interval '24 hours'
          AND least(next, since + interval '36 hours') > midnight
    )
    SELECT account_id, region, availability_zone, instance_type, product_description, day,
           round(sum(price * seconds) / sum(seconds), 10) AS average,
           (array_agg(price ORDER BY since))[1] AS open, (array_agg(price ORDER BY since DESC))[1] AS close,
           min(price) AS low, max(price) AS high, count(*) FILTER (WHERE since >= midnight) AS records,
           count(*) FILTER (WHERE since >= midnight AND is_known_before AND price <> before) AS changes,
           sum(seconds) AS covered_seconds
    FROM valid
    GROUP BY account_id, region, availability_zone, instance_type, product_description, day";

struct Server {
    admin: DatabaseUrl,
    template: String,
    socket: PathBuf,
}

impl Server {
    fn url(&self, database: &str) -> DatabaseUrl {
        DatabaseUrl::parse(&self.template.replace("/landfall?", &format!("/{database}?"))).unwrap()
    }
}

/// The one Postgres of this test process.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let folder = tempfile::Builder::new().prefix("landfall-test-").tempdir_in("/tmp").unwrap().keep();
        let postgres = PrivatePostgres::start(&folder, "landfall").unwrap();
        stop_with_this_process(&folder);
        let template = postgres.url().to_owned();
        // The handle lasts as long as the process: the watcher stops the server.
        mem::forget(postgres);
        let server = Server {
            admin: DatabaseUrl::parse(&template).unwrap(),
            template,
            socket: folder.join("run/.s.PGSQL.5432"),
        };
        db::connect(&server.admin).unwrap().batch_execute("CREATE DATABASE landfall_template").unwrap();
        db::migrate(&mut db::connect(&server.url("landfall_template")).unwrap()).unwrap();
        server
    })
}

/// Stops the server and removes its folder when this process ends, however it ends: its end of the pipe is closed then.
fn stop_with_this_process(folder: &Path) {
    let watcher = Command::new("sh")
        .arg("-c")
        .arg(
            r#"cat >/dev/null
               pid=$(find "$0" -name postmaster.pid -exec head -n 1 {} \;)
               kill -INT "$pid" && while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
               rm -rf "$0""#,
        )
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    mem::forget(watcher);
}
