use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::error::PrivatePostgresError;

/// Makes sure that no variable of libpq's, such as `PGHOSTADDR`, leads anywhere but to the private server: returns
/// if there is none, else starts this program again, in the same process, without them.
///
/// libpq takes what a URL lacks from the environment, and a URL cannot name it all: `PGSERVICE` has no value that
/// means none, `PGTZ` and `PGDATESTYLE` have no parameter, and an older libpq refuses the parameters of a newer one.
/// A process cannot safely change its own environment while other threads may read it. A new one without the
/// variables applies to everything in it, and for the programs that it starts, `psql` among them.
///
/// To be called first, before threads are started and files are opened.
///
/// # Errors
///
/// The program cannot be started again.
pub fn restart_without_client_variables() -> Result<(), PrivatePostgresError> {
    let variables: Vec<OsString> =
        env::vars_os().map(|(name, _)| name).filter(|name| is_client(name)).collect();
    if variables.is_empty() {
        return Ok(());
    }
    let failed = |reason| {
        let names: Vec<String> = variables.iter().map(|name| name.display().to_string()).collect();
        PrivatePostgresError::Restart { variables: names.join(", "), reason }
    };
    let mut arguments = env::args_os();
    let mut again = Command::new(env::current_exe().map_err(failed)?);
    if let Some(name) = arguments.next() {
        again.arg0(name);
    }
    for variable in &variables {
        again.env_remove(variable);
    }
    Err(failed(again.args(arguments).exec()))
}

/// [`find_binary`](crate::find_binary) reads `PG_BINDIR`, and `PG_COLOR` only colours messages: no variable of libpq's begins with `PG_`.
fn is_client(name: &OsStr) -> bool {
    name.as_bytes().strip_prefix(b"PG").is_some_and(|rest| !rest.starts_with(b"_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variables_of_libpq_are_known_by_their_names() {
        for name in ["PGHOST", "PGHOSTADDR", "PGSERVICE", "PGOPTIONS", "PGSSLMODE", "PGTZ", "PGX"] {
            assert!(is_client(name.as_ref()), "{name}");
        }
        for name in ["PG_BINDIR", "PG_COLOR", "PATH", "PSQLRC", "APP_PGHOST", "P"] {
            assert!(!is_client(name.as_ref()), "{name}");
        }
    }
}
