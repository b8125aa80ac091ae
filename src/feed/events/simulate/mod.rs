//! A flow of events that looks like a real one, for tests, benchmarks and demonstrations.
//!
//! The same [`Simulation`] gives the same bytes, on every platform and for ever.

mod event;
mod malformed;
mod messages;
mod object;
mod share;
mod simulation;
#[cfg(test)]
mod tests;
mod user;

pub use self::messages::Message;
pub use self::object::{Object, objects};
pub use self::share::Share;
pub use self::simulation::Simulation;
