//! The customer list, adding and editing.

use model::{
    Problem, Refusal,
    customers::{CustomerInput, CustomerQuery, CustomerSort, PAGE_ROWS},
    lifecycle::{State, Step},
};

use crate::both::{Fixture, Msp, both, customer_input, refused};

async fn names(t: &Fixture, msp: &Msp, query: CustomerQuery) -> Vec<String> {
    let page = t.store.customers(&msp.admin, &query).await.unwrap();
    assert_eq!(page.matching as usize, page.rows.len());
    page.rows.into_iter().map(|row| row.name).collect()
}

fn search(text: &str) -> CustomerQuery {
    CustomerQuery { search: text.into(), ..CustomerQuery::default() }
}

both! {
    async fn a2_search_folds_case_and_marks_and_takes_wildcards_literally(t: Fixture) {
        let msp = t.msp("Alpha").await;
        for company in ["Ångström Instrument", "50% off_set", "Straße & Söhne", "松本精密", "back\\slash"] {
            t.customer(&msp, company).await;
        }
        assert_eq!(names(&t, &msp, search("ANGSTROM inst")).await, ["Ångström Instrument"]);
        assert_eq!(names(&t, &msp, search("strasse")).await, ["Straße & Söhne"]);
        assert_eq!(names(&t, &msp, search("本精")).await, ["松本精密"]);
        assert_eq!(names(&t, &msp, search("%")).await, ["50% off_set"]);
        assert_eq!(names(&t, &msp, search("f_s")).await, ["50% off_set"]);
        assert_eq!(names(&t, &msp, search("k\\s")).await, ["back\\slash"]);
        assert_eq!(names(&t, &msp, search("'; DROP TABLE customers; --")).await, Vec::<String>::new());
        assert_eq!(names(&t, &msp, search("a\0b")).await, Vec::<String>::new());
        assert_eq!(names(&t, &msp, search("   ")).await.len(), 5);
    }

    async fn a2_search_finds_id_contact_and_email_but_nothing_across_them(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let input = CustomerInput {
            contact_first: "Lucía".into(),
            contact_last: "Moreau".into(),
            email: "Lucia@Harbor.example".into(),
            ..customer_input("Harbor")
        };
        let id = t.store.create_customer(&msp.admin, &input).await.unwrap();
        t.customer(&msp, "Other").await;
        for text in [id.to_string().as_str(), "lucia moreau", "lucia@harbor"] {
            assert_eq!(names(&t, &msp, search(text)).await, ["Harbor"], "{text}");
        }
        assert_eq!(names(&t, &msp, search("harborcus")).await, Vec::<String>::new());
        assert_eq!(names(&t, &msp, search("moreau lucia")).await, Vec::<String>::new());
    }

    async fn a1_every_sort_goes_both_ways_and_is_the_same_on_both_engines(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let companies = ["zeta", "Äpfel", "apfel 2", "Éclair", "eclair", "_under", "10", "9", "Ωmega", "松", "Zeta"];
        for (n, company) in companies.iter().enumerate() {
            let input = CustomerInput { email: format!("{}@x.example", 20 - n), ..customer_input(company) };
            let id = t.store.create_customer(&msp.admin, &input).await.unwrap();
            for m in 0..n % 3 {
                t.monitor(&msp, &id, &format!("m{m}")).await;
            }
            t.clock.advance(1000);
        }
        let by_name = names(&t, &msp, CustomerQuery::default()).await;
        assert_eq!(by_name, ["10", "9", "_under", "Äpfel", "apfel 2", "Éclair", "eclair", "zeta", "Zeta", "Ωmega", "松"]);
        let by_email = names(&t, &msp, CustomerQuery { sort: CustomerSort::Email, ..Default::default() }).await;
        assert_eq!(by_email, companies.iter().rev().copied().collect::<Vec<_>>());
        let by_monitors = names(&t, &msp, CustomerQuery { sort: CustomerSort::Monitors, descending: true, ..Default::default() }).await;
        // Two monitors each: indexes 2, 5 and 8 of the list; the youngest first.
        assert_eq!(by_monitors[..3], ["Ωmega", "_under", "apfel 2"]);
        for sort in CustomerSort::ALL {
            let mut up = names(&t, &msp, CustomerQuery { sort, ..Default::default() }).await;
            let down = names(&t, &msp, CustomerQuery { sort, descending: true, ..Default::default() }).await;
            up.reverse();
            assert_eq!(up, down, "{sort:?}");
        }
    }

    async fn a1_pages_hold_fifty_and_a_page_past_the_end_is_the_last(t: Fixture) {
        let msp = t.msp("Alpha").await;
        for n in 0..PAGE_ROWS + 3 {
            t.customer(&msp, &format!("C{n:03}")).await;
        }
        let page = |page| CustomerQuery { page, ..CustomerQuery::default() };
        let first = t.store.customers(&msp.admin, &page(0)).await.unwrap();
        assert_eq!((first.rows.len(), first.page, first.matching), (50, 1, 53));
        let last = t.store.customers(&msp.admin, &page(u32::MAX)).await.unwrap();
        assert_eq!((last.rows.len(), last.page), (3, 2));
        assert_eq!(last.rows[2].name, "C052");
        let found = CustomerQuery { search: "c0".into(), page: 9, descending: true, ..CustomerQuery::default() };
        let last = t.store.customers(&msp.admin, &found).await.unwrap();
        assert_eq!((last.rows.len(), last.page, last.matching), (3, 2, 53));
        assert_eq!(last.rows[2].name, "C000");
        let nothing = CustomerQuery { search: "nothing".into(), page: 9, ..CustomerQuery::default() };
        let none = t.store.customers(&msp.admin, &nothing).await.unwrap();
        assert_eq!((none.rows.len(), none.page, none.matching), (0, 1, 0));
    }

    async fn a1_counts_by_state_ignore_the_filter(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let free = t.customer(&msp, "Free").await;
        let gone = t.customer(&msp, "Gone").await;
        t.customer(&msp, "Active").await;
        t.store.step_customer(&msp.admin, &free, Step::Downgrade, "", None).await.unwrap();
        t.store.step_customer(&msp.admin, &gone, Step::Terminate, "left", None).await.unwrap();
        let query = CustomerQuery { state: Some(State::Inactive), ..search("g") };
        let page = t.store.customers(&msp.admin, &query).await.unwrap();
        assert_eq!((page.all, page.pending, page.active, page.free, page.inactive), (3, 0, 1, 1, 1));
        assert_eq!((page.matching, page.rows[0].name.as_str()), (1, "Gone"));
        let only_state = CustomerQuery { state: Some(State::Free), ..CustomerQuery::default() };
        assert_eq!(names(&t, &msp, only_state).await, ["Free"]);
    }

    async fn a3_every_field_is_kept_trimmed_and_the_creator_is_associated(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let mut input = customer_input("  Harbor  ");
        for field in CustomerInput::FIELDS {
            let value = (field.set)(&mut input);
            if value.is_empty() {
                value.push_str(match field.name {
                    "website" => "https://harbor.example/",
                    "mobile" | "business_phone" => "+442079460000",
                    "company_size" => "0-19",
                    "portal_name" => "harbor",
                    "country" => "GB",
                    "language" => "en",
                    "report_zone" => "Europe/London",
                    "industries" => "Logistics, Retail",
                    _ => " ünï \u{1F30D} ",
                });
            }
        }
        let id = t.store.create_customer(&msp.admin, &input).await.unwrap();
        let detail = t.store.customer(&msp.admin, &id).await.unwrap();
        assert_eq!(detail.input, input.trimmed());
        assert_eq!((detail.name.as_str(), detail.state, detail.associated, detail.demo), ("Harbor", State::Active, true, false));
        assert_eq!(detail.created_by, "admin <admin@alpha.example>");
        assert_eq!(detail.added_at, detail.modified_at);
    }

    async fn a3_the_longest_names_fit_into_every_index(t: Fixture) {
        let msp = t.msp("Alpha").await;
        // Each of these letters becomes eighteen when it is folded.
        let id = t.customer(&msp, &"\u{FDFA}".repeat(200)).await;
        t.monitor(&msp, &id, &"\u{FDFA}".repeat(200)).await;
        assert_eq!(t.store.customers(&msp.admin, &search("\u{FDFA}")).await.unwrap().matching, 1);
    }

    async fn a3_a_portal_name_is_taken_once(t: Fixture) {
        let (alpha, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        let with_portal = |company: &str| CustomerInput { portal_name: "harbor".into(), ..customer_input(company) };
        t.store.create_customer(&alpha.admin, &with_portal("Harbor")).await.unwrap();
        let taken = Refusal::field("portal_name", Problem::Taken);
        assert_eq!(refused(t.store.create_customer(&beta.admin, &with_portal("Other")).await), taken);
        let id = t.customer(&beta, "Other").await;
        assert_eq!(refused(t.store.edit_customer(&beta.admin, &id, 1, &with_portal("Other")).await), taken);
        assert_eq!(t.store.customer(&beta.admin, &id).await.unwrap().version, 1);
        assert_eq!(t.store.customers(&beta.admin, &CustomerQuery::default()).await.unwrap().all, 1);
        let invalid = t.store.create_customer(&beta.admin, &CustomerInput::default()).await;
        assert!(matches!(refused(invalid), Refusal::Invalid(errors) if errors.len() == 3));
    }

    async fn a6_the_second_of_two_editors_is_told(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let id = t.customer(&msp, "Harbor").await;
        t.clock.advance(5000);
        t.store.edit_customer(&msp.admin, &id, 1, &customer_input("Harbour")).await.unwrap();
        let late = t.store.edit_customer(&msp.admin, &id, 1, &customer_input("Harbar")).await;
        assert_eq!(refused(late), Refusal::Conflict);
        let detail = t.store.customer(&msp.admin, &id).await.unwrap();
        assert_eq!((detail.name.as_str(), detail.version), ("Harbour", 2));
        assert!(detail.modified_at >= detail.added_at + 5000);
        assert_eq!(names(&t, &msp, search("harbour")).await, ["Harbour"]);
        assert_eq!(names(&t, &msp, search("harbor")).await, Vec::<String>::new());
        let two = (0..2).map(|n| {
            let (store, admin, id) = (t.store.clone(), msp.admin.clone(), id.clone());
            tokio::spawn(async move { store.edit_customer(&admin, &id, 2, &customer_input(&format!("H{n}"))).await })
        });
        let mut won = 0;
        for edit in two.collect::<Vec<_>>() {
            match edit.await.unwrap() {
                Ok(()) => won += 1,
                Err(error) => assert_eq!(error.refusal(), Refusal::Conflict),
            }
        }
        assert_eq!(won, 1);
    }

    async fn a6_saving_without_a_change_is_no_change(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let id = t.customer(&msp, "Harbor").await;
        t.store.edit_customer(&msp.admin, &id, 1, &customer_input(" Harbor ")).await.unwrap();
        assert_eq!(t.store.customer(&msp.admin, &id).await.unwrap().version, 1);
        assert_eq!(t.store.events(&msp.admin, Some(&id), None, 10).await.unwrap().len(), 1);
        let invalid = t.store.edit_customer(&msp.admin, &id, 1, &CustomerInput::default()).await;
        assert!(matches!(refused(invalid), Refusal::Invalid(_)));
    }
}
