//! The server: command line, HTTP and sessions around `app` and `live`. The binary `nocturne` adds the site to it.

#![recursion_limit = "512"]

mod assets;
mod commands;
mod csv;
mod gate;
mod heartbeat;
mod import;
mod kiosk;
mod metrics;
mod replay;
mod serve;
mod settings;
mod stream;
#[cfg(feature = "test-clock")]
mod test_clock;
mod tls;

#[cfg(all(feature = "test-clock", not(debug_assertions)))]
compile_error!("`test-clock` lets anyone move the clock: it is never part of a release");

use std::process::ExitCode;

use clap::Parser;

pub use assets::Files;
pub use serve::addresses;

use settings::{Cli, Command, CustomerCommand, LogFormat, MspCommand, UserCommand};

/// Does what the command line says. `site` are the files inside of the binary; `serve --site` reads others instead.
#[must_use]
pub fn run(site: fn() -> Files) -> ExitCode {
    match try_run(site) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("nocturne: {error}");
            ExitCode::FAILURE
        }
    }
}

fn try_run(site: fn() -> Files) -> Result<(), commands::Failed> {
    let cli = Cli::parse();
    let log = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info,sqlx=warn".into()));
    match cli.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    // Two libraries that speak TLS may each bring a provider: the choice is made here, once.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let place = cli.database.location();
        match cli.command {
            Command::Serve(options) => Box::pin(serve::serve(&place, *options, site)).await,
            Command::Migrate => commands::migrate(&place).await,
            Command::Msp(MspCommand::Create(new)) => commands::msp_create(&place, new).await,
            Command::Msp(MspCommand::List) => commands::msp_list(&place).await,
            Command::Msp(MspCommand::Quota(quota)) => commands::msp_quota(&place, quota).await,
            Command::Customer(CustomerCommand::Create(new)) => commands::customer_create(&place, new).await,
            Command::User(UserCommand::Create(new)) => commands::user_create(&place, new).await,
            Command::User(UserCommand::ResetPassword(whose)) => commands::user_reset_password(&place, whose).await,
            Command::User(UserCommand::ResetSecondFactor(whose)) => commands::user_reset_second_factor(&place, &whose).await,
            Command::Demo(demo) => commands::demo(&place, demo).await,
        }
    })
}
