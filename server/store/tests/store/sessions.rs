//! A person's own sessions.

use model::{Refusal, roles::Role};
use store::{Origin, SignedIn};

use crate::both::{PASSWORD, both, refused};

const RITA: &str = "admin@alpha.example";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";

both! {
    async fn c6_sessions_are_listed_with_browser_and_address_and_ended_one_by_one(t: Fixture) {
        let alpha = t.msp("Alpha").await;
        let from = Origin { address: "203.0.113.9".into(), user_agent: format!("{FIREFOX}\r\n{}", "x".repeat(10_000)) };
        let SignedIn::Session(token) = t.store.sign_in(RITA, PASSWORD, &from).await.unwrap() else { panic!() };
        let sessions = t.store.account(&alpha.admin).await.unwrap().sessions;
        let shown: Vec<_> = sessions.iter().map(|s| (s.client.as_str(), s.address.as_str(), s.this)).collect();
        assert_eq!(shown, [("Something unknown", "192.0.2.7", true), ("Firefox on Linux", "203.0.113.9", false)]);
        assert!(!sessions[1].id.to_string().contains(&token));
        t.store.end_session(&alpha.admin, &sessions[1].id).await.unwrap();
        assert!(t.store.actor(&token, "").await.unwrap().is_none());
        assert_eq!(t.store.account(&alpha.admin).await.unwrap().sessions, sessions[..1]);
        assert_eq!(refused(t.store.end_session(&alpha.admin, &sessions[1].id).await), Refusal::NotFound);
        let event = t.store.events(&alpha.admin, None, None, 1).await.unwrap().remove(0);
        assert_eq!((event.kind.as_str(), event.changes.len()), ("session.ended", 2));
    }

    async fn c6_another_persons_session_is_one_that_does_not_exist(t: Fixture) {
        let alpha = t.msp("Alpha").await;
        let other = t.person(&alpha, Role::Operator, None, "op@alpha.example").await;
        let theirs = other.session().unwrap();
        assert_eq!(refused(t.store.end_session(&alpha.admin, theirs).await), Refusal::NotFound);
        assert_eq!(t.store.end_other_sessions(&alpha.admin).await.unwrap(), 0);
        assert_eq!(t.store.account(&other).await.unwrap().sessions.len(), 1);
        assert_eq!(t.store.account(&alpha.admin).await.unwrap().sessions.len(), 1);
    }

    async fn c6_all_other_sessions_end_at_once(t: Fixture) {
        t.msp("Alpha").await;
        let (kept, one, two) = (t.token(RITA).await, t.token(RITA).await, t.token(RITA).await);
        let rita = t.store.actor(&kept, "").await.unwrap().unwrap();
        // With the one that the fixture signed in.
        assert_eq!(t.store.end_other_sessions(&rita).await.unwrap(), 3);
        for ended in [one, two] {
            assert!(t.store.actor(&ended, "").await.unwrap().is_none());
        }
        assert!(t.store.actor(&kept, "").await.unwrap().is_some());
    }

    async fn c6_a_password_that_is_changed_leaves_one_new_session(t: Fixture) {
        let alpha = t.msp("Alpha").await;
        let (asking, other) = (t.token(RITA).await, t.token(RITA).await);
        let rita = t.store.actor(&asking, "").await.unwrap().unwrap();
        let short = t.store.change_password(&rita, "", "short", &"".into()).await;
        let Refusal::Invalid(errors) = refused(short) else { panic!() };
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["password", "old_password"]);
        let new = t.store.change_password(&rita, PASSWORD, "another horse battery", &"".into()).await.unwrap();
        for ended in [asking, other] {
            assert!(t.store.actor(&ended, "").await.unwrap().is_none());
        }
        let rita = t.store.actor(&new, "").await.unwrap().unwrap();
        assert_eq!(t.store.account(&rita).await.unwrap().sessions.len(), 1);
        assert_eq!(refused(t.store.sign_in(RITA, PASSWORD, &"".into()).await), Refusal::WrongCredentials);
        assert!(t.store.sign_in(RITA, "another horse battery", &"".into()).await.is_ok());
        let events = t.store.events(&alpha.admin, None, None, 5).await.unwrap();
        assert!(events.iter().any(|event| event.kind == "user.password_changed"));
    }
}
