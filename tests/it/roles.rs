//! `landfall roles`: an administrator without superuser sets up an owner and a reader.

use std::thread;
use std::time::{Duration, Instant};

use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use diesel_migrations::MigrationHarness;
use landfall::db::{self, DatabaseUrl};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::migrations::MIGRATIONS;
use crate::support::{Database, Folder, Landfall, Run, Server};

/// A database of an administrator, who may create roles, as the master user of RDS; and names for two roles, which
/// have to be quoted.
struct World {
    database: Database,
    admin: String,
    owner: String,
    reader: String,
}

impl World {
    fn new() -> Self {
        let database = Database::blank();
        let name = database.name.clone();
        let admin = format!("admin_{name}");
        database.execute(&format!(
            "CREATE ROLE {admin} LOGIN CREATEROLE CREATEDB; ALTER DATABASE {name} OWNER TO {admin}"
        ));
        Self { admin, owner: format!("\"ow'ner\" of {name}; --"), reader: format!("Reader_{name}"), database }
    }

    fn url(&self, role: &str) -> String {
        let role = utf8_percent_encode(role, NON_ALPHANUMERIC).to_string();
        self.database.url.secret().replacen("//landfall@", &format!("//{role}@"), 1)
    }

    fn connect(&self, role: &str) -> PgConnection {
        db::connect(&DatabaseUrl::parse(&self.url(role)).unwrap()).unwrap()
    }

    fn landfall(&self, role: &str, args: &[&str]) -> Landfall {
        Landfall::bare(args).env("DATABASE_URL", self.url(role))
    }

    fn roles(&self, options: &[&str]) -> Run {
        let args = ["roles", "--owner", &self.owner, "--reader", &self.reader];
        self.landfall(&self.admin, &[&args, options].concat()).run()
    }

    fn import(&self, role: &str, day: &str) {
        let folder = Folder::new();
        folder.dump(day, &[("a", &format!("{day} 10:00:00"), "0.1")]);
        let args = ["import", "examples/freight/rates.sql"];
        self.landfall(role, &args).arg(folder.path()).run().expect(0);
    }

    /// All that the privileges in the schema depend on.
    fn privileges(&self) -> String {
        let sorted =
            |acl: &str| format!("(SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest({acl}) AS a)");
        let (relation, routine, schema, default) =
            (sorted("relacl"), sorted("proacl"), sorted("nspacl"), sorted("defaclacl"));
        self.database.table(&format!(
            "SELECT 'relation', relname::text, pg_get_userbyid(relowner)::text, {relation} FROM pg_class
             WHERE relnamespace = 'public'::regnamespace
             UNION ALL SELECT 'routine', oid::regprocedure::text, pg_get_userbyid(proowner), {routine} FROM pg_proc
             WHERE pronamespace = 'public'::regnamespace
             UNION ALL SELECT 'schema', nspname, pg_get_userbyid(nspowner), {schema} FROM pg_namespace
             WHERE nspname = 'public'
             UNION ALL SELECT 'default', pg_get_userbyid(defaclrole), defaclobjtype::text, {default}
             FROM pg_default_acl
             UNION ALL SELECT 'member', pg_get_userbyid(roleid), pg_get_userbyid(grantor), admin_option::text
             FROM pg_auth_members WHERE pg_get_userbyid(member) = '{}'
             ORDER BY 1, 2, 3, 4",
            self.admin
        ))
    }

    /// The owner owns everything, and writes; the reader reads everything, and writes nothing.
    fn check(&self) {
        let others = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND pg_get_userbyid(relowner) <> '";
        let quoted = self.owner.replace('\'', "''");
        assert_eq!(self.database.table(&format!("{others}{quoted}'")), "");
        assert!(
            self.database.number("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")
                > 50
        );
        assert_eq!(
            self.database.number(&format!(
                "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND pg_get_userbyid(proowner) <> '{quoted}'"
            )),
            0
        );
        // A month without a partition yet: the owner creates and attaches one, which the reader may read as well.
        self.import(&self.owner, "2020-07-04");
        self.landfall(&self.owner, &["migrate"]).run().expect(0);
        let serve = |role: &str| {
            let server = Server::start(|args| self.landfall(role, args), &[]);
            server.get("/readyz").expect(200);
            server.get("/").expect(200);
            server.get("/v1/spot/pools").expect(200);
            server
                .get("/rates?date_from=2021-01-01&date_to=2021-01-31&orig_code=CNGGZ&dest_code=EETLL")
                .expect(200);
            server
        };
        serve(&self.owner)
            .post("first", "text/csv", "orig_code,dest_code,day,price\nCNGGZ,EETLL,2021-02-01,10\n")
            .expect(201);
        serve(&self.reader)
            .post("second", "text/csv", "orig_code,dest_code,day,price\nCNGGZ,EETLL,2021-02-01,10\n")
            .expect(503);

        let range = ["--from", "2020-07-04", "--to", "2020-07-05"];
        for args in [&["status"][..], &["prices"], &["cheapest"], &["coverage"]] {
            let days = if args == ["status"] { &[][..] } else { &range[..] };
            let run = self.landfall(&self.reader, &[args, days].concat()).run().expect(0);
            assert!(!run.stdout.is_empty(), "{args:?}");
        }
        let pool = ["--region", "eu-west-3", "--instance-type", "c5.large", "--product", "Linux/UNIX"];
        let chart =
            self.landfall(&self.reader, &[&["chart", "-o", "-"], &pool[..], &range].concat()).run().expect(0);
        assert!(chart.stdout.starts_with("<svg"), "{}", chart.stdout);
        self.writes_nothing();
    }

