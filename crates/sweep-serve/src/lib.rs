//! A live, read-only web page of a results database.
//!
//! Pages are plain HTML that needs no script; a script keeps what is shown up to date. This crate reads the database request by request,
//! through `sweep-store`, and shows it with the tables and figures of `sweep-report`. It changes nothing, and trains nothing.
//! docs/serve.md is for those who use it.

mod api;
mod assets;
mod connection;
mod database;
mod digest;
mod guard;
mod news;
mod page;
mod pages;
mod parameters;
mod problem;
mod request;
mod serve;
mod shutdown;
mod site;

pub use guard::{Access, HostName, Token, TokenError};
pub use serve::{Announcement, ServeError, ServeOptions, serve};
pub use site::Site;
