//! Compressed dumps: by their names or by `Content-Encoding`, alone and beside the same dumps uncompressed.

use std::fs;

use crate::support::{
    Database, Fault, Folder, Landfall, Run, SUFFIXES, TestS3, compressed, dump_name, gzip, import, json, zstd,
};

const BUCKET: &str = "prices";

fn body(day: u32, price: &str) -> String {
    json(&[
        ("a", &format!("2020-05-{day:02} 10:00:00"), price),
        ("b", &format!("2020-05-{day:02} 11:00:00"), "0.2"),
        // The last price before the day.
        ("a", &format!("2020-05-{:02} 23:00:00", day - 1), "0.3"),
    ])
}

fn name(day: u32) -> String {
    dump_name(&format!("2020-05-{day:02}"))
}

/// Rows without the dump they come from.
fn rows(database: &Database) -> Vec<(String, String, String)> {
    database.check();
    database.rows().into_iter().map(|row| (row.pool, row.at, row.price)).collect()
}

/// A bucket, and a database.
struct World {
    s3: TestS3,
    database: Database,
}

impl World {
    fn new() -> Self {
        let s3 = TestS3::start();
        s3.create_bucket(BUCKET);
        Self { s3, database: Database::new() }
    }

    fn run(&self, args: &[&str]) -> Run {
        Landfall::on(&self.database, args).with(&self.s3).run()
    }

    /// Imports the bucket; returns how many dumps landed, were unchanged, still rejected and rejected now.
    fn import(&self, code: i32) -> [u64; 4] {
        let report = self.run(&["import", "--json", "s3://prices"]).expect(code).json();
        let rejected = report["rejected"].as_array().unwrap().len() as u64;
        let count = |name: &str| report[name].as_u64().unwrap();
        [count("landed"), count("unchanged"), count("still_rejected"), rejected]
    }
}

#[test]
fn a_compressed_dump_lands_once_as_its_plain_one_does() {
    let plain = {
        let (database, folder) = (Database::new(), Folder::new());
        (5..8).for_each(|day| drop(folder.write(&name(day), body(day, "0.1"))));
        assert_eq!(import(&database, &[folder.path()]).landed, 3);
        rows(&database)
    };
    for suffix in SUFFIXES {
        let (database, folder) = (Database::new(), Folder::new());
        // A byte order mark is skipped behind a compression too.
        let text = |day| ["\u{feff}", &body(day, "0.1")].concat();
        (5..8).for_each(|day| drop(folder.write(&(name(day) + suffix), compressed(suffix, text(day)))));
        let report = import(&database, &[folder.path()]);
        assert_eq!((report.landed, report.rejected.len(), report.rows_new), (3, 0, 9), "{suffix}");
        assert_eq!(rows(&database), plain, "{suffix}");
        let again = import(&database, &[folder.path()]);
        assert_eq!((again.landed, again.unchanged), (0, 3), "{suffix}");
        // The name is that of the dump; key, size and hash are those of the file.
        let stored = fs::read(folder.path().join(name(5) + suffix)).unwrap();
        assert_eq!(
            database.table(&format!(
                "SELECT name, key LIKE '%.json{suffix}', size, sha256 = sha256('\\x{}') FROM ledger ORDER BY name LIMIT 1",
                stored.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
            )),
            format!("{} | true | {} | true\n", name(5), stored.len())
        );
    }
}

