//! What the store promises, each promise proven on SQLite and on PostgreSQL.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod access;
mod accounts;
mod both;
mod catalogue;
mod customers;
mod deletion;
mod demo;
mod denial;
mod events;
mod exports;
mod filters;
mod groups;
mod guesses;
mod heartbeats;
mod history;
mod import;
mod incidents;
mod intake;
mod invitations;
mod kiosks;
mod lifecycle;
mod locations;
mod mail;
mod maintenance;
mod monitors;
mod msps;
mod opening;
mod outages;
mod people;
mod replay;
mod second_factor;
mod sessions;
mod tenants;
mod wizard;
