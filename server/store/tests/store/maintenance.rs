//! Maintenance windows: planning, editing, ending, and who may.

use model::{
    Problem, Refusal,
    lifecycle::Step,
    maintenance::{Phase, Rule, WindowInput, WindowQuery},
    people::TieStep,
    roles::Role,
};

use crate::both::{Fixture, Msp, both, refused};

const HOUR: i64 = 3_600_000;

pub(crate) fn daily(name: &str) -> WindowInput {
    WindowInput {
        name: name.into(),
        kind: "weekly".into(),
        days: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].map(String::from).to_vec(),
        start: "00:00".into(),
        hours: "24".into(),
        ..WindowInput::usual("Europe/Berlin")
    }
}

/// In an hour, for an hour.
fn soon(name: &str, now: i64) -> WindowInput {
    let at = |ms| jiff::Timestamp::from_millisecond(now + ms).unwrap().strftime("%Y-%m-%dT%H:%M").to_string();
    WindowInput { name: name.into(), begins: at(HOUR), ends: at(2 * HOUR), ..WindowInput::usual("UTC") }
}

async fn names(t: &Fixture, msp: &Msp, over: bool) -> Vec<(String, Phase)> {
    let page = t.store.windows(&msp.admin, &WindowQuery { over, ..WindowQuery::default() }).await.unwrap();
    page.rows.into_iter().map(|row| (row.name, row.phase)).collect()
}

