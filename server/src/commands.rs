//! The commands beside `serve`.

use std::io::Read;

use model::{MspId, accounts::AccountInput};
use rand::distr::{Alphanumeric, SampleString};
use store::{Actor, Clock, Error, Location, OpenError, Purpose, Store};

use crate::settings::{CustomerCreate, Demo, MspCreate, MspQuota, UserCreate, UserNamed, UserPassword};

/// Why a command failed, as the person who typed it reads it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("{}", told(.0))]
    Store(#[from] Error),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Said(String),
}

/// On the command line the person may see what the database said, and which field was meant.
fn told(error: &Error) -> String {
    match error {
        Error::Refused(model::Refusal::Invalid(errors)) => {
            errors.iter().map(|e| format!("{}: {}", e.field, e.problem)).collect::<Vec<_>>().join(" ")
        }
        Error::Refused(refusal) => refusal.to_string(),
        Error::Unavailable(_) | Error::Broken(_) => error.to_string(),
    }
}

/// A command's one line on standard output.
#[allow(clippy::print_stdout, reason = "a command answers on standard output")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

async fn open(place: &Location, purpose: Purpose) -> Result<Store, Failed> {
    let store = Store::open(place, purpose, Clock::system()).await?;
    store.migrate().await?;
    Ok(store)
}

pub(crate) async fn migrate(place: &Location) -> Result<(), Failed> {
    open(place, Purpose::Command).await?.close().await;
    say("The database is up to date.");
    Ok(())
}

pub(crate) async fn msp_create(place: &Location, new: MspCreate) -> Result<(), Failed> {
    let store = open(place, Purpose::Command).await?;
    let password = Password::given(new.password_stdin)?;
    let msp = store.create_msp(&new.name, &new.admin_email, &password.text).await?;
    say(&msp.to_string());
    password.tell(&new.admin_email);
    store.close().await;
    Ok(())
}

pub(crate) async fn msp_list(place: &Location) -> Result<(), Failed> {
    let store = open(place, Purpose::Command).await?;
    for msp in store.msps().await? {
        say(&format!(
            "{} customers {}/{} monitors {}/{} {}{}",
            msp.id,
            msp.customers_used,
            msp.customers_quota,
            msp.monitors_used,
            msp.monitors_quota,
            msp.name,
            if msp.demo { " (demonstration)" } else { "" }
        ));
    }
    store.close().await;
    Ok(())
}

pub(crate) async fn msp_quota(place: &Location, quota: MspQuota) -> Result<(), Failed> {
    let store = open(place, Purpose::Command).await?;
    let msp = the_msp(&store, quota.msp).await?;
    store.set_quota(&msp, quota.customers, quota.monitors).await?;
    store.close().await;
    msp_list(place).await
}

pub(crate) async fn customer_create(place: &Location, new: CustomerCreate) -> Result<(), Failed> {
    let store = open(place, Purpose::Command).await?;
    let password = Password::given(new.password_stdin)?;
    let named = new.super_admin_name.unwrap_or_else(|| new.super_admin_email.split('@').next().unwrap_or_default().to_owned());
    let input = AccountInput {
        company: new.company,
        super_admin_name: named,
        super_admin_email: new.super_admin_email,
        password: password.text.clone(),
    };
    let customer = store.create_account(&input).await?;
    say(&customer.to_string());
    password.tell(&input.super_admin_email);
    store.close().await;
    Ok(())
}

pub(crate) async fn user_create(place: &Location, new: UserCreate) -> Result<(), Failed> {
    let store = open(place, Purpose::Command).await?;
    let msp = the_msp(&store, new.msp).await?;
    let password = Password::given(new.password_stdin)?;
    let actor = Actor::system(msp, "command line");
    let user = store.create_user(&actor, new.role, new.customer.as_ref(), &new.email, &new.name, &password.text).await?;
    say(&user.to_string());
    password.tell(&new.email);
    store.close().await;
    Ok(())
}

pub(crate) async fn user_reset_password(place: &Location, whose: UserPassword) -> Result<(), Failed> {
    let store = open(place, Purpose::Command).await?;
    let password = Password::given(whose.password_stdin)?;
    store.reset_password(&whose.email, &password.text).await?;
    say("The password is set, and the person's sessions are ended.");
    password.tell(&whose.email);
    store.close().await;
    Ok(())
}

pub(crate) async fn user_reset_second_factor(place: &Location, whose: &UserNamed) -> Result<(), Failed> {
    let store = open(place, Purpose::Command).await?;
    store.reset_second_factor(&whose.email).await?;
    say("The second factor is off: the password alone signs in.");
    store.close().await;
    Ok(())
}

pub(crate) async fn demo(place: &Location, demo: Demo) -> Result<(), Failed> {
    const ADMIN: &str = "admin@nocturne.example";
    let store = open(place, Purpose::Exclusive).await?;
    let msp = if demo.msp.is_none() && store.msps().await?.is_empty() {
        let password = Password::made();
        let msp = store.create_msp("Demonstration", ADMIN, &password.text).await?;
        password.tell(ADMIN);
        msp
    } else {
        the_msp(&store, demo.msp).await?
    };
    store.fill_demo(&msp, demo.customers, demo.monitors, demo.seed).await?;
    say(&format!("{} customers and {} simulated monitors are in {msp}.", demo.customers, demo.monitors));
    store.close().await;
    Ok(())
}

/// The MSP that is meant: the one named, or the only one there is.
async fn the_msp(store: &Store, named: Option<MspId>) -> Result<MspId, Failed> {
    let mut msps = store.msps().await?;
    if let Some(named) = named {
        return if msps.iter().any(|msp| msp.id == named) {
            Ok(named)
        } else {
            Err(Failed::Said(format!("there is no MSP {named}")))
        };
    }
    match (msps.pop(), msps.is_empty()) {
        (Some(only), true) => Ok(only.id),
        (Some(_), false) => Err(Failed::Said("there is more than one MSP: name it with --msp (see `nocturne msp list`)".into())),
        (None, _) => Err(Failed::Said("there is no MSP yet: create one with `nocturne msp create`".into())),
    }
}

/// A password from standard input, or one made here and told once.
struct Password {
    text: String,
    made: bool,
}

impl Password {
    fn made() -> Self {
        Self { text: Alphanumeric.sample_string(&mut rand::rng(), 20), made: true }
    }

    fn given(stdin: bool) -> Result<Self, Failed> {
        if !stdin {
            return Ok(Self::made());
        }
        let mut text = String::new();
        std::io::stdin().take(4096).read_to_string(&mut text)?;
        let text = text.trim_end_matches(['\r', '\n']).to_owned();
        Ok(Self { text, made: false })
    }

    fn tell(&self, email: &str) {
        if self.made {
            say(&format!("Sign in as {email} with the password {}", self.text));
        }
    }
}
