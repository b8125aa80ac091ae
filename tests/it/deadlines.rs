//! The tests' own waits end.

use std::panic::catch_unwind;
use std::process::Command;
use std::time::Duration;

use crate::support::within;

#[test]
fn a_process_that_takes_too_long_is_killed_and_fails_the_test() {
    let mut child = Command::new("sleep").arg("600").spawn().unwrap();
    let id = child.id();
    let waited = catch_unwind(move || within(Duration::from_millis(50), id, || child.wait().unwrap()));
    let reason = waited.unwrap_err().downcast::<String>().unwrap();
    assert_eq!(*reason, format!("process {id} took longer than 0 s"));
}
