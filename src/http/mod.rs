//! The HTTP server: the router, and what every request has in common.
//!
//! A feed's routes are a folder here: `rates` has those of the freight feed, `spot` those of spot
//! prices, `events` those of application events.
//! `page` is the web page.

mod access;
mod access_log;
mod assets;
mod days;
mod events;
mod format;
mod health;
mod listen;
mod log_throttle;
mod openapi;
mod page;
mod parameters;
mod problem;
mod rates;
mod router;
mod spot;
mod state;
mod tagged;

pub use listen::serve;
pub use state::{Api, Settings, Token};
