//! `docs/reference.md`, which is generated from the command line's definition.

use std::collections::BTreeMap;

use clap::{Arg, Command, CommandFactory};
use landfall::cli::Cli;

use super::{assert_is, read};

const INTRODUCTION: &str = "\
# Reference

Generated from `src/cli.rs`. To write it again after a change: `LANDFALL_UPDATE_DOCS=1 cargo test --test it documents::`.

- [Commands](#commands), [options of every command](#options-of-every-command), [settings](#settings),
  [exit codes](#exit-codes)
";

const SETTINGS: &str = "
## Settings

Options that can be set by environment variables. The option wins over the variable; see
[Settings](operations.md#settings) for the rules, and for variables that are not options. Secrets are never printed.

| Variable | Option | Default | Commands |
|---|---|---|---|
";

const EXIT_CODES: &str = "
## Exit codes

";

#[test]
fn the_reference_is_that_of_the_command_line() {
    assert_is("docs/reference.md", &reference());
}

#[test]
fn the_reference_has_settings_and_no_secret() {
    let reference = reference();
    // Whoever runs this may have set them; clap has read them by now.
    for name in ["DATABASE_URL", "LANDFALL_API_TOKEN"] {
        let value = std::env::var(name).ok().filter(|value| !value.is_empty());
        assert!(value.is_none_or(|value| !reference.contains(&value)), "it has the value of {name}");
    }
    for named in ["| `DATABASE_URL` |", "`--max-lag <DURATION>`", "### landfall man-pages", "| 130, 143 |"] {
        assert!(reference.contains(named), "it lacks {named}");
    }
}

fn reference() -> String {
    let mut root = Cli::command();
    root.build();
    let commands: Vec<&Command> = root.get_subcommands().flat_map(with_own).collect();
    let mut text = INTRODUCTION.to_owned();

    text += "\n## Commands\n\n| Command | Purpose |\n|---|---|\n";
    for command in &commands {
        let name = full_name(command);
        text +=
            &format!("| [`landfall {name}`](#landfall-{}) | {} |\n", name.replace(' ', "-"), about(command));
    }
    for command in &commands {
        text += &section(command, &root);
    }

    text += "\n## Options of every command\n\n";
    text += &options(root.get_arguments().filter(|option| option.get_id() != "version"));
    text += "\n`landfall --version` prints the version.\n";
    for (heading, options) in shared(&commands) {
        let (title, remark) = title(&heading);
        text += &format!("\n### {title}\n\n");
        if let Some(remark) = remark {
            text += &format!("{remark}\n\n");
        }
        text += &self::options(options.into_iter());
    }

    text += SETTINGS;
    for (variable, setting) in settings(&commands) {
        let Setting { option, default, commands } = setting;
        text += &format!("| `{variable}` | `{option}` | {default} | {} |\n", commands.join(", "));
    }
    text + EXIT_CODES + &read("docs/parts/exit-codes.md")
}

/// A command and its own ones; not `help`, which has all of them.
fn with_own(command: &Command) -> Vec<&Command> {
    let is_help = |command: &&Command| command.get_name() == "help";
    if is_help(&command) {
        return Vec::new();
    }
    std::iter::once(command).chain(command.get_subcommands().filter(|own| !is_help(own))).collect()
}

/// The name of a command behind `landfall`.
fn full_name(command: &Command) -> &str {
    let name = command.get_bin_name().unwrap_or_default();
    name.strip_prefix("landfall ").unwrap_or(command.get_name())
}

/// A command: what it is for, how it is called, and its options.
fn section(command: &Command, root: &Command) -> String {
    let mut text = format!("\n### landfall {}\n\n{}\n", full_name(command), about(command));
    let usage = command.clone().render_usage().to_string();
    text += &format!("\n```text\n{}\n```\n", usage.trim_start_matches("Usage: ").trim_end());
    let own: Vec<&Arg> =
        arguments(command, root).filter(|option| option.get_help_heading().is_none()).collect();
    if !own.is_empty() {
        text += &format!("\n{}", options(own.into_iter()));
    }
    let mut headings: Vec<&str> = arguments(command, root).filter_map(Arg::get_help_heading).collect();
    headings.dedup();
    for heading in headings {
        let (title, _) = title(heading);
        let names: Vec<String> = arguments(command, root)
            .filter(|option| option.get_help_heading() == Some(heading))
            .map(|option| format!("`{}`", name(option)))
            .collect();
        text += &format!("\n[{title}](#{}): {}\n", title.to_lowercase(), names.join(", "));
    }
    // The exit codes have their own section.
    let remark = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    if !remark.is_empty() && !remark.starts_with("Exit codes") {
        text += &format!("\n```text\n{}\n```\n", remark.trim_end());
    }
    text
}

/// The arguments of a command, without those of every command.
fn arguments<'c>(command: &'c Command, root: &'c Command) -> impl Iterator<Item = &'c Arg> {
    let of_every_command = |option: &Arg| root.get_arguments().any(|other| other.get_id() == option.get_id());
    command.get_arguments().filter(move |option| !option.is_hide_set() && !of_every_command(option))
}

/// The options under each heading, which several commands have in common.
fn shared<'c>(commands: &[&'c Command]) -> BTreeMap<String, Vec<&'c Arg>> {
    let mut shared: BTreeMap<String, Vec<&Arg>> = BTreeMap::new();
    for option in commands.iter().flat_map(|command| command.get_arguments()) {
        let Some(heading) = option.get_help_heading() else { continue };
        let known = shared.entry(heading.to_owned()).or_default();
        match known.iter().find(|known| known.get_id() == option.get_id()) {
            Some(known) => {
                assert_eq!(row(known), row(option), "{} differs from command to command", name(option))
            }
            None => known.push(option),
        }
    }
    shared
}

