//! Landfall lands daily price dumps from a bucket in Postgres, exactly once.
//!
//! Start reading at [`landing`], which says how a run goes; [`feed`] says what a dump means,
//! [`source`] where dumps lie, [`db`] what the database is asked. `docs/architecture.md` has the
//! whole picture.

pub mod api;
pub mod chart;
pub mod cli;
pub mod commands;
pub mod db;
pub mod feed;
pub mod landing;
pub mod source;
pub mod telemetry;
