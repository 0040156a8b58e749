//! Invitations: once, in time, not taken back, and not to an account that is closed.

use model::{
    FieldError, Problem, Refusal,
    customers::CustomerInput,
    invitations::{AcceptInput, InvitationInput, InvitationState},
    lifecycle::Step,
    roles::Role,
};
use store::Origin;

use crate::both::{Fixture, Msp, PASSWORD, both, customer_input, refused};

const DAY: i64 = 24 * 60 * 60 * 1000;
const RITA: &str = "rita@harbor.example";

fn invitee(email: &str, role: &str) -> InvitationInput {
    InvitationInput { email: email.into(), name: "Rita Reader".into(), role: role.into() }
}

fn accepting() -> AcceptInput {
    AcceptInput { name: "Rita Núñez".into(), password: PASSWORD.into() }
}

fn origin() -> Origin {
    Origin::from("192.0.2.9")
}

async fn states(t: &Fixture, msp: &Msp, customer: Option<&model::CustomerId>) -> Vec<InvitationState> {
    t.store.invitations(&msp.admin, customer).await.unwrap().iter().map(|row| row.state).collect()
}

/// The link does nothing, and says no more than any other that does nothing.
async fn is_over(t: &Fixture, token: &str) {
    assert_eq!(refused(t.store.invitation(token).await), Refusal::InvitationOver);
    assert_eq!(refused(t.store.accept_invitation(token, &accepting(), &origin()).await), Refusal::InvitationOver);
}

