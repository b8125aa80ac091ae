//! Counts of events, over HTTP and on the command line, against counts of the lines they were made of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use landfall::feed::events::simulate::{Simulation, objects};
use serde_json::Value;

use crate::support::{Database, Folder, Landfall, Server, TestS3};

/// Counts and users by day, event and device.
type Counts = BTreeMap<(String, String, String), (u64, u64)>;

const DAYS: &str = "from=2026-11-01&to=2026-11-05";

fn simulation() -> Simulation {
    Simulation {
        count: 6_000,
        first_day: "2026-11-02".parse().unwrap(),
        days: 4,
        events: ["submission_success", "registration, \"initiated\""].map(str::to_owned).to_vec(),
        devices: ["android", "ios", "web"].map(str::to_owned).to_vec(),
        duplicates: "0.05".parse().unwrap(),
        late: "0.2".parse().unwrap(),
        out_of_order: "0.1".parse().unwrap(),
        malformed: "0.03".parse().unwrap(),
        seed: 7,
    }
}

/// The counts of a simulation, from the text of its messages; also how many are malformed.
fn counted(simulation: &Simulation) -> (Counts, u64) {
    let (mut seen, mut users, mut malformed) = (BTreeSet::new(), BTreeMap::new(), 0);
    for message in simulation.messages() {
        if message.is_malformed {
            malformed += 1;
            continue;
        }
        let event: Value = serde_json::from_str(&message.body).unwrap();
        let text = |field: &str| event[field].as_str().unwrap().to_owned();
        if seen.insert(text("id")) {
            let key = (text("timestamp")[..10].to_owned(), text("event"), text("context_device_type"));
            users.entry(key).or_insert_with(Vec::new).push(text("anonymous_id"));
        }
    }
    let counts = users.into_iter().map(|(key, users)| {
        let distinct: BTreeSet<&String> = users.iter().collect();
        (key, (users.len() as u64, distinct.len() as u64))
    });
    (counts.collect(), malformed)
}

fn landed(simulation: &Simulation) -> (Database, Folder) {
    let (database, folder) = (Database::new(), Folder::new());
    for object in objects(simulation.messages(), 1_000) {
        folder.write(&object.name, object.body);
    }
    Landfall::on(&database, &["--quiet", "import"]).arg(folder.path()).run().expect(0);
    (database, folder)
}

fn of_json(counts: &Value) -> Counts {
    let count = |count: &Value| {
        let text = |field: &str| count[field].as_str().unwrap().to_owned();
        let number = |field: &str| count[field].as_u64().unwrap();
        ((text("day"), text("event"), text("device")), (number("count"), number("users")))
    };
    counts.as_array().unwrap().iter().map(count).collect()
}

fn of_csv(text: &str) -> Counts {
    let mut csv = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(csv.headers().unwrap(), vec!["day", "event", "device", "count", "users"]);
    let rows = csv.records().map(|row| {
        let row = row.unwrap();
        let number = |at: usize| row[at].parse().unwrap();
        ((row[0].to_owned(), row[1].to_owned(), row[2].to_owned()), (number(3), number(4)))
    });
    rows.collect()
}

