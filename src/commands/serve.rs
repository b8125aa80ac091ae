//! `landfall serve`.

use std::sync::Arc;
use std::thread::available_parallelism;

use anyhow::{Context, ensure};
use diesel::PgConnection;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::database::Database;
use super::{Exit, signals};
use crate::cli::Serve;
use crate::db::free_connections;
use crate::http::{self, Api, Settings};

pub(super) fn run(args: Serve) -> anyhow::Result<Exit> {
    let database = Database::open(&args.database)?;
    let mut connection = database.migrated()?;
    let settings = Settings {
        readers: args.readers.map_or_else(cores, usize::from),
        uploads: args.uploads.into(),
        max_batch_bytes: usize::from(args.max_batch_mib) << 20,
        drain_period: args.drain_period,
        token: args.api_token,
    };
    warn_if_crowded(&mut connection, &settings);
    drop(connection);
    let api = Arc::new(Api::new(database.url.clone(), settings)?);
    Runtime::new()?.block_on(async {
        let stop_signal = signals::first()?;
        let listener = TcpListener::bind(args.listen).await.with_context(|| {
            format!("cannot listen on {}: choose another --listen or LANDFALL_LISTEN", args.listen)
        })?;
        let address = listener.local_addr()?;
        tracing::info!(%address, "listening: http://{address}/docs");
        let mut is_refused = false;
        http::serve(listener, api.clone(), async {
            tokio::select! {
                () = stop_signal => tracing::warn!("stopping: requests in flight are finished"),
                () = api.password_refused() => is_refused = true,
            }
        })
        .await;
        // Whoever started it gives it the new one. By itself it would go on for ever with the old one, and without
        // an answer to any query.
        ensure!(
            !is_refused,
            "the database refuses the password: restart `landfall serve` with the current one"
        );
        Ok(Exit::Success)
    })
}

/// Warns if the database accepts fewer connections than configured. The server works with fewer.
fn warn_if_crowded(connection: &mut PgConnection, settings: &Settings) {
    let wanted = settings.connections() as i64;
    match free_connections(connection) {
        // This connection will be free again.
        Ok(free) if free + 1 < wanted + settings.kept_free() => tracing::warn!(
            free = free + 1,
            wanted,
            kept_free = settings.kept_free(),
            "the database may have too few connections for --readers: queries will share those that there are; lower --readers or raise max_connections"
        ),
        Ok(_) => {}
        Err(error) => tracing::debug!(%error, "cannot count the free connections of the database"),
    }
}

/// Number of cores, 2 at least: more concurrent queries would only wait for a core.
fn cores() -> usize {
    available_parallelism().map_or(1, usize::from).max(2)
}