#[test]
fn the_same_dump_in_several_compressions_is_one_dump_in_any_order() {
    for order in [["", ".gz", ".zst"], [".zst", "", ".gz"], [".gz", ".zst", ""]] {
        for in_one_run in [true, false] {
            for ascending in [true, false] {
                let (database, folder) = (Database::new(), Folder::new());
                for (number, suffix) in order.iter().enumerate() {
                    let second = 1_600_000_000 + if ascending { number } else { 9 - number } as u64;
                    folder.write_at(&(name(5) + suffix), compressed(suffix, body(5, "0.1")), second);
                    if !in_one_run {
                        import(&database, &[folder.path()]);
                        assert_eq!(rows(&database).len(), 3);
                    }
                }
                import(&database, &[folder.path()]);
                assert_eq!(rows(&database).len(), 3, "{order:?} {in_one_run} {ascending}");
                let again = import(&database, &[folder.path()]);
                assert_eq!((again.landed, again.superseded, again.unchanged), (0, 0, 3));
                let current = if ascending { order[2] } else { order[0] };
                let landed = database.table("SELECT key FROM ledger WHERE status = 'landed'");
                assert!(
                    landed.ends_with(&format!(".json{current}\n")),
                    "not the one modified last: {landed}"
                );
            }
        }
    }
}

/// `gzip` keeps the time of a file: the rules decide between equal times too, and the rows are the same.
#[test]
fn files_that_were_compressed_in_place_change_no_row() {
    let (database, folder) = (Database::new(), Folder::new());
    for day in 5..9 {
        folder.write_at(&name(day), body(day, "0.1"), 1_600_000_000);
    }
    import(&database, &[folder.path()]);
    let before = rows(&database);
    for day in 5..9 {
        fs::remove_file(folder.path().join(name(day))).unwrap();
        folder.write_at(&(name(day) + ".gz"), gzip(body(day, "0.1")), 1_600_000_000);
    }
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.landed + report.superseded, report.rejected.len()), (4, 0));
    assert_eq!(rows(&database), before);
    assert_eq!(import(&database, &[folder.path()]).unchanged, 4);
}

#[test]
fn a_correction_may_come_compressed_and_a_compressed_dump_be_withdrawn() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.write(&name(5), body(5, "0.1"));
    import(&database, &[folder.path()]);
    folder.write(&(name(5) + ".gz"), gzip(body(5, "0.7")));
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.replaced, report.rows_new, report.rows_removed), (1, 2, 2));
    assert!(rows(&database).iter().any(|(_, _, price)| price == "0.700000"));
    // By the name of its file, or of the dump.
    for (file, removed) in [(name(5) + ".gz", 3), (name(5), 0)] {
        let run = Landfall::on(&database, &["withdraw", "--json", &file]).run().expect(0).json();
        assert_eq!(
            (&run["rows_removed"], &run["before"]),
            (&removed.into(), &(removed == 0).into()),
            "{run:#}"
        );
    }
    assert_eq!(rows(&database), []);
    // An older revision does not come back, however it is compressed.
    folder.write_at(&(name(5) + ".zst"), zstd(body(5, "0.1")), 1_500_000_000);
    assert_eq!(import(&database, &[folder.path()]).landed, 0);
    assert_eq!(rows(&database), []);
}

#[test]
fn days_are_selected_by_the_names_of_compressed_dumps_too() {
    let (database, folder) = (Database::new(), Folder::new());
    for (day, suffix) in [(5, ".gz"), (6, ".zst"), (7, "")] {
        folder.write(&(name(day) + suffix), compressed(suffix, body(day, "0.1")));
    }
    let since = ["import", "--since", "2020-05-06", "--json"];
    let dry =
        Landfall::on(&database, &[&since[..], &["--dry-run"]].concat()).arg(folder.path()).run().expect(0);
    assert_eq!(dry.stdout.matches("spotprices_").count(), 2, "{}", dry.stdout);
    assert!(dry.stdout.contains(".json.zst"), "{}", dry.stdout);
    let report = Landfall::on(&database, &since).arg(folder.path()).run().expect(0).json();
    assert_eq!((&report["landed"], &report["unselected"]), (&2.into(), &1.into()));
    // Impossible names are rejected as they are without the suffix; others are no dumps.
    folder.write("spotprices_20200532_123456789012_eu-west-3.json.gz", gzip("[]"));
    folder.write(&(name(8) + ".bz2"), "BZh");
    folder.write(&(name(8) + ".gz.gz"), gzip(gzip("[]")));
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.landed, report.rejected.len(), report.ignored), (1, 1, 2));
    assert!(report.rejected[0].error.reason.contains("is not a date"));
}

