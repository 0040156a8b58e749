//! Codes by time, recovery codes, and the sign-in that waits for one of them.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use model::{Problem, Refusal, account::SecondFactor, roles::Role};
use sha1::Sha1;
use store::{Actor, Origin, SignedIn};

use crate::both::{Fixture, PASSWORD, both, refused};

const RITA: &str = "admin@alpha.example";
const STEP: i64 = 30_000;
const MINUTE: i64 = 60_000;

fn here() -> Origin {
    Origin::from("192.0.2.7")
}

/// The code that an app shows `steps` from now.
fn code(t: &Fixture, secret: &str, steps: i64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(&BASE32_NOPAD.decode(secret.as_bytes()).unwrap()).unwrap();
    mac.update(&(t.clock.now() / STEP + steps).to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let offset = usize::from(hash[19] & 15);
    let number = u32::from_be_bytes(hash[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// Switches the second factor on: the secret and the recovery codes. The code of this step is used then.
async fn switch_on(t: &Fixture, actor: &Actor) -> (String, Vec<String>) {
    t.store.offer_second_factor(actor, PASSWORD).await.unwrap();
    let secret = t.store.offered_second_factor(actor).await.unwrap().unwrap().secret;
    let codes = t.store.confirm_second_factor(actor, &code(t, &secret, 0)).await.unwrap();
    (secret, codes)
}

/// The token after a right password.
async fn password_given(t: &Fixture) -> String {
    match t.store.sign_in(RITA, PASSWORD, &here()).await.unwrap() {
        SignedIn::SecondFactor(token) => token,
        SignedIn::Session(_) => panic!("no code was asked for"),
    }
}

fn wrong_code() -> Refusal {
    Refusal::field("code", Problem::WrongCode)
}

both! {
    async fn c6_a_second_factor_is_on_once_a_code_proves_it(t: Fixture) {
        let rita = t.msp("Alpha").await.admin;
        assert_eq!(
            refused(t.store.offer_second_factor(&rita, "wrong horse battery").await),
            Refusal::field("password", Problem::WrongPassword)
        );
        assert_eq!(refused(t.store.confirm_second_factor(&rita, "123456").await), Refusal::Conflict);
        t.store.offer_second_factor(&rita, PASSWORD).await.unwrap();
        let offered = t.store.offered_second_factor(&rita).await.unwrap().unwrap();
        assert!(offered.uri.contains(&format!("secret={}", offered.secret)) && offered.uri.contains(RITA), "{}", offered.uri);
        assert_eq!(refused(t.store.confirm_second_factor(&rita, &code(&t, &offered.secret, 5)).await), wrong_code());
        assert!(matches!(t.store.sign_in(RITA, PASSWORD, &here()).await.unwrap(), SignedIn::Session(_)));
        let codes = t.store.confirm_second_factor(&rita, &code(&t, &offered.secret, 0)).await.unwrap();
        assert_eq!(codes.iter().collect::<std::collections::BTreeSet<_>>().len(), 10);
        assert_eq!(t.store.account(&rita).await.unwrap().second_factor, SecondFactor::On { recovery_left: 10 });
        assert_eq!(refused(t.store.offer_second_factor(&rita, PASSWORD).await), Refusal::Conflict);
        assert!(matches!(t.store.sign_in(RITA, PASSWORD, &here()).await.unwrap(), SignedIn::SecondFactor(_)));
    }

    async fn c6_a_secret_that_was_shown_waits_a_quarter_of_an_hour(t: Fixture) {
        let rita = t.msp("Alpha").await.admin;
        t.store.offer_second_factor(&rita, PASSWORD).await.unwrap();
        let secret = t.store.offered_second_factor(&rita).await.unwrap().unwrap().secret;
        t.clock.advance(16 * MINUTE);
        assert_eq!(t.store.offered_second_factor(&rita).await.unwrap(), None);
        assert_eq!(refused(t.store.confirm_second_factor(&rita, &code(&t, &secret, 0)).await), Refusal::Conflict);
    }

    async fn c6_a_code_signs_in_once_and_is_never_taken_again(t: Fixture) {
        let rita = t.msp("Alpha").await.admin;
        let (secret, _) = switch_on(&t, &rita).await;
        let token = password_given(&t).await;
        // The code that switched it on.
        assert_eq!(refused(t.store.sign_in_by_code(&token, &code(&t, &secret, 0), &here()).await), wrong_code());
        t.clock.advance(2 * STEP);
        let now = code(&t, &secret, 0);
        let session = t.store.sign_in_by_code(&token, &format!(" {} {}", &now[..3], &now[3..]), &here()).await.unwrap();
        assert!(t.store.actor(&session, "").await.unwrap().is_some());
        assert_eq!(refused(t.store.sign_in_by_code(&token, &now, &here()).await), Refusal::SignInExpired);
        let again = password_given(&t).await;
        assert_eq!(refused(t.store.sign_in_by_code(&again, &now, &here()).await), wrong_code());
        assert_eq!(refused(t.store.sign_in_by_code(&again, &code(&t, &secret, -1), &here()).await), wrong_code());
        assert!(t.store.sign_in_by_code(&again, &code(&t, &secret, 1), &here()).await.is_ok());
    }

    async fn c6_a_code_that_comes_twice_at_once_signs_in_once(t: Fixture) {
        let rita = t.msp("Alpha").await.admin;
        let (secret, _) = switch_on(&t, &rita).await;
        t.clock.advance(2 * STEP);
        let now = code(&t, &secret, 0);
        let (first, second) = (password_given(&t).await, password_given(&t).await);
        let from = here();
        let (a, b) = tokio::join!(t.store.sign_in_by_code(&first, &now, &from), t.store.sign_in_by_code(&second, &now, &from));
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    }

    async fn c6_the_token_after_the_password_is_worthless_for_anything_else(t: Fixture) {
        let rita = t.msp("Alpha").await.admin;
        let (secret, _) = switch_on(&t, &rita).await;
        t.clock.advance(2 * STEP);
        let token = password_given(&t).await;
        assert!(t.store.actor(&token, "").await.unwrap().is_none());
        let session = t.store.sign_in_by_code(&token, &code(&t, &secret, 0), &here()).await.unwrap();
        assert_ne!(session, token);
        assert_eq!(t.store.pending_sign_in(&session).await.unwrap(), None);
        for nothing in [session.as_str(), "", "\0", "rubbish"] {
            assert_eq!(refused(t.store.sign_in_by_code(nothing, &code(&t, &secret, 1), &here()).await), Refusal::SignInExpired);
        }
    }

    async fn c6_a_sign_in_waits_five_minutes_for_its_code(t: Fixture) {
        let rita = t.msp("Alpha").await.admin;
        let (secret, _) = switch_on(&t, &rita).await;
        let token = password_given(&t).await;
        assert_eq!(t.store.pending_sign_in(&token).await.unwrap().as_deref(), Some(RITA));
        t.clock.advance(5 * MINUTE + 1000);
        assert_eq!(t.store.pending_sign_in(&token).await.unwrap(), None);
        assert_eq!(refused(t.store.sign_in_by_code(&token, &code(&t, &secret, 0), &here()).await), Refusal::SignInExpired);
    }

    async fn c6_guesses_at_the_code_lock_the_account_and_a_right_password_between_them_does_not_help(t: Fixture) {
        let rita = t.msp("Alpha").await.admin;
        let (secret, _) = switch_on(&t, &rita).await;
        t.clock.advance(2 * STEP);
        for _ in 0..4 {
            let token = password_given(&t).await;
            assert_eq!(refused(t.store.sign_in_by_code(&token, "000000", &here()).await), wrong_code());
        }
        let token = password_given(&t).await;
        assert_eq!(refused(t.store.sign_in_by_code(&token, "0000-0000-0000-0000", &here()).await), wrong_code());
        let right = code(&t, &secret, 0);
        assert!(matches!(
            refused(t.store.sign_in_by_code(&token, &right, &here()).await),
            Refusal::TooManyAttempts { wait_s: 25..=30 }
        ));
        assert!(matches!(refused(t.store.sign_in(RITA, PASSWORD, &here()).await), Refusal::TooManyAttempts { .. }));
        t.clock.advance(STEP);
        assert!(t.store.sign_in_by_code(&token, &code(&t, &secret, 0), &here()).await.is_ok());
        let failed = t.store.events(&rita, None, None, 50).await.unwrap();
        assert_eq!(failed.iter().filter(|event| event.kind == "sign_in.failed").count(), 5);
        assert_eq!(failed.iter().filter(|event| event.kind == "sign_in.locked").count(), 1);
    }

    async fn c6_five_wrong_codes_and_the_password_is_asked_for_again(t: Fixture) {
        let rita = t.msp("Alpha").await.admin;
        let (secret, _) = switch_on(&t, &rita).await;
        let token = password_given(&t).await;
        for n in 1..=5 {
            let expected = if n < 5 { wrong_code() } else { Refusal::SignInExpired };
            assert_eq!(refused(t.store.sign_in_by_code(&token, "000000", &here()).await), expected, "{n}");
        }
        t.clock.advance(STEP);
        assert_eq!(refused(t.store.sign_in_by_code(&token, &code(&t, &secret, 0), &here()).await), Refusal::SignInExpired);
    }

    async fn c6_a_recovery_code_signs_in_once_and_for_its_person_alone(t: Fixture) {
        let alpha = t.msp("Alpha").await;
        let (_, codes) = switch_on(&t, &alpha.admin).await;
        let other = t.person(&alpha, Role::Operator, None, "op@alpha.example").await;
        let (_, theirs) = switch_on(&t, &other).await;
        let token = password_given(&t).await;
        assert_eq!(refused(t.store.sign_in_by_code(&token, &theirs[0], &here()).await), wrong_code());
        assert!(t.store.sign_in_by_code(&token, &codes[3].to_uppercase().replace('-', " "), &here()).await.is_ok());
        assert_eq!(t.store.account(&alpha.admin).await.unwrap().second_factor, SecondFactor::On { recovery_left: 9 });
        let token = password_given(&t).await;
        assert_eq!(refused(t.store.sign_in_by_code(&token, &codes[3], &here()).await), wrong_code());
        let new = t.store.renew_recovery_codes(&alpha.admin, PASSWORD).await.unwrap();
        assert_eq!(refused(t.store.sign_in_by_code(&token, &codes[4], &here()).await), wrong_code());
        assert!(t.store.sign_in_by_code(&token, &new[0], &here()).await.is_ok());
        let events = t.store.events(&alpha.admin, None, None, 50).await.unwrap();
        let used = events.iter().find(|event| event.kind == "sign_in.by_recovery_code").unwrap();
        assert_eq!(used.changes, [("recovery_codes".into(), "10".into(), "9".into())]);
    }

    async fn c6_without_the_password_nobody_switches_it_off(t: Fixture) {
        let rita = t.msp("Alpha").await.admin;
        switch_on(&t, &rita).await;
        let wrong = Refusal::field("password", Problem::WrongPassword);
        assert_eq!(refused(t.store.disable_second_factor(&rita, "wrong horse battery").await), wrong);
        assert_eq!(refused(t.store.renew_recovery_codes(&rita, "wrong horse battery").await), wrong);
        t.store.disable_second_factor(&rita, PASSWORD).await.unwrap();
        assert_eq!(t.store.account(&rita).await.unwrap().second_factor, SecondFactor::Off);
        assert_eq!(refused(t.store.renew_recovery_codes(&rita, PASSWORD).await), Refusal::Conflict);
        t.token(RITA).await;
        let events = t.store.events(&rita, None, None, 50).await.unwrap();
        let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).filter(|kind| kind.contains("second")).collect();
        assert_eq!(kinds, ["user.second_factor_disabled", "user.second_factor_enabled"]);
    }

    async fn c6_who_lost_app_and_codes_is_let_in_from_the_command_line(t: Fixture) {
        let rita = t.msp("Alpha").await.admin;
        assert_eq!(refused(t.store.reset_second_factor(RITA).await), Refusal::NotFound);
        let (secret, _) = switch_on(&t, &rita).await;
        let token = password_given(&t).await;
        t.clock.advance(2 * STEP);
        t.store.reset_second_factor("Admin@alpha.example").await.unwrap();
        assert_eq!(refused(t.store.sign_in_by_code(&token, &code(&t, &secret, 0), &here()).await), Refusal::SignInExpired);
        t.token(RITA).await;
        assert_eq!(refused(t.store.reset_second_factor("nobody@alpha.example").await), Refusal::NotFound);
        let newest = t.store.events(&rita, None, None, 1).await.unwrap().remove(0);
        assert_eq!((newest.kind.as_str(), newest.from.as_str()), ("user.second_factor_reset", "command line"));
    }

    async fn c6_a_new_password_ends_the_sign_ins_that_wait_for_a_code(t: Fixture) {
        let rita = t.msp("Alpha").await.admin;
        let (secret, _) = switch_on(&t, &rita).await;
        t.clock.advance(2 * STEP);
        let token = password_given(&t).await;
        t.store.change_password(&rita, PASSWORD, "another horse battery", &here()).await.unwrap();
        assert_eq!(refused(t.store.sign_in_by_code(&token, &code(&t, &secret, 0), &here()).await), Refusal::SignInExpired);
    }

    async fn c6_nobody_has_no_account(t: Fixture) {
        let system = Actor::system(t.msp("Alpha").await.id, "test");
        assert_eq!(refused(t.store.account(&system).await), Refusal::SignedOut);
        assert_eq!(refused(t.store.offer_second_factor(&system, PASSWORD).await), Refusal::SignedOut);
        assert_eq!(refused(t.store.end_other_sessions(&system).await), Refusal::SignedOut);
        assert_eq!(refused(t.store.end_session(&system, &model::SessionId::from_u128(1)).await), Refusal::SignedOut);
    }
}
