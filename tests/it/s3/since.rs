//! Listings that leave out the folders of days before `--since`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;

use super::{BUCKET, EMPTY};
use crate::support::{Database, Fault, Folder, Landfall, TestS3, dump_name_of};

const SINCE: &str = "2020-05-10";

/// A bucket with two dumps of each day from the first to the twelfth of May 2020, a folder for each.
fn bucket() -> TestS3 {
    let s3 = TestS3::start();
    s3.create_bucket(BUCKET);
    for day in 1..=12 {
        for account in ["000000000001", "000000000002"] {
            let day = format!("2020-05-{day:02}");
            s3.put(BUCKET, &format!("p/dt={day}/{}", dump_name_of(account, &day)), EMPTY);
        }
    }
    s3
}

#[test]
fn old_keys_take_one_page_however_many_there_are() {
    let (s3, database) = (bucket(), Database::new());
    s3.set_page(4);
    let import = |args: &[&str]| {
        let before = s3.lists();
        let args = [&["import", "--json", "s3://prices/p/"], args].concat();
        let report = Landfall::on(&database, &args).with(&s3).run().expect(0).json();
        (report["landed"].as_u64().unwrap(), s3.lists() - before)
    };
    // One page of old keys, and two of the six keys from the tenth on.
    assert_eq!(import(&["--since", SINCE]), (6, 3));
    assert_eq!(import(&["--since", "2020-05-12", "--until", SINCE.replace("10", "12").as_str()]), (0, 2));
    assert_eq!(import(&[]), (18, 6));
    // Two days ago was long after these.
    assert_eq!(import(&["--since", "2d"]), (0, 2));
    database.check();
}

#[test]
fn a_server_that_cannot_start_at_a_key_is_an_error() {
    let (s3, database) = (bucket(), Database::new());
    s3.set_page(4);
    s3.inject_list(Fault::Stall(Duration::ZERO), 1);
    s3.inject_list(Fault::FromTheStart, 100);
    let error = Landfall::on(&database, &["import", "--since", SINCE, "s3://prices"]).with(&s3).run().error();
    let first = format!("p/dt=2020-05-01/{}", dump_name_of("000000000001", "2020-05-01"));
    assert_eq!(
        error,
        format!(
            "the listing of s3://prices is not whole: page 2 repeats an earlier page, from {first} on; check AWS_ENDPOINT_URL, or update the server there"
        )
    );
    assert_eq!(s3.lists(), 2);
}

#[test]
fn a_source_with_earlier_days_only_is_not_taken_for_misspelt() {
    let (s3, database, folder) = (bucket(), Database::new(), Folder::new());
    folder.write("p/dt=2020-05-01/x.json", EMPTY);
    for source in ["s3://prices/p/dt=2020-05-0", folder.path().to_str().unwrap()] {
        let args = ["import", "--since", SINCE, source];
        let run = Landfall::on(&database, &args).with(&s3).run().expect(0);
        assert_eq!(
            run.messages().iter().filter(|message| message.contains("misspelt")).collect::<Vec<_>>(),
            ["no dump matches --since, --until, --account and --region: correct them if they are misspelt"],
            "{}",
            run.stderr
        );
        assert!(!run.stdout.contains("no objects"), "{}", run.stdout);
    }
}

/// A folder in which dumps may be.
fn folder() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (1..=14).prop_map(|day| format!("dt=2020-05-{day:02}")),
        3 => select(vec!["a", "b", "é + ~"]).prop_map(ToOwned::to_owned),
        2 => select(vec![
            "dt=2020-05-04x", "dt=2020-05-09 05", "dt=2020-05-10-05", "dt=2020-05-10 05", "dt=2020-05-1", "dt=2020-05-0",
            "dt=2020-05-00", "dt=2020-05", "dt=2020", "dt=20200504", "dt=19", "dt=", "dt=!", "dt=~", "dt", "DT=2020-05-04",
        ])
        .prop_map(ToOwned::to_owned),
    ]
}

