//! The real binary, asked over HTTP, on both engines.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod account;
mod accounts;
mod clock;
mod closed_world;
mod csv;
mod deletion;
mod faults;
mod hanging;
mod heartbeats;
mod import;
mod incidents;
mod kiosk;
mod ledger;
mod live_stream;
mod mail;
mod maintenance;
mod proxy;
mod replay;
mod running;
mod sessions;
mod support;
mod tenants;
mod wall;
mod walls;
mod wizard;
