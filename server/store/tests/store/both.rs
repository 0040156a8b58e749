//! Runs each test on both engines, each time on a database of its own.

use std::{future::Future, pin::Pin};

use fixture::Database;
use model::{CustomerId, MonitorId, MspId, customers::CustomerInput, monitors::MonitorInput, roles::Role};
use store::{Actor, Clock, Location, Origin, Purpose, SignedIn, Store};
use tokio::task::{JoinError, LocalSet, spawn_local};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// An empty, migrated database, and what a test needs around it.
#[derive(Clone)]
pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) location: Location,
}

/// An MSP with room, and its admin.
pub(crate) struct Msp {
    pub(crate) id: MspId,
    pub(crate) admin: Actor,
}

/// Makes two tests of each function, one per engine.
macro_rules! both {
    ($(async fn $name:ident($t:ident: Fixture) $body:block)*) => {
        $(mod $name {
            #[allow(unused_imports, reason = "not every test needs all of its file's imports")]
            use super::*;

            fn run($t: $crate::both::Fixture) -> $crate::both::Test {
                Box::pin(async move $body)
            }

            #[tokio::test]
            async fn sqlite() {
                $crate::both::on_sqlite(run).await;
            }

            #[tokio::test]
            async fn postgres() {
                $crate::both::on_postgres(run).await;
            }
        })*
    };
}
pub(crate) use both;

/// A test under way. Each is as large as the store itself: boxed, what runs it is compiled once, and nobody asks whether it could go
/// to another thread, which takes the compiler longer than everything else.
pub(crate) type Test = Pin<Box<dyn Future<Output = ()>>>;

pub(crate) async fn on_sqlite(test: fn(Fixture) -> Test) {
    let folder = tempfile::tempdir().unwrap();
    run(Location { database_url: None, data_dir: folder.path().join("data") }, test).await.unwrap();
}

pub(crate) async fn on_postgres(test: fn(Fixture) -> Test) {
    let database = Database::create();
    let folder = tempfile::tempdir().unwrap();
    run(Location { database_url: Some(database.url()), data_dir: folder.path().to_owned() }, test).await.unwrap();
}

async fn run(location: Location, test: fn(Fixture) -> Test) -> Result<(), JoinError> {
    let clock = Clock::system();
    let store = Store::open(&location, Purpose::Serve, clock.clone()).await.unwrap();
    store.migrate().await.unwrap();
    let test = test(Fixture { store: store.clone(), clock, location });
    let ended = LocalSet::new().run_until(async { spawn_local(test).await }).await;
    store.close().await;
    ended
}

impl Fixture {
    /// An MSP with room for plenty, its admin signed in.
    pub(crate) async fn msp(&self, name: &str) -> Msp {
        let email = format!("admin@{}.example", name.to_lowercase());
        let id = self.store.create_msp(name, &email, PASSWORD).await.unwrap();
        self.store.set_quota(&id, Some(1000), Some(1000)).await.unwrap();
        Msp { id, admin: self.sign_in(&email).await }
    }

    pub(crate) async fn sign_in(&self, email: &str) -> Actor {
        let token = self.token(email).await;
        self.store.actor(&token, "192.0.2.7").await.unwrap().unwrap()
    }

    /// The token of a new session of a person without a second factor.
    pub(crate) async fn token(&self, email: &str) -> String {
        match self.store.sign_in(email, PASSWORD, &Origin::from("192.0.2.7")).await.unwrap() {
            SignedIn::Session(token) => token,
            SignedIn::SecondFactor(_) => panic!("{email} has a second factor"),
        }
    }

    /// A person of `msp`, signed in.
    pub(crate) async fn person(&self, msp: &Msp, role: Role, customer: Option<&CustomerId>, email: &str) -> Actor {
        let system = Actor::system(msp.id.clone(), "test");
        self.store.create_user(&system, role, customer, email, "Someone", PASSWORD).await.unwrap();
        self.sign_in(email).await
    }

    /// The address in the one mail that is due: nobody else has it.
    pub(crate) async fn mailed_token(&self, to: &str) -> String {
        let mut mails = self.store.claim_mails(10).await.unwrap();
        mails.retain(|mail| mail.to == to);
        let [mail] = mails.as_slice() else { panic!("one mail to {to} is due, not {mails:?}") };
        let token = mail.text.split("/invitation/").nth(1).unwrap().split_whitespace().next().unwrap();
        assert!(mail.html.contains(token), "{}", mail.html);
        token.to_owned()
    }

    pub(crate) async fn customer(&self, msp: &Msp, company: &str) -> CustomerId {
        self.store.create_customer(&msp.admin, &customer_input(company)).await.unwrap()
    }

    pub(crate) async fn monitor(&self, msp: &Msp, customer: &CustomerId, name: &str) -> MonitorId {
        self.store.create_monitor(&msp.admin, customer, &monitor_input(name)).await.unwrap()
    }
}

pub(crate) fn customer_input(company: &str) -> CustomerInput {
    CustomerInput {
        company: company.into(),
        email: "it@customer.example".into(),
        account_manager_email: "manager@msp.example".into(),
        ..CustomerInput::default()
    }
}

pub(crate) fn monitor_input(name: &str) -> MonitorInput {
    MonitorInput { name: name.into(), url: "https://shop.example/".into(), ..MonitorInput::default() }
}

/// What was refused.
pub(crate) fn refused<T: std::fmt::Debug>(result: store::Result<T>) -> model::Refusal {
    match result.unwrap_err() {
        store::Error::Refused(refusal) => refusal,
        other @ (store::Error::Unavailable(_) | store::Error::Broken(_)) => panic!("{other}"),
    }
}
