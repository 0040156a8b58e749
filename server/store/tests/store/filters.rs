//! The filters of the customer list (DOMAIN A1).

use model::{
    FieldError, Problem, Refusal,
    customers::{CustomerQuery, CustomerSort, filter::FilterInput},
    events::EventInput,
};

use crate::{
    both::{Fixture, Msp, both, customer_input, refused},
    msps::set,
};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// The day in UTC, as a form writes it.
fn day(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at).unwrap().strftime("%Y-%m-%d").to_string()
}

async fn names(t: &Fixture, msp: &Msp, query: CustomerQuery) -> Vec<String> {
    let page = t.store.customers(&msp.admin, &query).await.unwrap();
    assert_eq!(page.matching as usize, page.rows.len());
    page.rows.into_iter().map(|row| row.name).collect()
}

fn only(filter: FilterInput) -> CustomerQuery {
    CustomerQuery { filter, ..CustomerQuery::default() }
}

both! {
    async fn a1_a15_a_day_is_one_of_the_msps_zone(t: Fixture) {
        let msp = t.msp("Alpha").await;
        // Noon of UTC is past midnight at the other side of the earth.
        let now = t.clock.now();
        t.clock.advance(DAY - now.rem_euclid(DAY) + DAY / 2);
        t.customer(&msp, "Harbor").await;
        let (utc, there) = (day(t.clock.now()), day(t.clock.now() + DAY));
        let found = async |on: &str| {
            let (from, to) = (on.to_owned(), on.to_owned());
            let filter = FilterInput { added_from: from.clone(), added_to: to.clone(), ..FilterInput::default() };
            let trail = EventInput { kind: "customer.created".into(), from, to, ..EventInput::default() };
            (names(&t, &msp, only(filter)).await.len(), t.store.audit(&msp.admin, &trail, None, 9).await.unwrap().len())
        };
        assert_eq!((found(&utc).await, found(&there).await), ((1, 1), (0, 0)));
        set(&t, &msp, |settings| settings.report_zone = "Pacific/Auckland".into()).await;
        assert_eq!((found(&utc).await, found(&there).await), ((0, 0), (1, 1)));
    }

    async fn a1_filters_narrow_the_list_and_go_together(t: Fixture) {
        let msp = t.msp("Alpha").await;
        // In the middle of a day, so that a second is no other day.
        let now = t.clock.now();
        t.clock.advance(DAY - now.rem_euclid(DAY) + DAY / 2);
        for (company, monitors) in [("Ängström Labs", 3), ("angst Ltd", 0), ("Harbor 50%", 1), ("Harbor", 7)] {
            let id = t.customer(&msp, company).await;
            for monitor in 0..monitors {
                t.monitor(&msp, &id, &format!("m{monitor}")).await;
            }
            t.clock.advance(DAY);
        }
        let today = t.clock.now();
        let text = |text: &str| text.to_owned();
        let name = |name: &str| only(FilterInput { name: text(name), ..FilterInput::default() });
        assert_eq!(names(&t, &msp, name("ANGST")).await, ["angst Ltd", "Ängström Labs"]);
        assert_eq!(names(&t, &msp, name("50%")).await, ["Harbor 50%"]);
        // The name alone, not the address or the id.
        assert_eq!(names(&t, &msp, name("customer.example")).await, Vec::<String>::new());
        let devices = |from: &str, to: &str| only(FilterInput { devices_from: text(from), devices_to: text(to), ..FilterInput::default() });
        assert_eq!(names(&t, &msp, devices("1", "3")).await, ["Ängström Labs", "Harbor 50%"]);
        assert_eq!(names(&t, &msp, devices("", "0")).await, ["angst Ltd"]);
        assert_eq!(names(&t, &msp, devices("4", "")).await, ["Harbor"]);
        // Both days belong to it: the third was added two days ago.
        let added = |from: i64, to: i64| FilterInput { added_from: day(from), added_to: day(to), ..FilterInput::default() };
        assert_eq!(names(&t, &msp, only(added(today - 3 * DAY, today - 2 * DAY))).await, ["angst Ltd", "Harbor 50%"]);
        assert_eq!(names(&t, &msp, only(FilterInput { modified_from: day(today - DAY), ..FilterInput::default() })).await, ["Harbor"]);
        let together = CustomerQuery {
            search: text("harbor"),
            filter: FilterInput { devices_from: text("1"), ..added(today - 9 * DAY, today) },
            sort: CustomerSort::Monitors,
            descending: true,
            ..CustomerQuery::default()
        };
        assert_eq!(names(&t, &msp, together).await, ["Harbor", "Harbor 50%"]);
    }

    async fn a1_a_page_past_the_end_of_a_filtered_list_is_its_last(t: Fixture) {
        let msp = t.msp("Alpha").await;
        for n in 0..53 {
            t.customer(&msp, &format!("C{n:03}")).await;
        }
        t.customer(&msp, "Other").await;
        let query = CustomerQuery { page: 9, ..only(FilterInput { name: "c0".into(), ..FilterInput::default() }) };
        let page = t.store.customers(&msp.admin, &query).await.unwrap();
        assert_eq!((page.rows.len(), page.page, page.matching, page.all), (3, 2, 53, 54));
    }

    async fn a1_a_filter_that_makes_no_sense_is_refused_at_its_field(t: Fixture) {
        let msp = t.msp("Alpha").await;
        t.store.create_customer(&msp.admin, &customer_input("Harbor")).await.unwrap();
        let filter = FilterInput { devices_from: "5".into(), devices_to: "2".into(), added_to: "soon".into(), ..FilterInput::default() };
        let expected = vec![FieldError::new("devices_to", Problem::BelowFrom), FieldError::new("added_to", Problem::NotATime)];
        assert_eq!(refused(t.store.customers(&msp.admin, &only(filter)).await), Refusal::Invalid(expected));
    }
}
