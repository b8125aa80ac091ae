//! The private Postgres of Landfall: its name, its folder, and advice about its settings.

use std::path::{Path, PathBuf};

use anyhow::Context;
use private_postgres::{PrivatePostgres, PrivatePostgresError, default_data_dir};

/// Name of the superuser, the database and the default data folder.
const APPLICATION_NAME: &str = "landfall";

/// Starts the server in `data_dir`, or in the default folder.
pub(super) fn start(data_dir: Option<&Path>) -> anyhow::Result<PrivatePostgres> {
    let data_dir = data_dir.map(PathBuf::from).or_else(|| default_data_dir(APPLICATION_NAME)).context(
        "there is no home directory to keep the private Postgres in: pass --data-dir, or set DATABASE_URL",
    )?;
    PrivatePostgres::start(&data_dir, APPLICATION_NAME).map_err(|error| {
        let settings = settings(&error);
        anyhow::anyhow!("{error}{settings}")
    })
}

/// Adds the settings of Landfall to the advice of an error, which does not know them.
fn settings(error: &PrivatePostgresError) -> &'static str {
    use PrivatePostgresError as Error;
    match error {
        Error::BinaryMissing { .. }
        | Error::NotInBindir { .. }
        | Error::NoUsableServer { .. }
        | Error::Create { .. } => ", or set DATABASE_URL to a running server",
        Error::OtherMajorVersion { .. }
        | Error::NotACluster { .. }
        | Error::WrongOwner { .. }
        | Error::UnusablePath { .. }
        | Error::SocketPathTooLong { .. }
        | Error::HeldElsewhere { .. } => " (--data-dir or LANDFALL_DATA_DIR)",
        Error::ParentClosed { .. } => " (--data-dir or LANDFALL_DATA_DIR), such as /var/lib/landfall",
        Error::Folder { .. } => " (--data-dir or LANDFALL_DATA_DIR), or set DATABASE_URL to a running server",
        _ => "",
    }
}