#[test]
fn every_answer_has_the_counts_of_the_lines() {
    let simulation = simulation();
    let (all, malformed) = counted(&simulation);
    let within = |from: &str, to: &str| -> Counts {
        all.clone().into_iter().filter(|((day, ..), _)| (from..=to).contains(&day.as_str())).collect()
    };
    let (database, _folder) = landed(&simulation);
    let server = Server::on(&database);
    let get = |query: &str| server.get(&format!("/v1/events/daily?{query}")).expect(200).json();

    let answer = get(DAYS);
    // Late events are of days before the first that was received; there is more than a day before that, too.
    let week = within("2026-11-01", "2026-11-05");
    assert!(week.keys().any(|(day, ..)| day == "2026-11-01") && all.len() > week.len(), "{all:?}");
    assert_eq!(of_json(&answer["counts"]), week);
    assert_eq!(of_json(&get("from=2026-11-03&to=2026-11-03")["counts"]), within("2026-11-03", "2026-11-03"));
    let some = of_json(&get(&format!("{DAYS}&event=submission_success&device=ios"))["counts"]);
    let expected =
        week.clone().into_iter().filter(|((_, event, device), _)| event.len() == 18 && device == "ios");
    assert_eq!(some, expected.collect());
    assert_eq!(get(&format!("{DAYS}&event=none"))["counts"].as_array().unwrap().len(), 0);

    let coverage = &answer["coverage"];
    assert_eq!(coverage["objects"], 6);
    assert_eq!(coverage["rejected_records"], malformed);
    assert_eq!((&coverage["rejected_objects"], &coverage["disagreeing"]), (&0.into(), &0.into()));
    let newest =
        simulation.messages().filter(|message| !message.is_malformed).map(|message| message.received_at);
    let received_at =
        chrono::DateTime::parse_from_rfc3339(coverage["received_at"].as_str().unwrap()).unwrap();
    assert_eq!(received_at.to_utc(), newest.max().unwrap());
    assert!(coverage["landed_at"].is_string());

    let encoded = |accept: &str| {
        server.get_with(&format!("/v1/events/daily?{DAYS}"), &[("accept", accept)]).expect(200)
    };
    let csv = encoded("text/csv");
    assert_eq!(of_csv(&csv.body), week);
    let stamp = csv.header("landfall-coverage");
    assert!(
        stamp.starts_with("objects=6, landed_at=20")
            && stamp.contains(&format!("rejected_records={malformed}")),
        "{stamp}"
    );
    let ndjson = encoded("application/x-ndjson");
    let rows: Vec<Value> = ndjson.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(of_json(&rows.into()), week);

    let run = |options: &[&str]| {
        let args = ["events", "--from", "2026-11-01", "--to", "2026-11-05"];
        let args: Vec<&str> = args.iter().chain(options).copied().collect();
        Landfall::on(&database, &args).run().expect(0)
    };
    assert_eq!(of_csv(&run(&["--format", "csv"]).stdout), week);
    let json = run(&["--format", "json"]).json();
    assert_eq!(of_json(&json["counts"]), week);
    assert_eq!(json["coverage"], *coverage);
    assert!(run(&["--device", "ios"]).stdout.contains("submission_success"));
}

