//! `landfall serve`.

use std::sync::Arc;
use std::thread::available_parallelism;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::database::Database;
use super::{Exit, signals};
use crate::api::{self, Api, Settings};
use crate::cli::Serve;

pub(super) fn run(args: Serve) -> anyhow::Result<Exit> {
    let database = Database::open(&args.database)?;
    drop(database.migrated()?);
    let settings = Settings {
        readers: args.readers.map_or_else(cores, usize::from),
        uploads: args.uploads.into(),
        largest_batch: usize::from(args.largest_batch_mib) << 20,
        token: args.api_token,
    };
    let api = Arc::new(Api::new(database.url.clone(), settings)?);
    Runtime::new()?.block_on(async {
        let asked_to_end = signals::first()?;
        let listener = TcpListener::bind(args.listen).await.with_context(|| {
            format!("cannot listen on {}: choose another --listen or LANDFALL_LISTEN", args.listen)
        })?;
        let address = listener.local_addr()?;
        tracing::info!(%address, "listening: http://{address}/docs");
        api::serve(listener, api, async move {
            asked_to_end.await;
            tracing::warn!("stopping: what is in hand is finished");
        })
        .await;
        Ok(Exit::Well)
    })
}

/// How many questions a machine like this one answers at once: more would only wait for a core, some of them for long.
fn cores() -> usize {
    available_parallelism().map_or(1, usize::from).max(2)
}
