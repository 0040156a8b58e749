//! Guessing is slowed and locked, and a lock tells nothing about who exists.

use model::{Problem, Refusal, roles::Role};
use store::{Clock, Error, Origin, Purpose, SignedIn, Store};

use crate::both::{PASSWORD, both, refused};

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const RITA: &str = "admin@alpha.example";
const NOBODY: &str = "nobody@alpha.example";
const WRONG: &str = "wrong horse battery";

/// An address of its own for each guess, so that only the account is what is counted.
fn somewhere(n: u32) -> Origin {
    Origin::from(format!("198.51.100.{n}").as_str())
}

async fn guess(store: &Store, email: &str, password: &str, from: &Origin) -> Refusal {
    match store.sign_in(email, password, from).await {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

both! {
    async fn c6_an_account_is_locked_for_longer_and_longer_whether_it_exists_or_not(t: Fixture) {
        t.msp("Alpha").await;
        for n in 0..5 {
            for email in [RITA, NOBODY] {
                assert_eq!(guess(&t.store, email, WRONG, &somewhere(n)).await, Refusal::WrongCredentials);
            }
        }
        for lock_s in [30, 60, 120, 240, 480, 900, 900] {
            for email in [RITA, " ADMIN@Alpha.example", NOBODY] {
                let Refusal::TooManyAttempts { wait_s } = guess(&t.store, email, PASSWORD, &somewhere(9)).await else {
                    panic!("{email} is not locked");
                };
                assert!((lock_s - 5..=lock_s).contains(&wait_s), "{email} {lock_s} {wait_s}");
            }
            t.clock.advance(i64::from(lock_s) * SECOND);
            for email in [RITA, NOBODY] {
                assert_eq!(guess(&t.store, email, WRONG, &somewhere(9)).await, Refusal::WrongCredentials);
            }
        }
    }

    async fn c6_a_clock_that_is_set_back_locks_nobody_out_for_hours(t: Fixture) {
        t.msp("Alpha").await;
        for n in 0..5 {
            assert_eq!(guess(&t.store, RITA, WRONG, &somewhere(n)).await, Refusal::WrongCredentials);
        }
        assert!(matches!(guess(&t.store, RITA, PASSWORD, &somewhere(9)).await, Refusal::TooManyAttempts { .. }));
        t.clock.advance(-3 * 60 * MINUTE);
        t.token(RITA).await;
        for _ in 0..4 {
            assert_eq!(guess(&t.store, RITA, WRONG, &somewhere(9)).await, Refusal::WrongCredentials);
        }
    }

    async fn c6_a_right_password_begins_the_count_anew(t: Fixture) {
        t.msp("Alpha").await;
        for n in 0..3 {
            for _ in 0..4 {
                assert_eq!(guess(&t.store, RITA, WRONG, &somewhere(n)).await, Refusal::WrongCredentials);
            }
            t.token(RITA).await;
        }
    }

    async fn c6_a_day_without_a_failure_is_forgotten(t: Fixture) {
        t.msp("Alpha").await;
        for _ in 0..4 {
            guess(&t.store, RITA, WRONG, &somewhere(1)).await;
        }
        t.clock.advance(24 * 60 * MINUTE + SECOND);
        for _ in 0..4 {
            assert_eq!(guess(&t.store, RITA, WRONG, &somewhere(2)).await, Refusal::WrongCredentials);
        }
        t.token(RITA).await;
    }

    async fn c6_an_address_that_guesses_is_locked_over_all_accounts_and_no_other_is(t: Fixture) {
        t.msp("Alpha").await;
        let network = |n: u32| Origin::from(format!("2001:db8:1:2::{n:x}").as_str());
        for n in 0..20 {
            let email = format!("x{n}@alpha.example");
            assert_eq!(guess(&t.store, &email, WRONG, &network(n)).await, Refusal::WrongCredentials);
        }
        let Refusal::TooManyAttempts { wait_s } = guess(&t.store, RITA, PASSWORD, &network(99)).await else {
            panic!("the network is not locked");
        };
        assert!((590..=600).contains(&wait_s), "{wait_s}");
        let elsewhere = Origin::from("2001:db8:1:3::1");
        assert!(matches!(t.store.sign_in(RITA, PASSWORD, &elsewhere).await.unwrap(), SignedIn::Session(_)));
        t.clock.advance(10 * MINUTE);
        assert!(matches!(t.store.sign_in(RITA, PASSWORD, &network(1)).await.unwrap(), SignedIn::Session(_)));
    }

    async fn c6_no_more_guesses_at_once_are_looked_at_than_may_fail(t: Fixture) {
        t.msp("Alpha").await;
        let guesses: Vec<_> = (0..30)
            .map(|n| {
                let store = t.store.clone();
                tokio::spawn(async move { guess(&store, RITA, WRONG, &somewhere(n)).await })
            })
            .collect();
        let mut looked_at = 0;
        for guess in guesses {
            match guess.await.unwrap() {
                Refusal::WrongCredentials => looked_at += 1,
                Refusal::TooManyAttempts { .. } => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(looked_at, 5);
    }

    async fn c6_people_of_one_address_who_sign_in_at_once_do_not_lock_each_other_out(t: Fixture) {
        let msp = t.msp("Alpha").await;
        for n in 0..12 {
            t.person(&msp, Role::Operator, None, &format!("op{n}@alpha.example")).await;
        }
        for _ in 0..2 {
            let all: Vec<_> = (0..12)
                .map(|n| {
                    let t = t.clone();
                    tokio::spawn(async move { t.token(&format!("op{n}@alpha.example")).await })
                })
                .collect();
            for one in all {
                one.await.unwrap();
            }
        }
        for _ in 0..30 {
            t.token(RITA).await;
        }
    }

    async fn c6_a_restart_forgets_no_failure(t: Fixture) {
        t.msp("Alpha").await;
        for _ in 0..5 {
            guess(&t.store, RITA, WRONG, &somewhere(1)).await;
        }
        let again = Store::open(&t.location, Purpose::Command, Clock::system()).await.unwrap();
        assert!(matches!(guess(&again, RITA, PASSWORD, &somewhere(2)).await, Refusal::TooManyAttempts { .. }));
        again.close().await;
    }

    async fn c6_failures_and_locks_stand_in_the_trail_of_the_msp_whose_account_it_is(t: Fixture) {
        let alpha = t.msp("Alpha").await;
        let beta = t.msp("Beta").await;
        for _ in 0..5 {
            guess(&t.store, RITA, WRONG, &Origin::from("203.0.113.5")).await;
        }
        guess(&t.store, RITA, PASSWORD, &Origin::from("203.0.113.5")).await;
        let events = t.store.events(&alpha.admin, None, None, 20).await.unwrap();
        let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).filter(|kind| kind.starts_with("sign_in")).collect();
        assert_eq!(kinds, [["sign_in.locked"].as_slice(), &["sign_in.failed"; 5]].concat());
        assert_eq!((events[0].from.as_str(), events[0].subject.as_str()), ("203.0.113.5", "admin"));
        let theirs = t.store.events(&beta.admin, None, None, 20).await.unwrap();
        assert!(theirs.iter().all(|event| !event.kind.starts_with("sign_in")));
    }

    async fn c6_a_new_password_from_the_command_line_opens_the_lock(t: Fixture) {
        t.msp("Alpha").await;
        for _ in 0..5 {
            guess(&t.store, RITA, WRONG, &somewhere(1)).await;
        }
        t.store.reset_password(RITA, PASSWORD).await.unwrap();
        t.token(RITA).await;
    }

    async fn c6_guesses_at_ones_own_password_count_too(t: Fixture) {
        let alpha = t.msp("Alpha").await;
        let wrong = Refusal::field("old_password", Problem::WrongPassword);
        let from = somewhere(1);
        for _ in 0..5 {
            let change = t.store.change_password(&alpha.admin, WRONG, "another horse battery", &from);
            assert_eq!(refused(change.await), wrong);
        }
        let change = t.store.change_password(&alpha.admin, PASSWORD, "another horse battery", &from);
        assert!(matches!(refused(change.await), Refusal::TooManyAttempts { .. }));
        assert!(matches!(guess(&t.store, RITA, PASSWORD, &somewhere(2)).await, Refusal::TooManyAttempts { .. }));
    }
}