both! {
    async fn g2_what_was_ended_stays_so_when_its_series_goes_on_for_longer(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let harbor = t.customer(&msp, "Harbor").await;
        let id = t.store.create_window(&msp.admin, &harbor, &daily("Patches")).await.unwrap();
        t.store.end_window(&msp.admin, &id).await.unwrap();
        t.clock.advance(1);
        let stands = async || t.store.window(&msp.admin, &id).await.unwrap().row.phase;
        assert_eq!(stands().await, Phase::Coming);
        let bounded = WindowInput { until: "2199-12-31".into(), ..daily("Patches") };
        t.store.edit_window(&msp.admin, &id, 2, &bounded).await.unwrap();
        assert_eq!(stands().await, Phase::Coming);
        // Of another zone it lies at another time.
        t.store.edit_window(&msp.admin, &id, 3, &WindowInput { zone: "UTC".into(), ..bounded }).await.unwrap();
        assert_eq!(stands().await, Phase::Open);
    }

    async fn g2_it_is_planned_for_ones_own_customers_however_many_there_are(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let otto = t.person(&msp, Role::Operator, None, "otto@alpha.example").await;
        for n in 0..60 {
            t.customer(&msp, &format!("Another {n:02}")).await;
        }
        let (own, gone) = (t.customer(&msp, "Zephyr").await, t.customer(&msp, "Zulu").await);
        for customer in [&own, &gone] {
            t.store.tie(&msp.admin, customer, otto.user().unwrap(), TieStep::Associate).await.unwrap();
        }
        t.store.step_customer(&msp.admin, &gone, Step::Terminate, "left", None).await.unwrap();
        let found = async |search: &str| t.store.maintenance_customers(&otto, search).await.unwrap();
        assert_eq!(found("").await, [(own.clone(), "Zephyr".to_owned())]);
        assert_eq!((found("ZEPH").await.len(), found("another").await.len()), (1, 0));
        let carl = t.person(&msp, Role::Customer, Some(&own), "carl@harbor.example").await;
        assert_eq!(refused(t.store.maintenance_customers(&carl, "").await), Refusal::Forbidden);
    }

    async fn g2_a_time_that_never_comes_is_refused_where_it_was_typed(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let harbor = t.customer(&msp, "Harbor").await;
        let created = async |input: WindowInput| t.store.create_window(&msp.admin, &harbor, &input).await;
        let never = Some(Problem::NeverComes);
        let later = soon("Move", t.clock.now());
        let over = WindowInput { begins: "2020-01-01T10:00".into(), ends: "2020-01-01T11:00".into(), ..later.clone() };
        assert_eq!(refused(created(over.clone()).await).at("ends"), never);
        // The clocks go from 02:00 to 03:00.
        let skipped = WindowInput {
            begins: "2198-03-25T02:10".into(),
            ends: "2198-03-25T02:50".into(),
            zone: "Europe/Berlin".into(),
            ..later.clone()
        };
        assert_eq!(refused(created(skipped).await).at("ends"), never);
        // A Monday and a Tuesday.
        let (from, until) = ("2198-01-01".to_owned(), "2198-01-02".to_owned());
        let friday = WindowInput { days: vec!["Fri".into()], from, until, ..daily("Patches") };
        assert_eq!(refused(created(friday).await).at("until"), never);
        let id = created(later.clone()).await.unwrap();
        assert_eq!(refused(t.store.edit_window(&msp.admin, &id, 1, &over).await).at("ends"), never);
        // What was planned in time can be named otherwise once it is over.
        t.clock.advance(3 * HOUR);
        t.store.edit_window(&msp.admin, &id, 1, &WindowInput { name: "Moved".into(), ..later }).await.unwrap();
    }

    async fn g2_windows_are_planned_edited_ended_and_deleted_and_each_change_is_kept(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let harbor = t.customer(&msp, "Harbor").await;
        let web = t.monitor(&msp, &harbor, "web").await;
        let id = t.store.create_window(&msp.admin, &harbor, &daily("Patches")).await.unwrap();
        t.store.create_window(&msp.admin, &harbor, &soon("Move", t.clock.now())).await.unwrap();
        t.clock.advance(3 * HOUR);
        let at_once = t.store.open_window_for_monitor(&msp.admin, &web, 60).await.unwrap();
        assert_eq!(names(&t, &msp, true).await, [("Move".to_owned(), Phase::Over)]);
        assert_eq!(names(&t, &msp, false).await.iter().filter(|(_, phase)| *phase == Phase::Open).count(), 2);

        let one = t.store.window(&msp.admin, &at_once).await.unwrap();
        assert_eq!((one.row.monitors, one.row.until - one.row.from, one.row.may_manage), (Some(1), HOUR, true));
        let chosen = WindowInput { scope: "chosen".into(), monitors: vec![web.to_string()], ..daily("Patches 2") };
        t.store.edit_window(&msp.admin, &id, 1, &chosen).await.unwrap();
        assert_eq!(refused(t.store.edit_window(&msp.admin, &id, 1, &daily("late")).await), Refusal::Conflict);
        let detail = t.store.window(&msp.admin, &id).await.unwrap();
        assert_eq!((detail.settings.monitors, detail.row.version), (Some(vec![web.clone()]), 2));
        assert_eq!(t.store.watched_windows().await.unwrap().len(), 2);

        t.store.end_window(&msp.admin, &id).await.unwrap();
        t.store.end_window(&msp.admin, &at_once).await.unwrap();
        t.clock.advance(1);
        let ended = t.store.window(&msp.admin, &id).await.unwrap().row;
        assert_eq!(ended.phase, Phase::Coming);
        assert!(matches!(ended.rule, Rule::Weekly { .. }));
        assert_eq!(names(&t, &msp, false).await, [("Patches 2".to_owned(), Phase::Coming)]);
        t.store.end_window(&msp.admin, &id).await.unwrap();
        // Another length: it begins again.
        let longer = WindowInput { hours: "23".into(), ..chosen };
        t.store.edit_window(&msp.admin, &id, 3, &longer).await.unwrap();
        let disabled = WindowInput { enabled: String::new(), ..longer };
        t.store.edit_window(&msp.admin, &id, 4, &disabled).await.unwrap();
        assert_eq!(t.store.window(&msp.admin, &id).await.unwrap().row.phase, Phase::Disabled);
        assert!(t.store.watched_windows().await.unwrap().is_empty());
        assert_eq!(t.store.delete_window(&msp.admin, &id).await.unwrap(), harbor);
        assert_eq!(refused(t.store.window(&msp.admin, &id).await), Refusal::NotFound);
        let events = t.store.events(&msp.admin, Some(&harbor), None, 20).await.unwrap();
        let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(
            kinds[..8],
            [
                "maintenance.deleted", "maintenance.edited", "maintenance.edited", "maintenance.ended", "maintenance.ended",
                "maintenance.edited", "maintenance.begun", "maintenance.created",
            ]
        );
        assert!(events[5].changes.contains(&("name".into(), "Patches".into(), "Patches 2".into())));
    }

    async fn g2_what_cannot_be_planned_is_refused_at_its_field(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let (harbor, cedar) = (t.customer(&msp, "Harbor").await, t.customer(&msp, "Cedar").await);
        let theirs = t.monitor(&msp, &cedar, "mail").await;
        let plan = async |input: WindowInput| t.store.create_window(&msp.admin, &harbor, &input).await;
        let mars = plan(WindowInput { zone: "Mars/Base".into(), ..daily("a") }).await;
        assert_eq!(refused(mars), Refusal::field("zone", Problem::NotAChoice));
        let foreign = plan(WindowInput { scope: "chosen".into(), monitors: vec![theirs.to_string()], ..daily("a") }).await;
        assert_eq!(refused(foreign), Refusal::field("monitors", Problem::NotAChoice));
        assert_eq!(refused(t.store.open_window(&msp.admin, &harbor, None, 7).await), Refusal::field("minutes", Problem::NotAChoice));
        assert_eq!(t.store.windows(&msp.admin, &WindowQuery::default()).await.unwrap().rows, []);
    }

    async fn g2_operators_plan_for_associated_customers_and_other_tenants_see_nothing(t: Fixture) {
        let (msp, other) = (t.msp("Alpha").await, t.msp("Beta").await);
        let harbor = t.customer(&msp, "Harbor").await;
        let id = t.store.create_window(&msp.admin, &harbor, &daily("Patches")).await.unwrap();
        assert_eq!(refused(t.store.window(&other.admin, &id).await), Refusal::NotFound);
        assert_eq!(refused(t.store.end_window(&other.admin, &id).await), Refusal::NotFound);
        assert_eq!(refused(t.store.delete_window(&other.admin, &id).await), Refusal::NotFound);
        assert_eq!(refused(t.store.edit_window(&other.admin, &id, 1, &daily("x")).await), Refusal::NotFound);
        assert_eq!(refused(t.store.create_window(&other.admin, &harbor, &daily("x")).await), Refusal::NotFound);
        assert!(t.store.windows(&other.admin, &WindowQuery::default()).await.unwrap().rows.is_empty());

        let otto = t.person(&msp, Role::Operator, None, "otto@alpha.example").await;
        assert!(!t.store.windows(&otto, &WindowQuery::default()).await.unwrap().rows[0].may_manage);
        assert!(matches!(refused(t.store.end_window(&otto, &id).await), Refusal::NotAssociated { may_associate: false, .. }));
        t.store.tie(&msp.admin, &harbor, otto.user().unwrap(), TieStep::Associate).await.unwrap();
        t.store.end_window(&otto, &id).await.unwrap();
        t.store.create_window(&otto, &harbor, &daily("Otto's")).await.unwrap();
        let carl = t.person(&msp, Role::Customer, Some(&harbor), "carl@harbor.example").await;
        assert_eq!(refused(t.store.windows(&carl, &WindowQuery::default()).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.window(&carl, &id).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.create_window(&carl, &harbor, &daily("x")).await), Refusal::Forbidden);
    }
}