#[test]
fn coverage_follows_what_lands_and_what_is_withdrawn() {
    let (database, folder) = (Database::new(), Folder::new());
    let server = Server::on(&database);
    let coverage = || {
        let mut coverage =
            server.get(&format!("/v1/events/daily?{DAYS}")).expect(200).json()["coverage"].take();
        coverage["landed_at"] = coverage["landed_at"].is_string().into();
        coverage.to_string()
    };
    insta::assert_snapshot!(coverage(), @r#"{"disagreeing":0,"landed_at":false,"objects":0,"received_at":null,"rejected_objects":0,"rejected_records":0}"#);
    let no = Landfall::on(&database, &["events"]).run().expect(1);
    assert!(no.stderr.contains("no events have landed yet"), "{}", no.stderr);

    folder.write("events_20190701_a.ndjson", super::event(1, 10, "a") + "{\n");
    // Received a day later, with another content; it does not count.
    folder.write("events_20190702_b.ndjson", super::event(1, 1_500, "b") + &super::event(2, 1_501, "b"));
    folder.write("events_20190703_c.ndjson", "");
    let import = || Landfall::on(&database, &["--quiet", "import"]).arg(folder.path()).run();
    import().expect(3);
    insta::assert_snapshot!(coverage(), @r#"{"disagreeing":1,"landed_at":true,"objects":2,"received_at":"2019-07-03T00:01:00Z","rejected_objects":1,"rejected_records":1}"#);
    // The newest partition has no events any more.
    Landfall::on(&database, &["--quiet", "withdraw", "events_20190702_b.ndjson"]).run().expect(0);
    insta::assert_snapshot!(coverage(), @r#"{"disagreeing":0,"landed_at":true,"objects":1,"received_at":"2019-07-01T23:10:00Z","rejected_objects":1,"rejected_records":1}"#);
    folder.write("events_20190703_c.ndjson", super::event(3, 20, "c"));
    import().expect(0);
    insta::assert_snapshot!(coverage(), @r#"{"disagreeing":0,"landed_at":true,"objects":2,"received_at":"2019-07-01T23:20:00Z","rejected_objects":0,"rejected_records":1}"#);
}

/// The day of an object is that on which it was written: events may be years older.
#[test]
fn without_days_those_on_which_events_were_received_are_counted() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.write("events_20261127_a.ndjson", super::event(1, 10, "a") + &super::event(2, 1_500, "a"));
    Landfall::on(&database, &["--quiet", "import"]).arg(folder.path()).run().expect(0);
    let counts = || Landfall::on(&database, &["events", "--format", "csv"]).run().expect(0).stdout;
    assert_eq!(counts(), "day,event,device,count,users\n2019-07-01,a,ios,2,1\n");
    let page = Server::on(&database).get("/events").expect(200).body;
    assert!(page.contains("value=\"2019-07-01\"") && page.contains("value=\"2019-07-03\""), "{page}");
}

#[test]
fn errors_of_queries_say_what_to_write() {
    let server = Server::on(&Database::new());
    let detail = |query: &str| {
        let problem = server.get(&format!("/v1/events/daily?{query}")).expect(400).json();
        problem["detail"].as_str().unwrap().to_owned()
    };
    let found = [
        "",
        "from=2026-11-02&to=2026-11-01",
        "from=x&to=2027-12-01",
        "from=2026-01-01&to=2027-12-01&events=a&device=%00",
    ];
    insta::assert_snapshot!(found.map(detail).join("\n"), @r"
    from: it is missing: write YYYY-MM-DD; to: it is missing: write YYYY-MM-DD
    to: it is before the first day: write a later one
    from: `x` is not a date: write YYYY-MM-DD
    to: at most 366 days can be queried at once: write an earlier one; device: it has a NUL character; events: unknown parameter: see /docs
    ");
    server.get_with(&format!("/v1/events/daily?{DAYS}"), &[("accept", "text/html")]).expect(406);
}

#[test]
fn a_chart_is_drawn_of_the_same_counts() {
    let (database, folder) = landed(&simulation());
    let chart = |options: &[&str]| {
        let args: Vec<&str> = ["chart", "events", "--from", "2026-11-01", "--to", "2026-11-05"]
            .iter()
            .chain(options)
            .copied()
            .collect();
        Landfall::on(&database, &args).run().expect(0).stdout
    };
    let svg = chart(&["--event", "submission_success", "-o", "-"]);
    for text in [
        "<title id=\"title\">Events, submission_success</title>",
        "Events a day, 2026-11-01 00:00",
        "android: ",
    ] {
        assert!(svg.contains(text), "{text}\n{svg}");
    }
    let template = folder.path().join("charts-%Y%m.svg");
    chart(&["--event", "submission_success", "-o", template.to_str().unwrap()]);
    let name = chrono::Utc::now().format("charts-%Y%m.svg").to_string();
    assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), svg);
    let s3 = TestS3::private();
    s3.create_bucket("charts");
    for (kind, content_type) in [("svg", "image/svg+xml"), ("png", "image/png")] {
        let key = chrono::Utc::now().format(&format!("daily/%Y%m.{kind}")).to_string();
        let to = format!("s3://charts/daily/%Y%m.{kind}");
        let args = ["chart", "events", "--from", "2026-11-01", "--to", "2026-11-05", "-o", &to];
        Landfall::on(&database, &args).with(&s3).run().expect(0);
        assert_eq!(s3.content_type(&key).as_deref(), Some(content_type));
        let drawn = &s3.objects("charts")[&key];
        let file = folder.path().join(format!("twin.{kind}"));
        chart(&["-o", file.to_str().unwrap()]);
        assert!(*drawn == fs::read(file).unwrap());
    }
    let wrong = ["chart", "events", "-o", "s3://charts.svg"];
    let error = Landfall::bare(&wrong).run().expect(2).stderr;
    assert!(error.contains("`s3://charts.svg` has no key: write s3://BUCKET/KEY"), "{error}");
    let wrong = ["chart", "events", "--from", "2026-11-02", "--to", "2026-11-01", "-o", "-"];
    let error = Landfall::bare(&wrong).run().expect(2).stderr;
    assert!(
        error.contains("it is before the first day") && error.contains("landfall chart events"),
        "{error}"
    );
    let png = folder.path().join("chart.png");
    chart(&["-o", png.to_str().unwrap()]);
    assert!(fs::read(png).unwrap().starts_with(b"\x89PNG"));
}
