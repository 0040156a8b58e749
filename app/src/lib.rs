//! What people see: one folder per feature, with its screens and its server functions.
//!
//! Built twice: with `ssr` into the server, with `hydrate` into the browser's wasm.

// Views nest their types, and a page is one type.
#![recursion_limit = "512"]

#[cfg(all(feature = "ssr", feature = "hydrate"))]
compile_error!("`ssr` and `hydrate` are two different programs: build one of them at a time");

pub mod account;
pub mod accounts;
pub mod answer;
pub mod audit;
#[cfg(feature = "ssr")]
pub mod caller;
pub mod captcha;
pub mod catalogue;
pub mod contacts;
pub mod customers;
pub mod failure;
pub mod groups;
pub mod health;
pub mod import;
pub mod installation;
pub mod invitations;
pub mod jump;
pub mod kiosks;
pub mod locations;
pub mod mail;
pub mod maintenance;
pub mod monitors;
pub mod outages;
pub mod people;
pub mod portal;
pub mod reading;
pub mod services;
pub mod settings;
pub mod shell;
pub mod sign_in;
pub mod ui;
pub mod wall;

pub use shell::App;
#[cfg(feature = "ssr")]
pub use shell::document;