#[test]
fn what_cannot_be_decompressed_is_rejected_once_and_keeps_nothing_out() {
    let (database, folder) = (Database::new(), Folder::new());
    let whole = gzip(body(9, "0.1").repeat(100));
    let bomb = gzip(" ".repeat(8 * 1024 * 1024));
    for (day, suffix, bytes) in [
        (5, ".gz", whole[..whole.len() / 2].to_vec()),
        (6, ".gz", [gzip(body(6, "0.1")), b"\0".to_vec()].concat()),
        (7, ".gz", body(7, "0.1").into_bytes()),
        (8, ".zst", zstd(body(8, "0.1"))[..40].to_vec()),
        (9, "", gzip(body(9, "0.1"))),
        (10, ".gz", bomb),
        (11, ".gz", vec![]),
        (12, ".zst", zstd(body(12, "0.1"))),
    ] {
        folder.write(&(name(day) + suffix), bytes);
    }
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.landed, report.rejected.len(), report.failed.len()), (1, 7, 0));
    insta::assert_snapshot!(
        database.table("SELECT extract(day FROM day)::text, octet_length(sha256), reason FROM ledger WHERE status = 'rejected' ORDER BY day"),
        @r"
    5 | 32 | the dump is cut off: what gzip compressed does not end
    6 | 32 | bytes follow the end of what gzip compressed: deliver what gzip writes, and nothing else
    7 | 32 | the name ends in .gz, but the content is not compressed with gzip: correct the one or the other
    8 | 32 | the dump is cut off: what zstd compressed does not end
    9 | 32 | the content is compressed with gzip: say so by .gz after its name or by Content-Encoding, or deliver it uncompressed
    10 | 32 | the content is more than 200 times as large as it is compressed: deliver it uncompressed
    11 | 32 | the dump is empty: it has no bytes, not even []
    "
    );
    let again = import(&database, &[folder.path()]);
    assert_eq!((again.still_rejected, again.unchanged, again.rejected.len()), (7, 1, 0));
    // Delivered again, whole, they land.
    for day in 5..12 {
        folder.write(&(name(day) + ".gz"), gzip(body(day, "0.1")));
    }
    assert_eq!(import(&database, &[folder.path()]).landed, 7);
    database.check();
}

#[test]
fn the_encoding_of_an_object_is_undone() {
    let world = World::new();
    let text = body(5, "0.1");
    for (day, suffix, encoding, bytes) in [
        (5, "", "gzip", gzip(body(5, "0.1"))),
        (6, "", "aws-chunked,gzip", gzip(body(6, "0.1"))),
        (7, "", "aws-chunked", body(7, "0.1").into_bytes()),
        (8, "", "zstd", zstd(body(8, "0.1"))),
        (9, ".gz", "gzip", gzip(gzip(body(9, "0.1")))),
        // As tools store it that tell the encoding by the name.
        (10, ".gz", "gzip", gzip(body(10, "0.1"))),
        (11, ".gz", "identity", gzip(body(11, "0.1"))),
    ] {
        let key = name(day) + suffix;
        world.s3.put(BUCKET, &key, bytes);
        world.s3.set_encoding(&key, encoding);
    }
    assert_eq!(world.import(0), [7, 0, 0, 0]);
    assert_eq!(rows(&world.database).len(), 21);
    assert_eq!(world.import(0), [0, 7, 0, 0]);
    // The same dump elsewhere, as it is: the same bytes are not there, the same rows are.
    world.s3.put(BUCKET, &format!("copy/{}", name(5)), text);
    assert_eq!(world.import(0), [1, 7, 0, 0]);
    assert_eq!(rows(&world.database).len(), 21);
}

