//! `.env.example` has every setting of `compose.yaml`, once, with its default.

use std::collections::BTreeMap;

use super::read;

#[test]
fn every_setting_of_compose_is_in_the_example() {
    let mut settings = defaults(&read("compose.yaml"));
    assert!(settings.len() > 15, "only {} settings were found", settings.len());
    // Compose itself reads this one. Its default is the name of the file.
    settings.insert("COMPOSE_PROJECT_NAME".to_owned(), "landfall".to_owned());
    assert!(read("compose.yaml").contains("\nname: landfall\n"));

    let example = read(".env.example");
    let lines = example.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut documented = BTreeMap::new();
    for line in lines {
        let (name, default) = line.split_once('=').unwrap();
        let earlier = documented.insert(name.to_owned(), default.to_owned());
        assert_eq!(earlier, None, "{name} is there twice");
    }
    assert_eq!(documented, settings);
}

/// The test of the test.
#[test]
fn a_setting_with_two_defaults_is_found() {
    let found = defaults("a: ${A:-1}\nb: [\"x${B-}:${A:-1}\"]");
    assert_eq!(found, BTreeMap::from([("A".to_owned(), "1".to_owned()), ("B".to_owned(), String::new())]));
    assert!(std::panic::catch_unwind(|| defaults("${A:-1} ${A:-2}")).is_err());
}

/// Each `${NAME-DEFAULT}` and `${NAME:-DEFAULT}`.
fn defaults(text: &str) -> BTreeMap<String, String> {
    let mut defaults: BTreeMap<String, String> = BTreeMap::new();
    for rest in text.split("${").skip(1) {
        let (setting, _) = rest.split_once('}').unwrap();
        let (name, default) = setting.split_once('-').unwrap_or_else(|| panic!("{setting} has no default"));
        let name = name.trim_end_matches(':');
        let earlier = defaults.insert(name.to_owned(), default.to_owned());
        assert!(earlier.is_none_or(|earlier| earlier == default), "{name} has two defaults");
    }
    defaults
}
