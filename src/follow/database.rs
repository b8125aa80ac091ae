//! Waits for the database.

use std::time::Duration;

use anyhow::bail;
use diesel::PgConnection;

use crate::db::{self, DatabaseUrl, is_password_refused};
use crate::ingest::{Pause, Stop};

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const MAX_PAUSE: Duration = Duration::from_secs(15);

/// Connects, again and again while the database is away, but no more than once after `stop` is set.
///
/// # Errors
///
/// The database refuses the password, as after a rotation: whoever started this process has the new one.
pub(super) fn connect(database: &DatabaseUrl, stop: &Stop) -> anyhow::Result<Option<PgConnection>> {
    let mut pause = Pause::new(FIRST_PAUSE, MAX_PAUSE);
    let mut away = false;
    loop {
        match db::connect(database) {
            Ok(connection) => {
                if away {
                    tracing::info!("the database is back");
                }
                return Ok(Some(connection));
            }
            Err(error) if is_password_refused(&error) => {
                bail!(
                    "the database refuses the password: restart `landfall follow` with the current one: {error}"
                )
            }
            Err(error) => {
                if !away {
                    tracing::warn!(%error, "the database cannot be reached: waiting for it");
                }
                if stop.is_set() {
                    return Ok(None);
                }
                away = true;
                pause.wait(stop);
            }
        }
    }
}
