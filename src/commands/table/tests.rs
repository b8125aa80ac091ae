use super::{Fit, Palette, Table};

fn table(rows: &[[&str; 4]]) -> Table<'static> {
    Table {
        header: vec!["account", "zone", "average", "p95"],
        rows: rows.iter().map(|row| row.iter().map(ToString::to_string).collect()).collect(),
        naming: &["account"],
        optional: &["p95"],
        complete: "--format csv",
    }
}

fn written(table: &Table<'_>, width: Option<usize>) -> String {
    let mut text = Vec::new();
    table.write_within(width, Palette::default(), &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

const ONE_ACCOUNT: [[&str; 4]; 2] =
    [["000000000001", "eu-west-3a", "0.05", "0.06"], ["000000000001", "eu-west-3b", "0.06", "0.07"]];

#[test]
fn without_a_terminal_or_with_space_everything_is_there() {
    let table = table(&ONE_ACCOUNT);
    let whole = written(&table, None);
    // 12, 10, 7 and 4 characters, a space on both sides of each, and one between them.
    assert_eq!(whole.lines().map(|line| line.chars().count()).max(), Some(44));
    assert_eq!(written(&table, Some(44)), whole);
    assert_ne!(written(&table, Some(43)), whole);
}

#[test]
fn what_all_rows_have_in_common_goes_first_and_is_said_below() {
    let table = table(&ONE_ACCOUNT);
    assert_eq!(table.fit(43), Fit { shown: vec![1, 2, 3], same: vec![0], hidden: vec![] });
    assert_eq!(table.fit(28), Fit { shown: vec![1, 2], same: vec![0], hidden: vec![3] });
    let narrow = written(&table, Some(28));
    assert!(narrow.lines().take(6).all(|line| line.chars().count() <= 28), "{narrow}");
    assert!(narrow.contains("in all rows: account 000000000001\n"), "{narrow}");
    assert!(narrow.contains("no space for: p95 (see --format csv)\n"), "{narrow}");
}

#[test]
fn what_differs_goes_in_its_order() {
    let mut rows = ONE_ACCOUNT;
    rows[1][0] = "000000000002";
    assert_eq!(table(&rows).fit(43), Fit { shown: vec![0, 1, 2], same: vec![], hidden: vec![3] });
    // One row has everything in common with itself.
    assert_eq!(table(&rows[..1]).fit(43), Fit { shown: vec![0, 1, 2], same: vec![], hidden: vec![3] });
    assert_eq!(table(&[]).fit(20), Fit { shown: vec![0, 1, 2], same: vec![], hidden: vec![3] });
    // Without its account nobody would know which pool a row is of.
    assert_eq!(table(&rows).fit(20), Fit { shown: vec![0, 1, 2], same: vec![], hidden: vec![3] });
}

#[test]
fn what_must_stay_is_wrapped() {
    let narrow = written(&table(&ONE_ACCOUNT), Some(16));
    let (captions, lines): (Vec<&str>, Vec<&str>) = narrow.lines().partition(|line| line.contains(": "));
    assert_eq!(captions.len(), 2);
    assert!(lines.iter().all(|line| line.chars().count() <= 16), "{narrow}");
}