/// Keys, with the days of the dumps; what is no dump has none.
fn keys() -> impl Strategy<Value = BTreeMap<String, Option<String>>> {
    let name = prop_oneof![
        6 => (1..=14, 1..=3).prop_map(|(day, account)| {
            let day = format!("2020-05-{day:02}");
            (dump_name_of(&format!("{account:012}"), &day), Some(day))
        }),
        1 => select(vec!["log", "dt=2020-05-04", "dt=2020-05-10", "dt=2020-05-12"]).prop_map(|name| (name.to_owned() + ".txt", None)),
    ];
    let key = (prop::collection::vec(folder(), 0..=3), name)
        .prop_map(|(folders, (name, day))| ([folders, vec![name]].concat().join("/"), day));
    prop::collection::vec(key, 0..=40).prop_map(|keys| keys.into_iter().collect())
}

/// What each folder of an earlier day in a key is in.
fn parents_of_earlier(key: &str) -> Vec<&str> {
    let earlier: Vec<String> = (1..=9).map(|day| format!("dt=2020-05-{day:02}/")).collect();
    let starts = key.match_indices("dt=").map(|(at, _)| at);
    starts
        .filter(|at| *at == 0 || key[..*at].ends_with('/'))
        .filter(|at| earlier.iter().any(|folder| key[*at..].starts_with(folder)))
        .map(|at| &key[..at])
        .collect()
}

/// The keys that a listing of a bucket has, and the parents in which it leaves out folders.
fn listed<'k>(keys: &'k BTreeSet<&'k str>) -> (BTreeSet<&'k str>, BTreeSet<&'k str>) {
    let steps: Vec<(&str, &str)> = keys
        .iter()
        .flat_map(|key| parents_of_earlier(key).into_iter().map(|parent| (*key, parent)))
        .collect();
    let left_out = |key: &str| {
        steps.iter().any(|(first, parent)| {
            *first <= key
                && key.starts_with(&format!("{parent}dt="))
                && key <= format!("{parent}dt={SINCE}").as_str()
        })
    };
    let parents = steps.iter().map(|(_, parent)| *parent).collect();
    (keys.iter().copied().filter(|key| !left_out(key)).collect(), parents)
}

fn planned(landfall: Landfall, root: &str) -> BTreeSet<String> {
    let plan = landfall.run().expect(0).json();
    let tasks = plan["tasks"].as_array().unwrap().iter();
    tasks.map(|task| task["location"].as_str().unwrap().strip_prefix(root).unwrap().to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn what_is_planned_is_a_whole_listing_less_what_is_earlier(
        keys in keys(),
        prefix in select(vec!["", "", "", "a", "a/", "dt=2020-05-0", "dt=2020-05-1", "a/dt="]),
        page in 1..=6_usize,
    ) {
        static DATABASE: std::sync::LazyLock<Database> = std::sync::LazyLock::new(Database::new);
        let (s3, folder) = (TestS3::start(), Folder::new());
        s3.create_bucket(BUCKET);
        s3.set_page(page);
        for key in keys.keys() {
            s3.put(BUCKET, key, EMPTY);
            folder.write(key, EMPTY);
        }
        let wanted = |key: &str| keys[key].as_deref().is_some_and(|day| day >= SINCE);
        let args = ["import", "--dry-run", "--json", "--since", SINCE];
        let source = format!("s3://{BUCKET}/{prefix}");
        let found = planned(Landfall::on(&DATABASE, &args).arg(&source).with(&s3), "s3://prices/");
        let all: BTreeSet<&str> = keys.keys().map(String::as_str).filter(|key| key.starts_with(prefix)).collect();
        let (listed, parents) = listed(&all);
        let expected: BTreeSet<String> = listed.iter().filter(|key| wanted(key)).map(|key| (*key).to_owned()).collect();
        prop_assert_eq!(found, expected);
        // A page of old keys for each parent, and the pages of all others.
        let most = 1 + (listed.len() + parents.len() * page) / page;
        prop_assert!(s3.lists() <= most, "{} pages of {page}, not {most}", s3.lists());

        let root = format!("file://{}/", folder.path().canonicalize().unwrap().display());
        let found = planned(Landfall::on(&DATABASE, &args).arg(folder.path()), &root);
        let expected: BTreeSet<String> =
            keys.keys().filter(|key| parents_of_earlier(key).is_empty() && wanted(key)).cloned().collect();
        prop_assert_eq!(found, expected);
    }
}
