//! `landfall chart`.

use std::fs;
use std::path::Path;

use crate::support::{Database, Folder, Landfall, Run, TestS3};

/// Three zones for three days, of which the second has no dump.
fn with_prices() -> (Database, Folder) {
    let (database, folder) = (Database::new(), Folder::new());
    folder.dump("2026-11-01", &[("a", "2026-11-01 00:00:00", "0.05"), ("b", "2026-11-01 06:00:00", "0.07")]);
    folder.dump("2026-11-03", &[("a", "2026-11-03 00:00:00", "0.06"), ("c", "2026-11-03 12:00:00", "0.04")]);
    Landfall::on(&database, &["--quiet", "import"]).arg(folder.path()).run().expect(0);
    (database, folder)
}

fn chart(database: &Database, args: &[&str], output: &Path) -> Run {
    Landfall::on(database, &[&["--quiet", "chart"], args, &["--output"]].concat()).arg(output).run()
}

#[test]
fn a_chart_has_every_pool_and_the_gaps_between() {
    let (database, _folder) = with_prices();
    let svg = chart(&database, &[], Path::new("-")).expect(0).stdout;
    let paths: Vec<&str> =
        svg.split("<path class=\"line").skip(1).map(|rest| rest.split('>').next().unwrap()).collect();
    let paths: Vec<&str> = paths.into_iter().filter(|path| path.contains("fill=\"none\"")).collect();
    assert_eq!(paths.len(), 3, "{svg}");
    // From the first of the days to the end of the first, and the third.
    assert_eq!(paths[0].matches('M').count(), 2, "{}", paths[0]);
    let description = svg.split("<desc").nth(1).unwrap().split("</desc>").next().unwrap();
    insta::assert_snapshot!(
        description.split_once('>').unwrap().1,
        @"Price in US dollars an hour, 2026-11-01 00:00 to 2026-11-04 00:00 UTC. eu-west-3a: 0.050000 to 0.060000, last 0.060000, unknown for 24 h. eu-west-3b: 0.070000 to 0.070000, last 0.070000, unknown for 54 h. eu-west-3c: 0.040000 to 0.040000, last 0.040000, unknown for 60 h."
    );
}

#[test]
fn the_name_of_a_file_decides_its_format() {
    let (database, folder) = with_prices();
    let [svg, png] = ["a.svg", "a.png"].map(|name| folder.path().join(name));
    chart(&database, &["--zone", "eu-west-3a", "--from", "2026-11-01"], &svg).expect(0);
    assert!(fs::read_to_string(svg).unwrap().starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    chart(&database, &["--instance-type", "c5.*"], &png).expect(0);
    assert!(fs::read(png).unwrap().starts_with(b"\x89PNG\r\n\x1a\n"));
}

#[test]
fn a_chart_goes_to_a_bucket_with_its_type() {
    let (database, folder) = with_prices();
    let s3 = TestS3::private();
    s3.create_bucket("charts");
    let run = |to: &str| Landfall::on(&database, &["--quiet", "chart", "--output", to]).with(&s3).run();
    run("s3://charts/a/%Y.svg").expect(0);
    let svg = folder.path().join("a.svg");
    chart(&database, &[], &svg).expect(0);
    // Only charts that are made again and again have the time in their name.
    assert_eq!(s3.objects("charts")["a/%Y.svg"], fs::read(svg).unwrap());
    assert_eq!(s3.content_type("a/%Y.svg").as_deref(), Some("image/svg+xml"));
    let error = run("s3://none/a.png").error();
    assert!(error.contains("the bucket s3://none does not exist"), "{error}");
}

#[test]
fn a_file_that_cannot_be_written_leaves_the_old_one_as_it_was() {
    let (database, folder) = with_prices();
    let outputs = Folder::new();
    let svg = outputs.write("a.svg", "the old one");
    let args = ["chart", "--region", "eu-west-3", "--output", svg.to_str().unwrap()];
    // No file may grow.
    let limited = Landfall::on(&database, &args).by_shell("ulimit -f 0 && exec \"$0\" \"$@\"");
    let error = limited.run().expect(1).stderr;
    assert!(error.contains("cannot write") && error.contains("a.svg"), "{error}");
    assert_eq!(fs::read_to_string(&svg).unwrap(), "the old one");
    assert_eq!(fs::read_dir(outputs.path()).unwrap().count(), 1, "no temporary file remains");
    drop(folder);
}

#[test]
fn what_cannot_be_drawn_is_told() {
    let (database, folder) = with_prices();
    let stdout = Path::new("-");
    let wrong = chart(&database, &[], Path::new("a.gif")).expect(2);
    assert!(wrong.stderr.contains("write a name that ends with .svg or .png"), "{}", wrong.stderr);
    let wrong = chart(&database, &["--zone", "eu-west-3x"], stdout).error();
    assert_eq!(wrong, "no pool matches: see `landfall cheapest` for pools that have landed");
    let many: Vec<String> = ('a'..='m').map(|zone| zone.to_string()).collect();
    let quotes: Vec<_> = many.iter().map(|zone| (zone.as_str(), "2026-11-04 00:00:00", "0.05")).collect();
    folder.dump("2026-11-04", &quotes);
    Landfall::on(&database, &["--quiet", "import"]).arg(folder.path()).run().expect(0);
    let wrong = chart(&database, &[], stdout).error();
    assert!(
        wrong.starts_with("more than 12 pools match, and a chart shows 12 at most: name a zone"),
        "{wrong}"
    );
}
