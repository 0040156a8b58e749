//! Customer groups and the staff's page, on both engines.

use model::{
    CustomerId, GroupId, Problem, Refusal,
    customers::PAGE_ROWS,
    groups::{CHANGED_MOST, OFFERED, Ticks},
    lifecycle::Step,
    people::{TieStep, Ties, TiesQuery},
    roles::Role,
};

use crate::both::{Fixture, Msp, both, refused};

fn ticked(customers: &[&CustomerId]) -> Ticks {
    Ticks { shown: Vec::new(), ticked: customers.iter().map(|id| (*id).clone()).collect() }
}

async fn members(t: &Fixture, msp: &Msp, group: &GroupId) -> Vec<String> {
    let offer = t.store.group_offer(&msp.admin, Some(group), "").await.unwrap();
    offer.rows.into_iter().filter(|row| row.member).map(|row| row.name).collect()
}

both! {
    async fn c1_a_group_holds_what_was_ticked_and_a_search_loses_nothing(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let (a, b, c) = (t.customer(&msp, "Aster").await, t.customer(&msp, "Birch").await, t.customer(&msp, "Ärzte").await);
        let group = t.store.create_group(&msp.admin, "  Region Nord ", &ticked(&[&a, &b])).await.unwrap();
        assert_eq!(members(&t, &msp, &group).await, ["Aster", "Birch"]);
        let offer = t.store.group_offer(&msp.admin, Some(&group), "ARZ").await.unwrap();
        assert_eq!((offer.matching, offer.rows[0].name.as_str(), offer.rows[0].member), (1, "Ärzte", false));
        // What this form showed is taken as ticked; Birch, which it did not show, stays.
        let form = Ticks { shown: vec![a.clone(), c.clone()], ticked: vec![c.clone()] };
        t.store.edit_group(&msp.admin, &group, 1, "Region Nord", &form).await.unwrap();
        assert_eq!(members(&t, &msp, &group).await, ["Ärzte", "Birch"]);
        let rows = t.store.groups(&msp.admin).await.unwrap();
        assert_eq!((rows[0].name.as_str(), rows[0].customers, rows[0].users), ("Region Nord", 2, 1));
        t.store.edit_group(&msp.admin, &group, 2, "Region Nord", &Ticks::default()).await.unwrap();
        assert_eq!(t.store.group(&msp.admin, &group).await.unwrap().version, 2);
    }

    async fn c1_a_name_is_unique_in_the_msp_however_it_is_written(t: Fixture) {
        let (msp, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        let group = t.store.create_group(&msp.admin, "Café", &Ticks::default()).await.unwrap();
        let other = t.store.create_group(&msp.admin, "Other", &Ticks::default()).await.unwrap();
        let taken = Refusal::field("name", Problem::Taken);
        assert_eq!(refused(t.store.create_group(&msp.admin, " CAFE ", &Ticks::default()).await), taken);
        assert_eq!(refused(t.store.edit_group(&msp.admin, &other, 1, "cafe", &Ticks::default()).await), taken);
        t.store.create_group(&beta.admin, "Café", &Ticks::default()).await.unwrap();
        assert_eq!(refused(t.store.create_group(&msp.admin, " ", &Ticks::default()).await), Refusal::field("name", Problem::Required));
        t.store.edit_group(&msp.admin, &group, 1, "CAFÉ", &Ticks::default()).await.unwrap();
        let late = t.store.edit_group(&msp.admin, &group, 1, "Cafeteria", &Ticks::default()).await;
        assert_eq!(refused(late), Refusal::Conflict);
    }

    async fn c1_deleting_a_group_keeps_customers_and_associations(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let a = t.customer(&msp, "Aster").await;
        let group = t.store.create_group(&msp.admin, "Region", &ticked(&[&a])).await.unwrap();
        t.store.set_default_group(&msp.admin, Some(&group)).await.unwrap();
        assert_eq!(t.store.default_group(&msp.admin).await.unwrap(), Some(group.clone()));
        t.store.delete_group(&msp.admin, &group).await.unwrap();
        assert_eq!(refused(t.store.group(&msp.admin, &group).await), Refusal::NotFound);
        assert!(t.store.customer(&msp.admin, &a).await.unwrap().associated);
        assert_eq!(t.store.default_group(&msp.admin).await.unwrap(), None);
        let events = t.store.events(&msp.admin, None, None, 5).await.unwrap();
        let kinds: Vec<&str> = events.iter().rev().map(|event| event.kind.as_str()).collect();
        let all = ["group.created", "group.customer_added", "user.default_group_changed", "group.customer_removed", "group.deleted"];
        assert_eq!(kinds, all);
        assert_eq!(events.iter().rev().map(|event| event.seq).collect::<Vec<_>>(), (4..=8).collect::<Vec<_>>());
    }

    async fn c1_a_user_is_dissociated_from_the_groups_customers_and_no_others(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let (a, b, c) = (t.customer(&msp, "Aster").await, t.customer(&msp, "Birch").await, t.customer(&msp, "Cedar").await);
        let group = t.store.create_group(&msp.admin, "Region", &ticked(&[&a, &b])).await.unwrap();
        let bo = t.person(&msp, Role::Admin, None, "bo@alpha.example").await;
        for customer in [&a, &b, &c] {
            t.store.associate_self(&bo, customer).await.unwrap();
        }
        let users = t.store.group(&msp.admin, &group).await.unwrap().users;
        assert_eq!(users.iter().map(|user| (user.email.as_str(), user.customers)).collect::<Vec<_>>(), [("bo@alpha.example", 2), ("admin@alpha.example", 2)]);
        for _ in 0..2 {
            t.store.dissociate_group(&msp.admin, &group, bo.user().unwrap()).await.unwrap();
        }
        let page = t.store.customers(&bo, &Default::default()).await.unwrap();
        assert_eq!(page.rows.iter().map(|row| (row.name.as_str(), row.associated, row.admins)).collect::<Vec<_>>(), [
            ("Aster", false, 1), ("Birch", false, 1), ("Cedar", true, 2),
        ]);
        assert_eq!(t.store.group(&msp.admin, &group).await.unwrap().users.len(), 1);
    }

    async fn c1_only_an_admin_of_the_msp_changes_groups(t: Fixture) {
        let (msp, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        let theirs = t.customer(&beta, "Theirs").await;
        let group = t.store.create_group(&msp.admin, "Region", &Ticks::default()).await.unwrap();
        let operator = t.person(&msp, Role::Operator, None, "otto@alpha.example").await;
        let user = operator.user().unwrap();
        assert_eq!(t.store.groups(&operator).await.unwrap().len(), 1);
        for (actor, refusal) in [(&operator, Refusal::Forbidden), (&beta.admin, Refusal::NotFound)] {
            assert_eq!(refused(t.store.edit_group(actor, &group, 1, "Mine", &Ticks::default()).await), refusal);
            assert_eq!(refused(t.store.delete_group(actor, &group).await), refusal);
            assert_eq!(refused(t.store.dissociate_group(actor, &group, user).await), refusal);
        }
        assert_eq!(refused(t.store.create_group(&operator, "Mine", &Ticks::default()).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.group(&beta.admin, &group).await), Refusal::NotFound);
        assert_eq!(refused(t.store.set_default_group(&beta.admin, Some(&group)).await), Refusal::NotFound);
        assert_eq!(refused(t.store.edit_group(&msp.admin, &group, 1, "Region", &ticked(&[&theirs])).await), Refusal::NotFound);
        let too_many = Ticks { shown: Vec::new(), ticked: (0..=u128::from(CHANGED_MOST)).map(CustomerId::from_u128).collect() };
        assert_eq!(refused(t.store.create_group(&msp.admin, "Many", &too_many).await), Refusal::BadRequest);
    }

    async fn c1_ten_thousand_customers_are_offered_by_the_page(t: Fixture) {
        let msp = t.msp("Alpha").await;
        t.store.set_quota(&msp.id, Some(20_000), Some(20_000)).await.unwrap();
        t.store.fill_demo(&msp.id, 10_000, 0, 7).await.unwrap();
        let member = t.customer(&msp, "zz last of all").await;
        let group = t.store.create_group(&msp.admin, "Region", &ticked(&[&member])).await.unwrap();
        let start = std::time::Instant::now();
        let offer = t.store.group_offer(&msp.admin, Some(&group), "").await.unwrap();
        assert_eq!((offer.rows.len(), offer.matching, offer.rows[0].name.as_str()), (OFFERED as usize, 10_001, "zz last of all"));
        let found = t.store.group_offer(&msp.admin, Some(&group), "last of").await.unwrap();
        assert_eq!((found.rows.len(), found.matching), (1, 1));
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    }

    async fn c2_the_health_view_knows_the_groups_that_have_a_card(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let (a, b) = (t.customer(&msp, "Aster").await, t.customer(&msp, "Birch").await);
        let second = t.store.create_group(&msp.admin, "Second", &ticked(&[&a, &b])).await.unwrap();
        let first = t.store.create_group(&msp.admin, "First", &ticked(&[&a])).await.unwrap();
        t.store.create_group(&msp.admin, "Empty", &Ticks::default()).await.unwrap();
        let basis = t.store.health_basis(&msp.admin).await.unwrap();
        assert_eq!(basis.groups, [(first, "First".to_owned()), (second.clone(), "Second".to_owned())]);
        assert_eq!((&basis.groups_of[&a], &basis.groups_of[&b]), (&vec![0, 1], &vec![1]));
        t.store.step_customer(&msp.admin, &a, Step::Terminate, "left", None).await.unwrap();
        let basis = t.store.health_basis(&msp.admin).await.unwrap();
        assert_eq!((basis.groups.as_slice(), basis.inactive), ([(second, "Second".to_owned())].as_slice(), 1));
    }

    async fn c3_a_persons_page_finds_any_customer(t: Fixture) {
        let msp = t.msp("Alpha").await;
        for n in 0..PAGE_ROWS + 3 {
            t.customer(&msp, &format!("C{n:03}")).await;
        }
        let bo = t.person(&msp, Role::Operator, None, "bo@alpha.example").await;
        let user = bo.user().unwrap();
        let page = |search: &str, ties, page| TiesQuery { search: search.into(), ties, page };
        let all = t.store.staff_member(&msp.admin, user, &page("", Ties::All, 9)).await.unwrap();
        assert_eq!((all.matching, all.page, all.customers.len()), (53, 2, 3));
        let last = all.customers[2].id.clone();
        t.store.tie(&msp.admin, &last, user, TieStep::Associate).await.unwrap();
        let associated = t.store.staff_member(&msp.admin, user, &page("c05", Ties::Associated, 1)).await.unwrap();
        assert_eq!((associated.matching, associated.customers[0].name.as_str()), (1, "C052"));
        assert_eq!(t.store.staff_member(&msp.admin, user, &page("", Ties::Denied, 1)).await.unwrap().matching, 0);
        let staff = t.store.staff(&bo).await.unwrap();
        assert_eq!(staff.iter().map(|p| (p.email.as_str(), p.associations)).collect::<Vec<_>>(), [("admin@alpha.example", 53), ("bo@alpha.example", 1)]);
        assert!(staff.iter().all(|person| person.last_seen_at > 0));
        let people = t.store.people_of_customer(&msp.admin, &last).await.unwrap();
        assert_eq!(people.iter().map(|p| (p.email.as_str(), p.tie.associated)).collect::<Vec<_>>(), [("admin@alpha.example", true), ("bo@alpha.example", true)]);
        let beta = t.msp("Beta").await;
        assert_eq!(refused(t.store.staff_member(&beta.admin, user, &TiesQuery::default()).await), Refusal::NotFound);
    }

    async fn c1_a_customer_joins_and_leaves_a_group_from_its_own_page(t: Fixture) {
        let (msp, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        let (a, b) = (t.customer(&msp, "Aster").await, t.customer(&msp, "Birch").await);
        let group = t.store.create_group(&msp.admin, "Region", &ticked(&[&b])).await.unwrap();
        t.store.create_group(&msp.admin, "Others", &Ticks::default()).await.unwrap();
        for _ in 0..2 {
            t.store.join_group(&msp.admin, &a, &group).await.unwrap();
        }
        let groups = t.store.groups_of_customer(&msp.admin, &a).await.unwrap();
        assert_eq!(groups.iter().map(|group| (group.name.as_str(), group.member)).collect::<Vec<_>>(), [("Others", false), ("Region", true)]);
        // Whose form was open meanwhile is told that the group is another one now.
        let stale = t.store.edit_group(&msp.admin, &group, 1, "Region", &Ticks::default()).await;
        assert_eq!(refused(stale), Refusal::Conflict);
        for _ in 0..2 {
            t.store.leave_group(&msp.admin, &a, &group).await.unwrap();
        }
        assert_eq!(members(&t, &msp, &group).await, ["Birch"]);
        let events = t.store.events(&msp.admin, Some(&a), None, 2).await.unwrap();
        let told: Vec<_> = events.iter().map(|event| (event.kind.as_str(), event.changes[0].1.as_str(), event.changes[0].2.as_str())).collect();
        assert_eq!(told, [("group.customer_removed", "Region", ""), ("group.customer_added", "", "Region")]);
        let operator = t.person(&msp, Role::Operator, None, "otto@alpha.example").await;
        let theirs = t.store.create_group(&beta.admin, "Theirs", &Ticks::default()).await.unwrap();
        for (actor, group, refusal) in [
            (&operator, &group, Refusal::Forbidden),
            (&beta.admin, &group, Refusal::NotFound),
            (&msp.admin, &theirs, Refusal::NotFound),
            (&beta.admin, &theirs, Refusal::NotFound),
        ] {
            assert_eq!(refused(t.store.join_group(actor, &a, group).await), refusal);
            assert_eq!(refused(t.store.leave_group(actor, &a, group).await), refusal);
        }
    }

    async fn c1_c3_somebody_is_associated_with_a_whole_group(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let (a, b, c) = (t.customer(&msp, "Aster").await, t.customer(&msp, "Birch").await, t.customer(&msp, "Cedar").await);
        let d = t.customer(&msp, "Dune").await;
        let group = t.store.create_group(&msp.admin, "Region", &ticked(&[&a, &b, &c])).await.unwrap();
        let bo = t.person(&msp, Role::Admin, None, "bo@alpha.example").await;
        let user = bo.user().unwrap();
        t.store.tie(&msp.admin, &a, user, TieStep::Associate).await.unwrap();
        t.store.tie(&msp.admin, &c, user, TieStep::Deny).await.unwrap();
        for _ in 0..2 {
            t.store.associate_group(&msp.admin, &group, user).await.unwrap();
        }
        t.store.tie(&msp.admin, &c, user, TieStep::Allow).await.unwrap();
        let page = t.store.customers(&t.sign_in("bo@alpha.example").await, &Default::default()).await.unwrap();
        let rows: Vec<_> = page.rows.iter().map(|row| (row.name.as_str(), row.associated, row.admins)).collect();
        assert_eq!(rows, [("Aster", true, 2), ("Birch", true, 2), ("Cedar", false, 1), ("Dune", false, 1)]);
        for (customer, count) in [(&a, 1), (&b, 1), (&d, 0)] {
            let events = t.store.events(&msp.admin, Some(customer), None, 50).await.unwrap();
            assert_eq!(events.iter().filter(|event| event.kind == "association.created").count(), count);
        }
        let beta = t.msp("Beta").await;
        assert_eq!(refused(t.store.associate_group(&msp.admin, &group, beta.admin.user().unwrap()).await), Refusal::NotFound);
        assert_eq!(refused(t.store.associate_group(&beta.admin, &group, user).await), Refusal::NotFound);
        let operator = t.person(&msp, Role::Operator, None, "otto@alpha.example").await;
        assert_eq!(refused(t.store.associate_group(&operator, &group, user).await), Refusal::Forbidden);
    }
}
