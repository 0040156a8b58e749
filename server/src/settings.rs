//! What the command line and the environment say, typed.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use ipnet::IpNet;
use model::{CustomerId, MspId, roles::Role};

/// The console of a managed service provider.
#[derive(Debug, Parser)]
#[command(name = "nocturne", version, about)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) database: Database,
    /// How the log on standard error is written: lines for people, or one JSON object per line
    #[arg(long, env = "NOCTURNE_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    pub(crate) log_format: LogFormat,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// Where the data are.
#[derive(Args)]
pub(crate) struct Database {
    /// sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME; without it SQLite in the data folder
    #[arg(long, env = "NOCTURNE_DATABASE_URL", hide_env_values = true, global = true)]
    database_url: Option<String>,
    /// The folder for the SQLite database and the lock that refuses a second server
    #[arg(long, env = "NOCTURNE_DATA_DIR", default_value = "data", global = true)]
    data_dir: PathBuf,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address may hold a password.
        f.debug_struct("Database").field("data_dir", &self.data_dir).finish_non_exhaustive()
    }
}

impl Database {
    pub(crate) fn location(&self) -> store::Location {
        store::Location { database_url: self.database_url.clone(), data_dir: self.data_dir.clone() }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the console
    Serve(Box<ServeOptions>),
    /// Bring the database's tables up to this version
    Migrate,
    /// Managed service providers of this installation
    #[command(subcommand)]
    Msp(MspCommand),
    /// Customers that stand on their own
    #[command(subcommand)]
    Customer(CustomerCommand),
    /// People who sign in
    #[command(subcommand)]
    User(UserCommand),
    /// Fill an MSP with simulated customers and monitors; refused while a server runs on the database
    Demo(Demo),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

/// What is never printed.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) String);

impl std::str::FromStr for Secret {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

#[derive(Debug, Args)]
pub(crate) struct ServeOptions {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, env = "NOCTURNE_LISTEN", default_value = "127.0.0.1:3000")]
    pub(crate) listen: SocketAddr,
    /// The address that people use, for example `https://noc.example.com`: https makes cookies Secure, and only pages of this
    /// origin may change anything
    #[arg(long, env = "NOCTURNE_PUBLIC_URL", value_parser = public_url)]
    pub(crate) public_url: Option<String>,
    /// The address of a reverse proxy whose X-Forwarded-For is believed
    #[arg(long, env = "NOCTURNE_TRUSTED_PROXY", value_delimiter = ',')]
    pub(crate) trusted_proxy: Vec<IpNet>,
    /// Networks that checks may reach although they are loopback, link-local or metadata addresses
    #[arg(long, env = "NOCTURNE_ALLOW_TARGET", value_delimiter = ',')]
    pub(crate) allow_target: Vec<IpNet>,
    /// Status changes per second among the simulated monitors
    #[arg(long, env = "NOCTURNE_CHURN", default_value_t = 0)]
    pub(crate) churn: u32,
    /// The certificate chain and its key, PEM files: the console then speaks HTTPS, HTTP/2 included. By `--public-url`
    /// links and cookies know it. SIGHUP reads them anew
    #[arg(long, env = "NOCTURNE_TLS_CERT", requires_all = ["tls_key", "public_url"])]
    pub(crate) tls_cert: Option<PathBuf>,
    #[arg(long, env = "NOCTURNE_TLS_KEY", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Networks that may read /metrics; everyone else finds nothing there
    #[arg(long, env = "NOCTURNE_METRICS_FROM", value_delimiter = ',', default_value = "127.0.0.0/8,::1/128")]
    pub(crate) metrics_from: Vec<IpNet>,
    /// Hours for which each measured latency is kept; afterwards an hour's figures are
    #[arg(long, env = "NOCTURNE_KEEP_RAW_HOURS", default_value_t = live::Keep::default().raw_hours, value_parser = clap::value_parser!(u32).range(25..))]
    pub(crate) keep_raw_hours: u32,
    /// Days for which an hour's latencies are kept
    #[arg(long, env = "NOCTURNE_KEEP_LATENCY_DAYS", default_value_t = live::Keep::default().latency_days, value_parser = clap::value_parser!(u32).range(2..))]
    pub(crate) keep_latency_days: u32,
    /// Days for which transitions and ended outages are kept
    #[arg(long, env = "NOCTURNE_KEEP_DAYS", default_value_t = live::Keep::default().days, value_parser = clap::value_parser!(u32).range(31..))]
    pub(crate) keep_days: u32,
    /// Whether creating and terminating a customer asks for a captcha
    #[arg(long, env = "NOCTURNE_CAPTCHA", value_enum, default_value_t = Switch::On)]
    pub(crate) captcha: Switch,
    /// The HTTP gateway for text messages, which takes `POST` with JSON {"to": "+44...", "text": "..."}; without one mobile numbers
    /// are not verified
    #[arg(long, env = "NOCTURNE_SMS_URL", hide_env_values = true)]
    pub(crate) sms_url: Option<Secret>,
    /// What the gateway knows this installation by: it is sent as `Authorization: Bearer`
    #[arg(long, env = "NOCTURNE_SMS_TOKEN", hide_env_values = true, requires = "sms_url")]
    pub(crate) sms_token: Option<Secret>,
    /// The mail server: smtp://USER:PASSWORD@HOST:587?tls=required, or smtps://USER:PASSWORD@HOST; without it mails stay in the
    /// outbox
    #[arg(long, env = "NOCTURNE_SMTP_URL", hide_env_values = true, requires = "mail_from")]
    pub(crate) smtp_url: Option<live::SmtpUrl>,
    /// Who mails are from: `Name <noc@example.com>`
    #[arg(long, env = "NOCTURNE_MAIL_FROM", requires = "smtp_url")]
    pub(crate) mail_from: Option<live::MailFrom>,
    /// The folder with the site; without it the one inside the binary
    #[arg(long, env = "NOCTURNE_SITE")]
    pub(crate) site: Option<PathBuf>,
}

impl ServeOptions {
    pub(crate) fn keep(&self) -> live::Keep {
        live::Keep { raw_hours: self.keep_raw_hours, latency_days: self.keep_latency_days, days: self.keep_days }
    }
}

fn public_url(text: &str) -> Result<String, String> {
    let wrong = || "it looks like https://noc.example.com, without a path".to_owned();
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or_else(wrong)?;
    let host = rest.strip_suffix('/').unwrap_or(rest);
    if host.is_empty() || host.contains(['/', '?', '#', '@']) {
        return Err(wrong());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

#[derive(Debug, Subcommand)]
pub(crate) enum MspCommand {
    /// Create an MSP with its first admin
    Create(MspCreate),
    /// Show every MSP with what it uses and may use
    List,
    /// Set how many customers and monitors an MSP has room for
    Quota(MspQuota),
}

#[derive(Debug, Args)]
pub(crate) struct MspCreate {
    #[arg(long)]
    pub(crate) name: String,
    #[arg(long)]
    pub(crate) admin_email: String,
    /// Read the password from standard input; without it one is made and printed
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct MspQuota {
    /// The MSP's id; may be left out where there is only one
    #[arg(long)]
    pub(crate) msp: Option<MspId>,
    #[arg(long)]
    pub(crate) customers: Option<u32>,
    #[arg(long)]
    pub(crate) monitors: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CustomerCommand {
    /// Create a customer that no MSP manages, and the Super Admin who owns it. Its id is printed: an MSP asks for it by that
    Create(CustomerCreate),
}

#[derive(Debug, Args)]
pub(crate) struct CustomerCreate {
    #[arg(long)]
    pub(crate) company: String,
    #[arg(long)]
    pub(crate) super_admin_email: String,
    /// Without it what stands before the @ of the email
    #[arg(long)]
    pub(crate) super_admin_name: Option<String>,
    /// Read the password from standard input; without it one is made and printed
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Create a person who signs in
    Create(UserCreate),
    /// Set a new password and end the person's sessions
    ResetPassword(UserPassword),
    /// Take the second factor from a person who has lost it; the password stays
    ResetSecondFactor(UserNamed),
}

#[derive(Debug, Args)]
pub(crate) struct UserCreate {
    /// admin, operator or customer
    #[arg(long, value_parser = role)]
    pub(crate) role: Role,
    /// Whose portal a customer user reads
    #[arg(long, required_if_eq("role", "customer"))]
    pub(crate) customer: Option<CustomerId>,
    #[arg(long)]
    pub(crate) email: String,
    #[arg(long)]
    pub(crate) name: String,
    /// The MSP's id; may be left out where there is only one
    #[arg(long)]
    pub(crate) msp: Option<MspId>,
    /// Read the password from standard input; without it one is made and printed
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

fn role(text: &str) -> Result<Role, String> {
    Role::from_key(text).filter(|role| *role != Role::SuperAdmin).ok_or_else(|| "one of admin, operator, customer".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct UserPassword {
    #[arg(long)]
    pub(crate) email: String,
    /// Read the password from standard input; without it one is made and printed
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct UserNamed {
    #[arg(long)]
    pub(crate) email: String,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    #[arg(long, default_value_t = 200)]
    pub(crate) customers: u32,
    #[arg(long, default_value_t = 10_000)]
    pub(crate) monitors: u32,
    /// The same seed makes the same names and profiles
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// The MSP's id; may be left out where there is only one. Where there is none, one is created with an admin
    #[arg(long)]
    pub(crate) msp: Option<MspId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn no_password_of_the_database_is_ever_printed() {
        let cli = Cli::parse_from(["nocturne", "--database-url", "postgres://u:secret@h/n", "migrate"]);
        assert!(!format!("{cli:?}").contains("secret"));
    }

    #[test]
    fn a5_no_secret_of_the_sms_gateway_is_ever_printed() {
        let cli = Cli::parse_from(["nocturne", "serve", "--sms-url", "https://sms.example/?key=hidden", "--sms-token", "hidden"]);
        assert!(!format!("{cli:?}").contains("hidden"));
    }

    #[test]
    fn k2_no_password_of_the_mail_server_is_ever_printed() {
        let serve = ["nocturne", "serve", "--smtp-url", "smtp://u:secret@h:25", "--mail-from", "noc@msp.example"];
        let said = format!("{:?}", Cli::parse_from(serve));
        assert!(said.contains("h:25") && !said.contains("secret"), "{said}");
        assert!(Cli::try_parse_from(&serve[..4]).is_err(), "a mail has a sender");
    }

    #[test]
    fn a_public_url_is_an_origin() {
        assert_eq!(public_url("https://noc.example.com/"), Ok("https://noc.example.com".into()));
        for wrong in ["noc.example.com", "https://", "https://a/b", "https://u@a"] {
            assert!(public_url(wrong).is_err(), "{wrong}");
        }
    }
}