both! {
    async fn d2_a_customers_person_is_invited_in_their_language_accepts_once_and_reads_the_portal(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let german = CustomerInput { language: "de".into(), ..customer_input("Hafen <Süd>") };
        let customer = t.store.create_customer(&msp.admin, &german).await.unwrap();
        t.store.invite(&msp.admin, Some(&customer), &invitee(RITA, "admin")).await.unwrap();
        let row = t.store.outbox(&msp.admin, None, 1).await.unwrap().rows.remove(0);
        assert_eq!(row.subject, "Alpha: So steht es um Hafen <Süd>");
        let token = t.mailed_token(RITA).await;
        let welcome = t.store.invitation(&token).await.unwrap();
        assert_eq!((welcome.msp.as_str(), welcome.customer.as_deref()), ("Alpha", Some("Hafen <Süd>")));
        // Whatever the form said: a customer's person is nothing else.
        assert_eq!((welcome.email.as_str(), welcome.name.as_str(), welcome.role), (RITA, "Rita Reader", Role::Customer));

        let short = AcceptInput { name: " ".into(), password: "short".into() };
        let Refusal::Invalid(errors) = refused(t.store.accept_invitation(&token, &short, &origin()).await) else { panic!() };
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["name", "password"]);
        let (session, role) = t.store.accept_invitation(&token, &accepting(), &origin()).await.unwrap();
        assert_eq!(role, Role::Customer);
        let rita = t.store.actor(&session, "192.0.2.9").await.unwrap().unwrap();
        assert_eq!(rita.customer(), Some(&customer));
        assert!(t.store.customer(&rita, &customer).await.is_ok());
        assert_eq!(t.sign_in(RITA).await.user(), rita.user());
        is_over(&t, &token).await;
        assert_eq!(states(&t, &msp, Some(&customer)).await, [InvitationState::Accepted]);
        assert_eq!(states(&t, &msp, None).await, []);
        let users = t.store.users_of_customer(&msp.admin, &customer).await.unwrap();
        assert_eq!(users.iter().map(|user| (user.name.as_str(), user.email.as_str())).collect::<Vec<_>>(), [("Rita Núñez", RITA)]);
        let events = t.store.events(&msp.admin, Some(&customer), None, 2).await.unwrap();
        let told: Vec<_> = events.iter().map(|event| (event.kind.as_str(), event.actor.as_str(), event.from.as_str())).collect();
        let (herself, admin) = (format!("Rita Núñez <{RITA}>"), "admin <admin@alpha.example>");
        assert_eq!(told, [("invitation.accepted", herself.as_str(), "192.0.2.9"), ("invitation.created", admin, "192.0.2.7")]);
    }

    async fn c3_staff_is_invited_with_the_role_that_was_chosen(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let none = t.store.invite(&msp.admin, None, &invitee("otto@alpha.example", "customer")).await;
        assert_eq!(refused(none), Refusal::Invalid(vec![FieldError::new("role", Problem::NotAChoice)]));
        t.store.invite(&msp.admin, None, &invitee("otto@alpha.example", "admin")).await.unwrap();
        let token = t.mailed_token("otto@alpha.example").await;
        let (session, role) = t.store.accept_invitation(&token, &accepting(), &origin()).await.unwrap();
        let otto = t.store.actor(&session, "").await.unwrap().unwrap();
        assert_eq!((role, otto.role(), otto.msp()), (Role::Admin, Some(Role::Admin), &msp.id));
    }

    async fn c3_an_address_is_invited_once_and_never_if_it_signs_in(t: Fixture) {
        let (msp, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        let refused_at_email = |problem| Refusal::field("email", problem);
        let again = t.store.invite(&msp.admin, None, &invitee(" Admin@ALPHA.example", "operator")).await;
        assert_eq!(refused(again), refused_at_email(Problem::HasAccount));
        let nobody = t.store.invite(&msp.admin, None, &invitee("nobody", "operator")).await;
        assert_eq!(refused(nobody), refused_at_email(Problem::NotAnEmail));
        t.store.invite(&msp.admin, None, &invitee(RITA, "operator")).await.unwrap();
        let again = t.store.invite(&msp.admin, None, &invitee("RITA@harbor.example", "operator")).await;
        assert_eq!(refused(again), refused_at_email(Problem::Invited));
        // Nothing of it was kept, its mail neither.
        assert_eq!(t.store.outbox(&msp.admin, None, 1).await.unwrap().matching, 1);
        let first = t.mailed_token(RITA).await;

        // Once it has expired it no longer stands in the way. Another MSP is another matter.
        t.clock.advance(7 * DAY);
        assert_eq!(states(&t, &msp, None).await, [InvitationState::Expired]);
        is_over(&t, &first).await;
        t.store.invite(&msp.admin, None, &invitee(RITA, "operator")).await.unwrap();
        assert_eq!(states(&t, &msp, None).await, [InvitationState::Open, InvitationState::Revoked]);
        t.store.delivered(&t.store.claim_mails(1).await.unwrap()[0], &store::mail::Delivery::Sent).await.unwrap();
        t.store.invite(&beta.admin, None, &invitee(RITA, "operator")).await.unwrap();
        let mails = t.store.claim_mails(10).await.unwrap();
        let token = |mail: &store::mail::ClaimedMail| mail.text.split("/invitation/").nth(1).unwrap()[..43].to_owned();
        let of_beta = token(mails.iter().find(|mail| mail.subject.contains("Beta")).unwrap());
        t.store.accept_invitation(&of_beta, &accepting(), &origin()).await.unwrap();
        let open = t.store.invitations(&msp.admin, None).await.unwrap().swap_remove(0);
        assert_eq!((open.state, refused(t.store.resend_invitation(&msp.admin, &open.id).await)), (InvitationState::Open, Refusal::HasAccount));
        // Who has an account by now cannot get another by what is still open.
        for mail in &mails {
            is_over(&t, &token(mail)).await;
        }
    }

    async fn c3_what_is_sent_again_has_a_new_link_and_what_is_revoked_has_none(t: Fixture) {
        let (msp, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        let id = t.store.invite(&msp.admin, None, &invitee(RITA, "operator")).await.unwrap();
        let first = t.mailed_token(RITA).await;
        t.clock.advance(6 * DAY);
        t.store.resend_invitation(&msp.admin, &id).await.unwrap();
        is_over(&t, &first).await;
        // The first mail was claimed and not sent: it does not come back with a dead link... but in its lease.
        let page = t.store.outbox(&msp.admin, None, 1).await.unwrap();
        assert!(page.matching <= 2);
        let mails = t.store.claim_mails(10).await.unwrap();
        let tokens: Vec<&str> = mails.iter().map(|mail| &mail.text.split("/invitation/").nth(1).unwrap()[..43]).collect();
        let second = tokens.iter().copied().find(|token| *token != first).unwrap();
        t.clock.advance(6 * DAY);
        assert!(t.store.invitation(second).await.is_ok(), "good for as long as a new one");

        for step in 0..2 {
            let other = if step == 0 {
                t.store.resend_invitation(&beta.admin, &id).await
            } else {
                t.store.revoke_invitation(&beta.admin, &id).await
            };
            assert_eq!(refused(other), Refusal::NotFound);
        }
        t.store.resend_invitation(&msp.admin, &id).await.unwrap();
        assert_eq!(t.store.outbox(&msp.admin, Some(model::mail::MailState::Queued), 1).await.unwrap().matching, 1);
        t.store.revoke_invitation(&msp.admin, &id).await.unwrap();
        // Nobody gets a mail about what is no more.
        assert_eq!(t.store.outbox(&msp.admin, Some(model::mail::MailState::Queued), 1).await.unwrap().matching, 0);
        is_over(&t, second).await;
        assert_eq!(refused(t.store.revoke_invitation(&msp.admin, &id).await), Refusal::Conflict);
        assert_eq!(refused(t.store.resend_invitation(&msp.admin, &id).await), Refusal::Conflict);
        let kinds: Vec<String> =
            t.store.events(&msp.admin, None, None, 4).await.unwrap().into_iter().map(|event| event.kind).collect();
        assert_eq!(kinds, ["invitation.revoked", "invitation.sent_again", "invitation.sent_again", "invitation.created"]);
    }

    async fn d2_of_two_who_accept_at_once_one_is_in(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        t.store.invite(&msp.admin, Some(&customer), &invitee(RITA, "")).await.unwrap();
        let token = t.mailed_token(RITA).await;
        let attempts: Vec<_> = (0..4)
            .map(|_| {
                let (store, token) = (t.store.clone(), token.clone());
                tokio::spawn(async move { store.accept_invitation(&token, &accepting(), &origin()).await })
            })
            .collect();
        let mut won = 0;
        for attempt in attempts {
            match attempt.await.unwrap() {
                Ok(_) => won += 1,
                failed @ Err(_) => assert_eq!(refused(failed), Refusal::InvitationOver),
            }
        }
        assert_eq!((won, t.store.users_of_customer(&msp.admin, &customer).await.unwrap().len()), (1, 1));
    }

    async fn b2_a_terminated_account_has_no_open_invitations(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        let id = t.store.invite(&msp.admin, Some(&customer), &invitee(RITA, "")).await.unwrap();
        let token = t.mailed_token(RITA).await;
        t.store.invite(&msp.admin, Some(&customer), &invitee("ruth@harbor.example", "")).await.unwrap();
        t.store.step_customer(&msp.admin, &customer, Step::Terminate, "over", None).await.unwrap();
        is_over(&t, &token).await;
        // The mail that has not gone out yet does not.
        assert_eq!(t.store.outbox(&msp.admin, Some(model::mail::MailState::Queued), 1).await.unwrap().matching, 0);
        assert_eq!(refused(t.store.invite(&msp.admin, Some(&customer), &invitee("new@harbor.example", "")).await), Refusal::Inactive);
        let events = t.store.events(&msp.admin, Some(&customer), None, 3).await.unwrap();
        let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["customer.terminated", "invitation.revoked", "invitation.revoked"]);
        t.store.step_customer(&msp.admin, &customer, Step::Restore, "", None).await.unwrap();
        is_over(&t, &token).await;
        assert_eq!(states(&t, &msp, Some(&customer)).await, [InvitationState::Revoked; 2]);
        assert_eq!(refused(t.store.resend_invitation(&msp.admin, &id).await), Refusal::Conflict);
    }

    async fn b2_whoever_accepts_while_the_account_is_terminated_is_not_in_afterwards(t: Fixture) {
        let msp = t.msp("Alpha").await;
        for round in 0..4 {
            let customer = t.customer(&msp, &format!("Harbor {round}")).await;
            let email = format!("rita{round}@harbor.example");
            t.store.invite(&msp.admin, Some(&customer), &invitee(&email, "")).await.unwrap();
            let token = t.mailed_token(&email).await;
            let (store, accepted) = (t.store.clone(), accepting());
            let accept = tokio::spawn(async move { store.accept_invitation(&token, &accepted, &origin()).await });
            t.store.step_customer(&msp.admin, &customer, Step::Terminate, "over", None).await.unwrap();
            if let Ok((session, _)) = accept.await.unwrap() {
                assert!(t.store.actor(&session, "").await.unwrap().is_none());
            }
            let rows = t.store.invitations(&msp.admin, Some(&customer)).await.unwrap();
            assert!(!rows[0].state.is_pending());
        }
    }

    async fn c3_only_an_msp_admin_invites_and_sees_who_is_invited(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let customer = t.customer(&msp, "Harbor").await;
        let id = t.store.invite(&msp.admin, Some(&customer), &invitee(RITA, "")).await.unwrap();
        let operator = t.person(&msp, Role::Operator, None, "op@alpha.example").await;
        let reader = t.person(&msp, Role::Customer, Some(&customer), "carl@harbor.example").await;
        for actor in [&operator, &reader] {
            assert_eq!(refused(t.store.invite(actor, None, &invitee("x@alpha.example", "admin")).await), Refusal::Forbidden);
            assert_eq!(refused(t.store.invite(actor, Some(&customer), &invitee("x@alpha.example", "")).await), Refusal::Forbidden);
            assert_eq!(refused(t.store.invitations(actor, Some(&customer)).await), Refusal::Forbidden);
            assert_eq!(refused(t.store.resend_invitation(actor, &id).await), Refusal::Forbidden);
            assert_eq!(refused(t.store.revoke_invitation(actor, &id).await), Refusal::Forbidden);
        }
        assert_eq!(states(&t, &msp, Some(&customer)).await, [InvitationState::Open]);
    }
}
