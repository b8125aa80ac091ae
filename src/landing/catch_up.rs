//! What has to be done before anything lands.

use crate::db::{self, DatabaseUrl};
use crate::feed::FEEDS;

use super::LandingError;

/// Lets every feed make up for what older versions did not do.
///
/// That this fails keeps nothing from landing: the next run tries again.
pub(super) fn catch_up(database: &DatabaseUrl) {
    if let Err(error) = try_catch_up(database) {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        tracing::warn!(%error, cause, "cannot make up for what an older version left undone; the next import tries again");
    }
}

fn try_catch_up(database: &DatabaseUrl) -> Result<(), LandingError> {
    let mut connection = db::connect(database)?;
    for feed in FEEDS {
        feed.catch_up(&mut connection)?;
    }
    Ok(())
}