    fn writes_nothing(&self) {
        let mut connection = self.connect(&self.reader);
        let mut fails = |sql: String| {
            let error = connection.batch_execute(&sql).unwrap_err().to_string();
            let denied =
                ["permission denied for ", "must be owner of "].iter().any(|text| error.contains(text));
            assert!(denied, "{sql}: {error}");
        };
        let tables = self.database.table(
            "SELECT c.oid::regclass::text || ';' || quote_ident(attname) FROM pg_class AS c
             JOIN pg_attribute ON attrelid = c.oid AND attnum = 1
             WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1",
        );
        assert!(tables.lines().count() > 12, "{tables}");
        for line in tables.lines() {
            let (table, column) = line.split_once(';').unwrap();
            fails(format!("INSERT INTO {table} DEFAULT VALUES"));
            fails(format!("UPDATE {table} SET {column} = NULL"));
            fails(format!("DELETE FROM {table}"));
            fails(format!("TRUNCATE {table}"));
            fails(format!("DROP TABLE {table}"));
        }
        fails("CREATE TABLE mine (a integer)".to_owned());
        fails("SELECT nextval(pg_get_serial_sequence('ledger', 'id'))".to_owned());
        fails("SELECT spot_ensure_month('2031-01-01')".to_owned());
        // Views that join cannot be written by anybody; the others must not let it through.
        let reader = self.reader.replace('\'', "''");
        assert_eq!(
            self.database.number(&format!(
                "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'v'
                 AND has_table_privilege('{reader}', oid, 'INSERT, UPDATE, DELETE')"
            )),
            0
        );
        assert_eq!(
            self.database.number(&format!(
                "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace
                 AND relkind IN ('r', 'p', 'v') AND NOT has_table_privilege('{reader}', oid, 'SELECT')"
            )),
            0
        );
    }
}

#[test]
fn an_empty_database_is_migrated_by_the_owner() {
    let world = World::new();
    world.roles(&[]).expect(0);
    world.landfall(&world.owner, &["migrate"]).run().expect(0);
    world.import(&world.owner, "2020-05-04");
    world.check();
    let before = world.privileges();
    world.roles(&[]).expect(0);
    assert_eq!(world.privileges(), before);
}

#[test]
fn what_the_administrator_had_becomes_the_owners() {
    let world = World::new();
    world.landfall(&world.admin, &["migrate"]).run().expect(0);
    world.import(&world.admin, "2020-05-04");
    world.roles(&[]).expect(0);
    let before = world.privileges();
    world.roles(&[]).expect(0);
    assert_eq!(world.privileges(), before);
    // What still runs as the administrator goes on.
    world.import(&world.admin, "2020-05-05");
    world.check();
    assert_eq!(world.database.number("SELECT count(*) FROM spot_prices"), 3);
}

/// Each migration changes what the ones before created: the owner may run it on tables that were the administrator's.
#[test]
fn the_owner_continues_migrations_of_the_administrator() {
    let count = {
        let world = World::new();
        let mut connection = world.connect(&world.admin);
        connection.run_pending_migrations(MIGRATIONS).unwrap().len()
    };
    for done in [1, 2, 4, 6, count - 1] {
        let world = World::new();
        let mut connection = world.connect(&world.admin);
        for _ in 0..done {
            connection.run_next_migration(MIGRATIONS).unwrap();
        }
        world.roles(&[]).expect(0);
        world.landfall(&world.owner, &["migrate"]).run().expect(0);
        world.import(&world.owner, "2020-05-04");
        world.landfall(&world.reader, &["prices"]).run().expect(0);
        assert_eq!(world.database.number("SELECT count(*) FROM spot_prices"), 1);
        if done == 1 {
            world.check();
        }
        // And takes them back.
        world.connect(&world.owner).revert_all_migrations(MIGRATIONS).unwrap();
    }
}

#[test]
fn a_schema_of_its_own() {
    let world = World::new();
    world.connect(&world.admin).batch_execute("CREATE SCHEMA prices").unwrap();
    let url = format!("{}&options=-csearch_path%3Dprices", world.url(&world.admin));
    let args = ["roles", "--owner", &world.owner, "--reader", &world.reader];
    Landfall::bare(&args).env("DATABASE_URL", &url).run().expect(0);
    // Both find it by themselves.
    world.import(&world.owner, "2020-05-04");
    assert_eq!(world.database.number("SELECT count(*) FROM prices.spot_prices"), 1);
    world.landfall(&world.reader, &["prices"]).run().expect(0);
}

