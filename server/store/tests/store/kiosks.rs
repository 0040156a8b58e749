//! Kiosk links (DOMAIN F10): made, opened, and never more than their maker.

use model::{
    CustomerId, GroupId, KioskId, Problem, Refusal,
    customers::CustomerQuery,
    events::EventInput,
    health::Counts,
    kiosks::{KioskInput, KioskRow, KioskState, OPEN_MOST, Shown, View},
    maintenance::WindowQuery,
    monitors::MonitorQuery,
    outages::OutageQuery,
    people::{TieStep, TiesQuery},
    roles::{Action, Relation, Role},
};
use store::{Actor, kiosks::MadeKiosk};

use crate::both::{Fixture, Msp, both, customer_input, monitor_input, refused};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const FROM: &str = "192.0.2.50";

fn all() -> KioskInput {
    let text = str::to_owned;
    KioskInput { name: text("Lobby"), days: text("7"), view: text("far"), scope: text("all"), customers: Vec::new() }
}

pub(crate) fn chosen(customers: &[&CustomerId]) -> KioskInput {
    let customers = customers.iter().map(|id| (*id).clone()).collect();
    KioskInput { scope: "chosen".into(), customers, ..all() }
}

/// The token of a screen on which the link was opened.
async fn opened(t: &Fixture, made: &MadeKiosk) -> String {
    t.store.open_kiosk(&made.token, FROM).await.unwrap().session
}

async fn screen(t: &Fixture, session: &str) -> Option<Actor> {
    t.store.kiosk_actor(session, FROM).await.unwrap()
}

async fn only(t: &Fixture, actor: &Actor) -> KioskRow {
    let [row] = t.store.kiosks(actor).await.unwrap().try_into().unwrap();
    row
}

/// An MSP with Bo, a second admin who makes links.
async fn msp_with_bo(t: &Fixture) -> (Msp, Actor) {
    let msp = t.msp("Alpha").await;
    let bo = t.person(&msp, Role::Admin, None, "bo@alpha.example").await;
    (msp, bo)
}

