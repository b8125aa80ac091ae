//! What people see: on terminals of several widths, with and without colours, and in files.

use chrono::{Days, Utc};

use crate::support::{Database, Folder, Landfall, Run, Terminal, dump_name, dump_name_of};

/// Standard output on a terminal; standard error is not.
fn shown(command: Landfall, columns: u16) -> String {
    let terminal = Terminal::of_width(columns);
    command.stdout(terminal.stream()).run();
    terminal.shown()
}

fn widest(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or_default()
}

/// The lines of a table, without what is said below it.
fn table(text: &str) -> String {
    let is_row = |line: &&str| line.starts_with([' ', '─', '═']);
    text.lines().filter(is_row).map(|line| format!("{line}\n")).collect()
}

/// Prices of two zones, on two days.
fn two_zones() -> Database {
    let (database, folder) = (Database::new(), Folder::new());
    for day in ["2026-11-01", "2026-11-02"] {
        let at = |hour: u8| format!("{day} {hour:02}:00:00");
        folder.dump(day, &[("a", &at(0), "0.1"), ("a", &at(9), "0.2"), ("b", &at(0), "0.15")]);
    }
    Landfall::on(&database, &["--quiet", "import"]).arg(folder.path()).run().expect(0);
    database
}

const TABLES: [&[&str]; 4] =
    [&["cheapest", "--min-coverage", "0", "--budget", "0.2"], &["prices"], &["coverage"], &["status"]];

#[test]
fn tables_fit_their_terminal() {
    let database = two_zones();
    for args in TABLES {
        let command = || Landfall::on(&database, &[&["--quiet"], args].concat()).env("NO_COLOR", "1");
        let whole = command().run().expect(0).stdout;
        for columns in [40, 60, 80, 120] {
            let text = shown(command(), columns);
            assert!(widest(&table(&text)) <= columns.into(), "{args:?} at {columns}:\n{text}");
            // What is left out is named; columns that all rows have in common, with their value.
            let complete = widest(&table(&whole)) <= columns.into();
            let says_so = text.contains("in all rows: ") || text.contains("no space for: ");
            assert_eq!(says_so, !complete, "{args:?} at {columns}:\n{text}");
        }
        // With space for all of it, and where the width is not known, it is what a pipe gets.
        assert_eq!(shown(command(), 250), whole, "{args:?}");
        assert_eq!(shown(command(), 0), whole, "{args:?}");
    }
    let cheapest = |columns| shown(Landfall::on(&database, TABLES[0]).env("NO_COLOR", "1"), columns);
    insta::assert_snapshot!("cheapest_120", cheapest(120));
    insta::assert_snapshot!("cheapest_60", cheapest(60));
}

#[test]
fn pipes_get_no_colours_and_terminals_do() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.write(&dump_name("2020-05-04"), "[{");
    Landfall::on(&database, &["--quiet", "import"]).arg(folder.path()).run().expect(3);
    let status = || Landfall::on(&database, &["status"]).env("TERM", "xterm");
    let colour = "\u{1b}[";
    for args in [&["status"][..], &["--help"]] {
        let command = || Landfall::on(&database, args).env("TERM", "xterm");
        assert!(shown(command(), 80).contains(colour), "{args:?}");
        assert!(!shown(command().env("NO_COLOR", "1"), 80).contains(colour), "{args:?}");
        assert!(!shown(command().env("TERM", "dumb"), 80).contains(colour), "{args:?}");
        assert!(!command().run().stdout.contains(colour), "{args:?}");
        assert!(command().env("CLICOLOR_FORCE", "1").run().stdout.contains(colour), "{args:?}");
    }
    // JSON never is.
    let json = status().arg("--json").env("CLICOLOR_FORCE", "1").run();
    assert!(!json.stdout.contains(colour) && json.json()["rejected"].is_array());
    let on_stderr = |command: Landfall| {
        let terminal = Terminal::of_width(80);
        command.env("TERM", "xterm").stderr(terminal.stream()).run();
        terminal.shown()
    };
    for args in [&["import", "/nowhere"][..], &["import"], &["migrate"], &[]] {
        let command = || Landfall::on(&database, args);
        assert!(on_stderr(command()).contains(colour), "{args:?}");
        assert!(!on_stderr(command().env("NO_COLOR", "1")).contains(colour), "{args:?}");
    }
}