#[test]
fn tokens_of_iam_need_the_role_of_rds() {
    let world = World::new();
    let error = world.roles(&["--rds-iam"]).error();
    assert_eq!(error, "the database has no role rds_iam, as those at RDS have: leave out --rds-iam");
    // Nothing was changed.
    let reader = world.reader.clone();
    let number = |sql: &str| world.database.number(sql);
    assert_eq!(number(&format!("SELECT count(*) FROM pg_roles WHERE rolname = '{reader}'")), 0);

    // As at RDS, where its members log in with tokens only.
    world.database.execute("CREATE ROLE rds_iam");
    let since_16 = number("SELECT current_setting('server_version_num')") >= 160_000;
    if since_16 {
        let options = "WITH ADMIN TRUE, INHERIT FALSE, SET FALSE";
        world.database.execute(&format!("GRANT rds_iam TO {} {options}", world.admin));
    }
    for _ in 0..2 {
        let run = world.roles(&["--rds-iam"]).expect(0);
        let is_member = "the role of DATABASE_URL is a direct or indirect member of rds_iam";
        assert_eq!(run.stderr.contains(is_member), since_16, "{}", run.stderr);
        for role in [&world.owner, &world.reader] {
            let role = role.replace('\'', "''");
            assert_eq!(number(&format!("SELECT pg_has_role('{role}', 'rds_iam', 'MEMBER')::integer")), 1);
        }
    }
    let can_act_as = "SELECT count(*) FROM pg_auth_members AS m JOIN pg_roles AS r ON r.oid = member WHERE NOT admin_option";
    assert_eq!(number(&format!("{can_act_as} AND rolname = '{}'", world.admin)), 0);
    world.landfall(&world.owner, &["migrate"]).run().expect(0);
    world.import(&world.owner, "2020-05-04");
    world.check();
    let quoted = world.owner.replace('"', "\"\"");
    world.database.execute(&format!("REVOKE rds_iam FROM \"{quoted}\", \"{reader}\"; DROP OWNED BY rds_iam"));
}

#[test]
fn a_running_import_is_waited_for() {
    let world = World::new();
    world.landfall(&world.admin, &["migrate"]).run().expect(0);
    world.import(&world.admin, "2020-05-04");
    // As an import does between its first statement and its commit.
    let mut importing = world.connect(&world.admin);
    importing
        .batch_execute("BEGIN; SELECT pg_advisory_xact_lock_shared(x'6c616e64'::integer, hashtext('spot')); LOCK TABLE spot_observations IN ROW EXCLUSIVE MODE")
        .unwrap();
    let began = Instant::now();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| world.roles(&[]));
        thread::sleep(Duration::from_secs(2));
        importing.batch_execute("UPDATE ledger SET records = records; COMMIT").unwrap();
        waiting.join().unwrap().expect(0);
    });
    assert!(began.elapsed() >= Duration::from_secs(2));
    world.check();
}

#[test]
fn what_would_not_be_least_privilege_is_refused() {
    let world = World::new();
    let roles = |owner: &str, reader: &str| {
        world.landfall(&world.admin, &["roles", "--owner", owner, "--reader", reader]).run().error()
    };
    let admin = &world.admin;
    assert_eq!(
        roles(admin, &world.reader),
        format!("{admin} is the role of DATABASE_URL, which sets up the others: choose another name")
    );
    world.database.execute(&format!("CREATE ROLE \"{}\" SUPERUSER", world.reader));
    world.landfall(&world.admin, &["migrate"]).run().expect(0);
    assert_eq!(
        world.roles(&[]).error(),
        format!(
            "{} would still be able to write: it is a superuser, or a member of a role that may",
            world.reader
        )
    );
    world.database.execute(&format!(
        "ALTER ROLE \"{}\" NOSUPERUSER; ALTER TABLE spot_pools OWNER TO landfall",
        world.reader
    ));
    assert_eq!(
        world.roles(&[]).error(),
        format!(
            "spot_pools (landfall) would not belong to {}: run `landfall roles` as their present owner, or as a superuser",
            world.owner
        )
    );
}

#[test]
fn a_schema_of_somebody_else() {
    let world = World::new();
    // As new databases had it up to Postgres 14.
    world.database.execute("ALTER SCHEMA public OWNER TO landfall; GRANT CREATE ON SCHEMA public TO PUBLIC");
    let warning = &world.roles(&[]).expect(0).messages()[0];
    assert_eq!(
        warning,
        "every role may create tables in the schema: let its owner REVOKE CREATE ON SCHEMA … FROM PUBLIC"
    );
    world.database.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    assert_eq!(
        world.roles(&[]).error(),
        format!(
            "{} may not create tables in the schema: run `landfall roles` as the owner of the schema, or as a superuser",
            world.owner
        )
    );
}