/// The title in a heading, and the remark in parentheses behind it.
fn title(heading: &str) -> (&str, Option<String>) {
    match heading.split_once(" (").and_then(|(title, rest)| Some((title, rest.strip_suffix(')')?))) {
        Some((title, remark)) => (title, Some(format!("{remark}."))),
        None => (heading, None),
    }
}

fn options<'c>(options: impl Iterator<Item = &'c Arg>) -> String {
    "| Option | Variable | Default | Meaning |\n|---|---|---|---|\n".to_owned()
        + &options.map(row).collect::<String>()
}

fn row(option: &Arg) -> String {
    let variable = option.get_env().map(|variable| format!("`{}`", variable.display())).unwrap_or_default();
    let values: Vec<String> = match option.get_action().takes_values() {
        true => option.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect(),
        false => Vec::new(),
    };
    let values = if values.is_empty() { String::new() } else { format!(". One of {}", values.join(", ")) };
    let (help, default) = help(option);
    format!("| `{}` | {variable} | {default} | {}{values} |\n", name(option), cell(&help))
}

/// The help of an option, and its default, which clap knows or the help's end says.
fn help(option: &Arg) -> (String, String) {
    let help = option.get_long_help().or(option.get_help()).map(ToString::to_string).unwrap_or_default();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let defaults: Vec<String> = match option.get_action().takes_values() {
        true => option.get_default_values().iter().map(|value| format!("`{}`", value.display())).collect(),
        false => Vec::new(),
    };
    match help.split_once(" [default: ").and_then(|(help, rest)| Some((help, rest.strip_suffix(']')?))) {
        Some((help, default)) => (help.to_owned(), cell(default)),
        None => (help, defaults.join(", ")),
    }
}

/// An option as its usage has it.
fn name(option: &Arg) -> String {
    let long = option.to_string();
    match option.get_short() {
        Some(short) if option.get_long().is_some() => format!("-{short}, {long}"),
        _ => long,
    }
}

struct Setting {
    option: String,
    default: String,
    commands: Vec<String>,
}

fn settings(commands: &[&Command]) -> BTreeMap<String, Setting> {
    let mut settings: BTreeMap<String, Setting> = BTreeMap::new();
    for command in commands {
        for option in command.get_arguments() {
            let Some(variable) = option.get_env() else { continue };
            let setting = settings.entry(variable.display().to_string()).or_insert_with(|| Setting {
                option: name(option),
                default: help(option).1,
                commands: Vec::new(),
            });
            assert_eq!(setting.option, name(option), "a variable is one option");
            let default = help(option).1;
            if !setting.default.starts_with(&default) {
                setting.default += &format!(", `{}`: {default}", full_name(command));
            }
            setting.commands.push(format!("`{}`", full_name(command)));
        }
    }
    settings
}

fn about(command: &Command) -> String {
    cell(&command.get_about().map(ToString::to_string).unwrap_or_default())
}

/// A text in a table, where a bar would end the cell and an asterisk emphasize.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('*', "\\*").replace('<', "\\<")
}