#[test]
fn messages_are_text_if_anyone_is_there_and_json_if_not() {
    const ERROR: &str = "cannot read /nowhere: No such file or directory";
    let database = Database::new();
    let import = |args: &[&str]| Landfall::on(&database, &[args, &["import", "/nowhere"]].concat());
    let (json, text) = (format!(r#""message":"{ERROR}"#), format!("error: {ERROR}"));
    let is_json = |run: &Run| run.stderr.contains(&json) && !run.stderr.contains(&text);
    let is_text = |run: &Run| run.stderr.starts_with(&text) && run.stderr.lines().count() == 1;
    let run = import(&[]).run();
    assert!(is_json(&run), "{}", run.stderr);
    for chosen in ["text", "json"] {
        let by_option = import(&["--log-format", chosen]).run().expect(1);
        let by_variable = import(&[]).env("LANDFALL_LOG_FORMAT", chosen).run().expect(1);
        for run in [by_option, by_variable] {
            assert!(if chosen == "text" { is_text(&run) } else { is_json(&run) }, "{chosen}: {}", run.stderr);
        }
    }
    // `2>error.txt` and `2>&1 | less`: one of the others is a terminal.
    let terminal = Terminal::of_width(80);
    let run = import(&[]).stdout(terminal.stream()).run();
    assert!(is_text(&run), "{}", run.stderr);
    assert_eq!(terminal.shown(), "");
    let terminal = Terminal::of_width(80);
    let run = import(&[]).stdin(terminal.stream()).run();
    assert!(is_text(&run), "{}", run.stderr);
    // `| less`: standard output has nothing to do with it.
    let terminal = Terminal::of_width(80);
    let run = import(&[]).stderr(terminal.stream()).env("NO_COLOR", "1").run();
    assert_eq!(run.stdout, "");
    let seen = terminal.shown();
    assert!(seen.starts_with(&text), "{seen}");
    // A terminal does not change what is asked for.
    let terminal = Terminal::of_width(80);
    import(&["--log-format", "json"]).stderr(terminal.stream()).run();
    let seen = terminal.shown();
    assert!(seen.contains(&json), "{seen}");
    let run = import(&[]).env("LANDFALL_LOG_FORMAT", "xml").run().expect(2);
    assert!(
        run.stderr.contains("invalid value 'xml' for 'LANDFALL_LOG_FORMAT (--log-format <FORMAT>)'"),
        "{}",
        run.stderr
    );
}

#[test]
fn messages_in_a_file_have_a_time_and_on_a_terminal_not() {
    let database = Database::new();
    let migrate = || Landfall::on(&database, &["migrate", "--log-format", "text"]);
    let stderr = migrate().run().expect(0).stderr;
    let (time, message) = stderr.split_once(' ').unwrap();
    assert!(chrono::DateTime::parse_from_rfc3339(time).is_ok(), "{stderr}");
    assert_eq!(message, "info: the schema is up to date\n");
    let terminal = Terminal::of_width(80);
    migrate().env("NO_COLOR", "1").stderr(terminal.stream()).run().expect(0);
    assert_eq!(terminal.shown(), "info: the schema is up to date\n");
}

#[test]
fn without_a_command_a_newcomer_is_shown_three() {
    let run = Landfall::bare(&[]).run().expect(2);
    assert_eq!(run.stdout, "");
    insta::assert_snapshot!("newcomers", run.stderr);
    assert!(widest(&run.stderr) <= 80);
    // They do what is said of them.
    let (database, folder) = (Database::new(), Folder::new());
    let dumps = folder.path().join("dumps");
    Landfall::bare(&["simulate"]).arg(&dumps).run().expect(0);
    Landfall::on(&database, &["import"]).arg(&dumps).run().expect(0);
    assert!(!database.rows().is_empty());
    let help = Landfall::bare(&["serve", "--help"]).run().expect(0).stdout;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("[default: 127.0.0.1:8080]"), "{help}");
}

#[test]
fn status_says_whether_all_is_well() {
    let (database, folder) = (Database::new(), Folder::new());
    let status = |args: &[&str]| {
        let run = Landfall::on(&database, &[&["status"], args].concat()).run();
        let text = run.stdout;
        let verdict = text.lines().skip_while(|line| !line.contains("well")).collect::<Vec<_>>().join("\n");
        if verdict.is_empty() { text } else { verdict }
    };
    let import = || Landfall::on(&database, &["--quiet", "import"]).arg(folder.path()).run();
    assert_eq!(status(&[]), "nothing has landed yet: landfall import SOURCE\n");

    let day = |ago| (Utc::now().date_naive() - Days::new(ago)).to_string();
    for ago in [4, 3, 2, 1] {
        folder.dump(&day(ago), &[("a", &format!("{} 10:00:00", day(ago)), "0.1")]);
    }
    import().expect(0);
    let well = status(&[]);
    assert!(well.starts_with("all is well: no day is missing, the newest ended "), "{well}");
    assert_eq!(well.lines().count(), 1);

    // A stricter limit than that of a day.
    let late = status(&["--max-lag", "0s"]);
    assert!(late.starts_with("not well:\n- the newest day of 123456789012 eu-west-3 ended "), "{late}");

    folder.write(&dump_name(&day(9)), "[]");
    folder.write(&dump_name_of("000000000001", "2020-05-04"), "[]");
    folder.write(&dump_name_of("000000000002", "2020-05-04"), "[{");
    import().expect(3);
    let problems = status(&[]);
    for (problem, line) in [
        "not well:",
        "- the newest day of 000000000001 eu-west-3 ended ",
        "- 4 days are missing: ",
        "- 1 dump is rejected: ",
    ]
    .into_iter()
    .zip(problems.lines())
    {
        assert!(line.starts_with(problem), "{problem}\n{problems}");
    }
    assert_eq!(problems.lines().count(), 4, "{problems}");
}
