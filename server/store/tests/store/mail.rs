//! Mails on their way out.

use model::{
    Refusal,
    invitations::InvitationInput,
    mail::{BACK_OFF_MIN, MailState},
    roles::Role,
};
use store::mail::Delivery;

use crate::both::{Fixture, Msp, both, refused};

const MINUTE: i64 = 60 * 1000;
const DAY: i64 = 24 * 60 * MINUTE;

async fn invite(t: &Fixture, msp: &Msp, email: &str) {
    let input = InvitationInput { email: email.into(), name: String::new(), role: "operator".into() };
    t.store.invite(&msp.admin, None, &input).await.unwrap();
}

fn delayed() -> Delivery {
    Delivery::Delayed("The mail server is away.".into())
}

both! {
    async fn c3_a_mail_that_cannot_go_out_is_tried_for_a_day_at_growing_distances(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let began = t.clock.now();
        invite(&t, &msp, "otto@alpha.example").await;
        for (attempt, minutes) in (1..).zip(BACK_OFF_MIN) {
            let [mail] = t.store.claim_mails(10).await.unwrap().try_into().unwrap();
            assert_eq!((mail.to.as_str(), mail.attempt), ("otto@alpha.example", attempt));
            t.store.delivered(&mail, &delayed()).await.unwrap();
            let row = t.store.outbox(&msp.admin, None, 1).await.unwrap().rows.remove(0);
            assert_eq!((row.state, row.attempts, row.last_error.as_str()), (MailState::Queued, attempt, "The mail server is away."));
            t.clock.advance(minutes * MINUTE - 5_000);
            assert!(t.store.claim_mails(10).await.unwrap().is_empty(), "before {minutes} minutes");
            t.clock.advance(5_000);
        }
        let [mail] = t.store.claim_mails(10).await.unwrap().try_into().unwrap();
        assert!(t.clock.now() - began >= DAY);
        t.store.delivered(&mail, &delayed()).await.unwrap();
        t.clock.advance(DAY);
        assert!(t.store.claim_mails(10).await.unwrap().is_empty());
        let failed = t.store.outbox(&msp.admin, Some(MailState::Failed), 1).await.unwrap();
        assert_eq!((failed.matching, failed.by_state), (1, [0, 0, 0, 1]));

        // By hand it begins anew.
        let id = failed.rows[0].id.clone();
        t.store.send_again(&msp.admin, &id).await.unwrap();
        assert_eq!(refused(t.store.send_again(&msp.admin, &id).await), Refusal::Conflict);
        let [mail] = t.store.claim_mails(10).await.unwrap().try_into().unwrap();
        assert_eq!(mail.attempt, 1);
        t.store.delivered(&mail, &Delivery::Sent).await.unwrap();
        let row = t.store.outbox(&msp.admin, None, 1).await.unwrap().rows.remove(0);
        assert_eq!((row.state, row.last_error.as_str(), row.sent_at > 0), (MailState::Sent, "", true));
        let event = t.store.events(&msp.admin, None, None, 1).await.unwrap().remove(0);
        assert_eq!(event.kind, "mail.sent_again");

        // What is done with is forgotten in the end; what waits never is.
        invite(&t, &msp, "uma@alpha.example").await;
        t.clock.advance(DAY);
        t.store.forget_mails(t.clock.now()).await.unwrap();
        let rows = t.store.outbox(&msp.admin, None, 1).await.unwrap().rows;
        assert_eq!(rows.iter().map(|row| row.to.as_str()).collect::<Vec<_>>(), ["uma@alpha.example"]);
    }

    async fn c3_what_is_refused_for_good_is_not_tried_again(t: Fixture) {
        let msp = t.msp("Alpha").await;
        invite(&t, &msp, "otto@alpha.example").await;
        let [mail] = t.store.claim_mails(10).await.unwrap().try_into().unwrap();
        t.store.delivered(&mail, &Delivery::Refused("550 nobody here".into())).await.unwrap();
        t.clock.advance(2 * DAY);
        assert!(t.store.claim_mails(10).await.unwrap().is_empty());
        let row = t.store.outbox(&msp.admin, None, 1).await.unwrap().rows.remove(0);
        assert_eq!((row.state, row.attempts, row.last_error.as_str()), (MailState::Failed, 1, "550 nobody here"));
    }

    async fn c3_a_sender_that_dies_leaves_its_mail_to_another_and_none_is_claimed_twice(t: Fixture) {
        let msp = t.msp("Alpha").await;
        for n in 0..9 {
            invite(&t, &msp, &format!("p{n}@alpha.example")).await;
        }
        // Several servers at the same time.
        let claims = (0..4).map(|_| {
            let store = t.store.clone();
            tokio::spawn(async move { store.claim_mails(3).await.unwrap() })
        });
        let mut claimed = Vec::new();
        for claim in claims.collect::<Vec<_>>() {
            claimed.extend(claim.await.unwrap());
        }
        claimed.extend(t.store.claim_mails(10).await.unwrap());
        let mut ids: Vec<String> = claimed.iter().map(|mail| mail.id.to_string()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!((ids.len(), claimed.len()), (9, 9));
        assert_eq!(t.store.outbox(&msp.admin, None, 1).await.unwrap().by_state, [0, 9, 0, 0]);

        // All of them die but for one mail. What it says late of another, which somebody else has by then, does not count.
        t.store.delivered(&claimed[0], &Delivery::Sent).await.unwrap();
        t.clock.advance(5 * MINUTE + 1);
        let again = t.store.claim_mails(20).await.unwrap();
        assert_eq!(again.len(), 8);
        assert!(again.iter().all(|mail| mail.attempt == 2 && mail.id != claimed[0].id));
        t.store.delivered(&claimed[1], &delayed()).await.unwrap();
        assert_eq!(t.store.outbox(&msp.admin, None, 1).await.unwrap().by_state, [0, 8, 1, 0]);
    }

    async fn c3_a_link_is_the_receivers_alone_and_is_forgotten_once_it_is_sent(t: Fixture) {
        let msp = t.msp("Alpha").await;
        t.store.set_public_url("https://noc.alpha.example/".into());
        invite(&t, &msp, "otto@alpha.example").await;
        let id = t.store.outbox(&msp.admin, None, 1).await.unwrap().rows[0].id.clone();
        let shown = t.store.outbox_mail(&msp.admin, &id).await.unwrap().text;
        assert!(!shown.contains("https://") && shown.contains("[a link that only the receiver gets]"), "{shown}");
        let [mail] = t.store.claim_mails(10).await.unwrap().try_into().unwrap();
        assert!(mail.text.contains("https://noc.alpha.example/invitation/"), "{}", mail.text);
        assert!(mail.html.contains(r#"href="https://noc.alpha.example/invitation/"#), "{}", mail.html);
        t.store.delivered(&mail, &Delivery::Sent).await.unwrap();
        t.store.delivered(&mail, &Delivery::Sent).await.unwrap();
        assert_eq!(t.store.outbox_mail(&msp.admin, &id).await.unwrap().text, shown);
    }

    async fn c3_the_outbox_is_its_msps_and_its_admins(t: Fixture) {
        let (alpha, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        for n in 0..51 {
            invite(&t, &alpha, &format!("p{n}@alpha.example")).await;
        }
        let page = t.store.outbox(&alpha.admin, None, 9).await.unwrap();
        assert_eq!((page.matching, page.page, page.rows.len(), page.rows[0].to.as_str()), (51, 2, 1, "p0@alpha.example"));
        let id = &page.rows[0].id;
        assert_eq!(t.store.outbox(&beta.admin, None, 1).await.unwrap().matching, 0);
        assert_eq!(refused(t.store.outbox_mail(&beta.admin, id).await), Refusal::NotFound);
        assert_eq!(refused(t.store.send_again(&beta.admin, id).await), Refusal::NotFound);
        let operator = t.person(&alpha, Role::Operator, None, "op@alpha.example").await;
        assert_eq!(refused(t.store.outbox(&operator, None, 1).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.outbox_mail(&operator, id).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.send_again(&operator, id).await), Refusal::Forbidden);
    }
}