#[test]
fn an_encoding_that_is_wrong_or_unknown_rejects_the_dump_until_it_is_corrected() {
    let world = World::new();
    world.s3.put(BUCKET, &name(5), body(5, "0.1"));
    world.s3.set_encoding(&name(5), "gzip");
    world.s3.put(BUCKET, &name(6), "(brotli)");
    world.s3.set_encoding(&name(6), "br");
    world.s3.put(BUCKET, &name(7), body(7, "0.1"));
    assert_eq!(world.import(3), [1, 0, 0, 2]);
    insta::assert_snapshot!(
        world.database.table("SELECT octet_length(sha256), reason FROM ledger WHERE status = 'rejected' ORDER BY day"),
        @r#"
    32 | the Content-Encoding is gzip, but the content is not compressed with gzip: correct the one or the other
    32 | the Content-Encoding is "br": deliver it as it is, or compressed with gzip or zstd
    "#
    );
    assert_eq!(world.import(0), [0, 1, 2, 0]);
    // Only the metadata was corrected: S3 gives the object the same ETag, so that an import cannot see it.
    world.s3.set_encoding(&name(5), "");
    assert_eq!(world.import(0), [0, 1, 2, 0]);
    let report = world.run(&["retry", "--json"]).expect(3).json();
    assert_eq!(report["landed"], 1, "{report:#}");
    world.database.check();
}

#[test]
fn a_broken_connection_rejects_no_compressed_dump() {
    let world = World::new();
    for (day, suffix) in [(5, ".gz"), (6, ".zst"), (7, "")] {
        let key = name(day) + suffix;
        let bytes = compressed(if day == 7 { ".gz" } else { suffix }, body(day, "0.1"));
        for after in [3, bytes.len() / 2, bytes.len() - 1] {
            world.s3.inject(&key, Fault::Cut { after }, 1);
        }
        world.s3.put(BUCKET, &key, bytes);
    }
    world.s3.set_encoding(&name(7), "gzip");
    assert_eq!(world.import(0), [3, 0, 0, 0]);
    assert_eq!(rows(&world.database).len(), 9);
}

#[test]
fn freight_batches_may_be_compressed_in_every_format() {
    let (database, folder) = (Database::new(), Folder::new());
    let sql = "COPY public.regions (slug, name, parent_slug) FROM stdin;\nnorway\tNorway\t\\N\n\\.\n\
        COPY public.ports (code, name, parent_slug) FROM stdin;\nNOOSL\tOslo\tnorway\n\\.\n\
        COPY public.prices (orig_code, dest_code, day, price) FROM stdin;\nNOOSL\tNOOSL\t2021-01-31\t4\n\\.\n";
    let record = r#"{"orig_code":"NOOSL","dest_code":"NOOSL","day":"2021-01-31","price":5}"#;
    let csv = "orig_code,dest_code,day,price\nNOOSL,NOOSL,2021-01-31,6\n";
    let files = [
        ("rates.sql", sql.to_owned()),
        ("freightrates_20210201_1.json", format!("[{record}]")),
        ("freightrates_20210201_2.ndjson", format!("{record}\n")),
        ("freightrates_20210201_3.csv", csv.to_owned()),
    ];
    let prices = |database: &Database| {
        database.table("SELECT price, name FROM freight_rates JOIN ledger ON ledger.id = dump_id ORDER BY 2")
    };
    // Each again in another compression: a revision with the same prices, which replaces the one before.
    let mut first = None;
    for suffix in [".gz", "", ".zst"] {
        for (name, text) in &files {
            folder.write(&format!("{name}{suffix}"), compressed(suffix, text));
        }
        let report = import(&database, &[folder.path()]);
        assert_eq!((report.landed, report.rejected.len()), (4, 0), "{suffix}");
        let prices = prices(&database);
        assert_eq!(prices.lines().count(), 4, "{suffix}: {prices}");
        assert_eq!(&prices, first.get_or_insert(prices.clone()), "{suffix}");
    }
}
