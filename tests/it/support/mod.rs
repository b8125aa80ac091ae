//! What tests are made of.

mod canned;
mod compressed;
mod container;
mod database;
mod deadline;
mod dumps;
mod follower;
mod landfall;
mod memory;
mod moto;
mod python;
mod s3;
mod server;
mod task_role;
mod terminal;
mod tls;

pub(crate) use canned::{Canned, response};
pub(crate) use compressed::{SUFFIXES, compressed, gzip, zstd};
pub(crate) use container::{Container, Image, archive, standalone_archive};
pub(crate) use database::{Database, Row};
pub(crate) use deadline::{exit_of, read_from, run_of, wait_until, within};
pub(crate) use dumps::{Folder, Quote, dump_name, dump_name_of, json};
pub(crate) use follower::Follower;
pub(crate) use landfall::{Landfall, Run, import, import_at, import_in};
pub(crate) use memory::peak_kib;
pub(crate) use moto::Moto;
pub(crate) use python::python;
pub(crate) use s3::{Fault, TestS3};
pub(crate) use server::{Response, Server, TOKEN, agent};
pub(crate) use task_role::serve_task_role;
pub(crate) use terminal::Terminal;
pub(crate) use tls::{Plain, Tls};