both! {
    async fn f10_a_link_is_made_opened_and_revoked_and_all_of_it_is_written_down(t: Fixture) {
        let (msp, bo) = msp_with_bo(&t).await;
        let (harbor, cedar) = (t.customer(&msp, "Harbor").await, t.customer(&msp, "Cedar").await);
        let begun = t.clock.now();
        let made = t.store.create_kiosk(&bo, &chosen(&[&harbor, &cedar])).await.unwrap();
        let row = only(&t, &msp.admin).await;
        let shown = Shown { names: vec!["Cedar".into(), "Harbor".into()], more: 0 };
        assert_eq!((row.name.as_str(), row.customers.as_ref(), row.view), ("Lobby", Some(&shown), View::FiveMetres));
        assert_eq!((row.state, row.last_used_at, row.made_by.as_str()), (KioskState::Open, 0, "Someone <bo@alpha.example>"));
        assert!((0..60_000).contains(&(row.expires_at - begun - 7 * DAY_MS)));

        let opened = t.store.open_kiosk(&made.token, FROM).await.unwrap();
        assert_eq!(opened.view, View::FiveMetres);
        assert!((6 * DAY_MS..=7 * DAY_MS).contains(&opened.lasts_ms));
        assert_ne!(opened.session, made.token);
        assert!(screen(&t, &made.token).await.is_none(), "the link's own token is no screen's");
        let on = screen(&t, &opened.session).await.unwrap();
        assert_eq!((on.msp(), on.kiosk().unwrap().id.clone(), on.user(), on.role()), (&msp.id, made.id.clone(), None, None));
        let used = only(&t, &bo).await;
        assert!(used.last_used_at >= begun && used.last_used_from == FROM);
        // A screen that stays on is seen again, now and then.
        t.clock.advance(6 * 60_000);
        t.store.kiosk_actor(&opened.session, "192.0.2.51").await.unwrap().unwrap();
        let later = only(&t, &bo).await;
        assert!(later.last_used_at > used.last_used_at && later.last_used_from == "192.0.2.51");

        t.store.revoke_kiosk(&msp.admin, &made.id).await.unwrap();
        assert!(screen(&t, &opened.session).await.is_none());
        assert_eq!(only(&t, &bo).await.state, KioskState::Revoked);
        assert_eq!(refused(t.store.revoke_kiosk(&bo, &made.id).await), Refusal::Conflict);
        let events = t.store.events(&msp.admin, None, None, 4).await.unwrap();
        let mut kinds: Vec<(&str, &str)> = events.iter().map(|event| (event.kind.as_str(), event.subject.as_str())).collect();
        kinds.sort_unstable();
        let shown = "kiosk.customer_shown";
        assert_eq!(kinds, [("kiosk.created", "Lobby"), (shown, "Cedar"), (shown, "Harbor"), ("kiosk.revoked", "Lobby")]);
        let text = format!("{events:?}");
        assert!(!text.contains(&made.token) && text.contains("bo@alpha.example"), "{text}");
        assert_eq!(t.store.events(&msp.admin, Some(&harbor), None, 1).await.unwrap()[0].kind, shown);
    }

    async fn f10_what_was_not_ticked_and_what_is_not_there_makes_no_link(t: Fixture) {
        let (msp, bo) = msp_with_bo(&t).await;
        let beta = t.msp("Beta").await;
        let foreign = t.customer(&beta, "Foreign").await;
        let harbor = t.customer(&msp, "Harbor").await;
        assert_eq!(refused(t.store.create_kiosk(&bo, &chosen(&[])).await), Refusal::field("customers", Problem::NoCustomer));
        assert_eq!(refused(t.store.create_kiosk(&bo, &chosen(&[&harbor, &foreign])).await), Refusal::NotFound);
        let otto = t.person(&msp, Role::Operator, None, "otto@alpha.example").await;
        assert_eq!(refused(t.store.create_kiosk(&otto, &all()).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.kiosks(&otto).await), Refusal::Forbidden);
        assert!(t.store.kiosks(&bo).await.unwrap().is_empty());

        // Another MSP has links of its own.
        let made = t.store.create_kiosk(&bo, &all()).await.unwrap();
        assert!(t.store.kiosks(&beta.admin).await.unwrap().is_empty());
        assert_eq!(refused(t.store.revoke_kiosk(&beta.admin, &made.id).await), Refusal::NotFound);
        assert_eq!(refused(t.store.revoke_kiosk(&otto, &made.id).await), Refusal::Forbidden);
        assert_eq!(screen(&t, &opened(&t, &made).await).await.unwrap().msp(), &msp.id);
        // There is an end to how many are open; those that are over do not count.
        t.store.revoke_kiosk(&bo, &made.id).await.unwrap();
        for _ in 0..OPEN_MOST {
            t.store.create_kiosk(&bo, &all()).await.unwrap();
        }
        assert_eq!(refused(t.store.create_kiosk(&bo, &all()).await), Refusal::TooManyKiosks { most: OPEN_MOST });
        t.store.create_kiosk(&beta.admin, &all()).await.unwrap();
        t.clock.advance(7 * DAY_MS + 60_000);
        t.store.create_kiosk(&bo, &all()).await.unwrap();
        assert_eq!(t.store.kiosks(&bo).await.unwrap()[0].state, KioskState::Open, "what is open stands first");
    }

    async fn f10_a_link_never_shows_more_than_its_maker_sees(t: Fixture) {
        let (msp, bo) = msp_with_bo(&t).await;
        let (harbor, cedar) = (t.customer(&msp, "Harbor").await, t.customer(&msp, "Cedar").await);
        let (everything, few) = (
            t.store.create_kiosk(&bo, &all()).await.unwrap(),
            t.store.create_kiosk(&bo, &chosen(&[&harbor])).await.unwrap(),
        );
        let (everything, few) = (opened(&t, &everything).await, opened(&t, &few).await);
        let sees = async |session: &str| {
            let on = screen(&t, session).await?;
            Some([&harbor, &cedar].map(|customer| !on.denied().contains(customer)))
        };
        assert_eq!((sees(&everything).await, sees(&few).await), (Some([true, true]), Some([true, false])));
        // A customer that comes later is seen where all are.
        let later = t.customer(&msp, "Later").await;
        assert!(!screen(&t, &everything).await.unwrap().denied().contains(&later));
        assert!(screen(&t, &few).await.unwrap().denied().contains(&later));

        let user = bo.user().unwrap();
        t.store.tie(&msp.admin, &harbor, user, TieStep::Deny).await.unwrap();
        assert_eq!((sees(&everything).await, sees(&few).await), (Some([false, true]), Some([false, false])));
        t.store.tie(&msp.admin, &harbor, user, TieStep::Allow).await.unwrap();
        assert_eq!((sees(&everything).await, sees(&few).await), (Some([true, true]), Some([true, false])));

        t.store.change_role(&msp.admin, user, Role::Operator).await.unwrap();
        assert_eq!((sees(&everything).await, sees(&few).await), (None, None));
        let states = |rows: Vec<KioskRow>| rows.into_iter().map(|row| row.state).collect::<Vec<_>>();
        assert_eq!(states(t.store.kiosks(&msp.admin).await.unwrap()), [KioskState::MakerGone; 2]);
        t.store.change_role(&msp.admin, user, Role::Admin).await.unwrap();
        assert_eq!((sees(&everything).await, sees(&few).await), (Some([true, true]), Some([true, false])));

        // One that is deleted leaves nothing behind, and never all.
        t.store.delete_customer(&msp.admin, &harbor, "admin@alpha.example").await.unwrap();
        while t.store.go_on_deleting(&harbor).await.unwrap() {}
        assert_eq!((sees(&everything).await, sees(&few).await), (Some([true, true]), Some([false, false])));

        t.store.remove_user(&msp.admin, user).await.unwrap();
        assert_eq!((sees(&everything).await, sees(&few).await), (None, None));
        assert_eq!(states(t.store.kiosks(&msp.admin).await.unwrap()), [KioskState::MakerGone; 2]);
    }

    async fn f10_unknown_expired_revoked_and_orphaned_links_are_alike(t: Fixture) {
        let (msp, bo) = msp_with_bo(&t).await;
        let [revoked, orphaned] = [
            t.store.create_kiosk(&msp.admin, &all()).await.unwrap(),
            t.store.create_kiosk(&bo, &all()).await.unwrap(),
        ];
        let short = KioskInput { days: "1".into(), ..all() };
        let expired = t.store.create_kiosk(&msp.admin, &short).await.unwrap();
        let on = opened(&t, &expired).await;
        t.store.revoke_kiosk(&msp.admin, &revoked.id).await.unwrap();
        t.store.change_role(&msp.admin, bo.user().unwrap(), Role::Operator).await.unwrap();
        let year = KioskInput { days: "365".into(), ..all() };
        let rarely = opened(&t, &t.store.create_kiosk(&msp.admin, &year).await.unwrap()).await;
        t.clock.advance(DAY_MS - 60_000);
        assert!(screen(&t, &on).await.is_some());
        t.clock.advance(60_000);
        assert!(screen(&t, &on).await.is_none());
        for token in ["", "nothing", "\u{0}", &revoked.token, &orphaned.token, &expired.token, &on] {
            assert_eq!(refused(t.store.open_kiosk(token, FROM).await), Refusal::KioskOver, "{token:?}");
            assert!(screen(&t, token).await.is_none(), "{token:?}");
        }
        // A screen that was off for weeks needs no new link.
        t.clock.advance(40 * DAY_MS);
        assert!(screen(&t, &rarely).await.is_some());
    }

    async fn f10_guessing_at_links_is_slowed_by_address_and_keeps_nobody_from_signing_in(t: Fixture) {
        let (_, bo) = msp_with_bo(&t).await;
        let made = t.store.create_kiosk(&bo, &all()).await.unwrap();
        // Those that are right are none of them.
        for _ in 0..25 {
            opened(&t, &made).await;
        }
        for guess in 0..20 {
            assert_eq!(refused(t.store.open_kiosk(&format!("guess {guess}"), FROM).await), Refusal::KioskOver);
        }
        for token in ["another guess", &made.token] {
            let Refusal::TooManyAttempts { wait_s } = refused(t.store.open_kiosk(token, FROM).await) else { panic!("{token}") };
            assert!((1..=600).contains(&wait_s), "{wait_s}");
        }
        let elsewhere = t.store.open_kiosk(&made.token, "192.0.2.99").await.unwrap();
        // A screen that is on stays on, and people sign in, also at the address where somebody guesses.
        assert!(screen(&t, &elsewhere.session).await.is_some());
        let origin = store::Origin::from(FROM);
        t.store.sign_in("bo@alpha.example", crate::both::PASSWORD, &origin).await.unwrap();
        t.clock.advance(10 * 60_000);
        opened(&t, &made).await;
    }

    async fn f10_a_screen_may_watch_the_board_and_nothing_else(t: Fixture) {
        let (msp, bo) = msp_with_bo(&t).await;
        let harbor = t.customer(&msp, "Harbor").await;
        let monitor = t.monitor(&msp, &harbor, "web").await;
        let made = t.store.create_kiosk(&bo, &all()).await.unwrap();
        let on = screen(&t, &opened(&t, &made).await).await.unwrap();
        assert!(on.may(Action::WatchBoard, Relation::None) && !on.may(Action::SeeAll, Relation::None));
        let s = &t.store;
        macro_rules! refuses {
            ($($name:ident($($argument:expr),*)),* $(,)?) => {
                $(let refusal = refused(s.$name(&on, $($argument),*).await);
                assert!(
                    matches!(refusal, Refusal::Forbidden | Refusal::SignedOut | Refusal::NotFound),
                    "{}: {refusal}",
                    stringify!($name)
                );)*
            };
        }
        let id = KioskId::from_u128(7);
        refuses!(
            account(), audit(&EventInput::default(), None, 10), catalogue(), customer(&harbor), customers(&CustomerQuery::default()),
            associate_self(&harbor), create_customer(&customer_input("Planted")), create_group("Planted", &Default::default()),
            create_kiosk(&all()), create_monitor(&harbor, &monitor_input("planted")), drafts(), end_other_sessions(),
            event_kinds(), events(None, None, 10), events(Some(&harbor), None, 10), group(&GroupId::from_u128(7)),
            group_offer(None, ""), groups(), groups_of_customer(&harbor), health_basis(), history(&monitor, model::monitors::history::Range::Hour, &[]),
            imports(), invitations(None), kiosks(), locations_of_customer(&harbor), me(), monitor(&monitor),
            monitors(&MonitorQuery::default()), msp_settings(), names_of_customers(std::slice::from_ref(&harbor)),
            open_outages(&OutageQuery::default()), outages_of_customer(&harbor, 10), outbox(None, 1), own_account(),
            people_of_customer(&harbor), revoke_kiosk(&id), revoke_kiosk(&made.id), set_default_group(None), staff(),
            staff_member(bo.user().unwrap(), &TiesQuery::default()), suspend_monitor(&monitor),
            tie(&harbor, bo.user().unwrap(), TieStep::Deny), users_of_customer(&harbor), windows(&WindowQuery::default()),
        );
        assert_eq!(s.default_group(&on).await.unwrap(), None);
        assert_eq!(s.customer(&msp.admin, &harbor).await.unwrap().counts, Counts::default());
    }
}
