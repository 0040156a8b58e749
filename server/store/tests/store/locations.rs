//! Locations and contacts, on both engines.

use model::{
    ContactId, CustomerId, LocationId, Problem, Refusal,
    contacts::{ContactInput, PortalAccess},
    lifecycle::Step,
    locations::LocationInput,
    monitors::MonitorInput,
    people::TieStep,
    roles::Role,
};

use crate::both::{Fixture, Msp, both, monitor_input, refused};

fn place(name: &str) -> LocationInput {
    LocationInput { name: name.into(), ..LocationInput::usual() }
}

fn person(last_name: &str, location: &LocationId) -> ContactInput {
    ContactInput { last_name: last_name.into(), location: location.to_string(), ..ContactInput::default() }
}

async fn add(t: &Fixture, msp: &Msp, customer: &CustomerId, name: &str) -> LocationId {
    t.store.save_location(&msp.admin, customer, None, &place(name)).await.unwrap()
}

/// Names, the default in capitals.
async fn names(t: &Fixture, msp: &Msp, customer: &CustomerId) -> Vec<String> {
    let rows = t.store.locations_of_customer(&msp.admin, customer).await.unwrap().rows;
    rows.into_iter().map(|row| if row.is_default { row.input.name.to_uppercase() } else { row.input.name }).collect()
}

both! {
    async fn a9_exactly_one_location_is_the_default_always(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let harbor = t.customer(&msp, "Harbor").await;
        let quay = add(&t, &msp, &harbor, "Quay").await;
        let depot = add(&t, &msp, &harbor, "Depot").await;
        assert_eq!(names(&t, &msp, &harbor).await, ["QUAY", "Depot"]);
        t.store.make_default_location(&msp.admin, &harbor, &depot).await.unwrap();
        t.store.make_default_location(&msp.admin, &harbor, &depot).await.unwrap();
        assert_eq!(names(&t, &msp, &harbor).await, ["DEPOT", "Quay"]);
        assert_eq!(refused(t.store.delete_location(&msp.admin, &harbor, &depot).await), Refusal::DefaultStays);
        t.store.delete_location(&msp.admin, &harbor, &quay).await.unwrap();
        t.store.delete_location(&msp.admin, &harbor, &depot).await.unwrap();
        assert_eq!(names(&t, &msp, &harbor).await, [""; 0]);
        add(&t, &msp, &harbor, "Pier").await;
        assert_eq!(names(&t, &msp, &harbor).await, ["PIER"]);
        let events = t.store.events(&msp.admin, Some(&harbor), None, 50).await.unwrap();
        let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(
            kinds,
            [
                "location.added", "location.deleted", "location.deleted", "location.made_default", "location.added", "location.added",
                "customer.created",
            ]
        );
        assert_eq!(events[3].changes, [("default_location".to_owned(), "Quay".to_owned(), "Depot".to_owned())]);
    }

    async fn a9_of_first_and_default_locations_at_once_one_is_left(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let harbor = t.customer(&msp, "Harbor").await;
        let adding = (0..6).map(|n| {
            let (store, actor, harbor) = (t.store.clone(), msp.admin.clone(), harbor.clone());
            tokio::spawn(async move { store.save_location(&actor, &harbor, None, &place(&format!("Place {n}"))).await.unwrap() })
        });
        let mut ids = Vec::new();
        for task in adding.collect::<Vec<_>>() {
            ids.push(task.await.unwrap());
        }
        let is_default = async || {
            let rows = t.store.locations_of_customer(&msp.admin, &harbor).await.unwrap().rows;
            rows.iter().filter(|row| row.is_default).count()
        };
        assert_eq!(is_default().await, 1);
        let choosing = ids.into_iter().map(|id| {
            let (store, actor, harbor) = (t.store.clone(), msp.admin.clone(), harbor.clone());
            tokio::spawn(async move { store.make_default_location(&actor, &harbor, &id).await.unwrap() })
        });
        for task in choosing.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        assert_eq!(is_default().await, 1);
    }

    async fn a9_a_location_is_edited_and_refused_at_its_field(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let (harbor, cedar) = (t.customer(&msp, "Harbor").await, t.customer(&msp, "Cedar").await);
        let quay = add(&t, &msp, &harbor, "Kai Süd").await;
        let add_input = async |input: LocationInput| t.store.save_location(&msp.admin, &harbor, None, &input).await;
        assert_eq!(refused(add_input(place("KAI SUD")).await), Refusal::field("name", Problem::Taken));
        assert_eq!(refused(add_input(place(" ")).await), Refusal::field("name", Problem::Required));
        let nowhere = LocationInput { country: "XX".into(), zone: "Mars/Base".into(), ..place("Nowhere") };
        let refusal = refused(add_input(nowhere).await);
        assert_eq!((refusal.at("country"), refusal.at("zone")), (Some(Problem::NotAChoice), Some(Problem::NotAChoice)));
        let full = LocationInput { country: "DE".into(), zone: "Europe/Berlin".into(), on_dashboard: String::new(), ..place("Kai Süd") };
        t.store.save_location(&msp.admin, &harbor, Some((&quay, 1)), &full).await.unwrap();
        assert_eq!(refused(t.store.save_location(&msp.admin, &harbor, Some((&quay, 1)), &place("Late")).await), Refusal::Conflict);
        let row = t.store.locations_of_customer(&msp.admin, &harbor).await.unwrap().rows.remove(0);
        assert_eq!((row.input, row.country_name.as_str(), row.version), (full, "Germany", 2));
        // Another customer's location is not this one's.
        assert_eq!(refused(t.store.save_location(&msp.admin, &cedar, Some((&quay, 2)), &place("Stolen")).await), Refusal::NotFound);
        assert_eq!(refused(t.store.make_default_location(&msp.admin, &cedar, &quay).await), Refusal::NotFound);
        assert_eq!(refused(t.store.delete_location(&msp.admin, &cedar, &quay).await), Refusal::NotFound);
        t.store.save_location(&msp.admin, &cedar, None, &place("Kai Süd")).await.unwrap();
    }

    async fn a9_a_monitor_stands_at_a_location_and_outlives_it(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let (harbor, cedar) = (t.customer(&msp, "Harbor").await, t.customer(&msp, "Cedar").await);
        let quay = add(&t, &msp, &harbor, "Quay").await;
        let theirs = add(&t, &msp, &cedar, "Grove").await;
        let at = |location: &LocationId| MonitorInput { location: location.to_string(), ..monitor_input("web") };
        let foreign = t.store.create_monitor(&msp.admin, &harbor, &at(&theirs)).await;
        assert_eq!(refused(foreign), Refusal::field("location", Problem::NotAChoice));
        let web = t.store.create_monitor(&msp.admin, &harbor, &at(&quay)).await.unwrap();
        let location = async || t.store.monitor(&msp.admin, &web).await.unwrap().location.map(|(_, name)| name);
        assert_eq!(location().await.as_deref(), Some("Quay"));
        assert_eq!(t.store.locations_of_customer(&msp.admin, &harbor).await.unwrap().rows[0].monitors, 1);
        t.store.edit_monitor(&msp.admin, &web, 1, &monitor_input("web")).await.unwrap();
        assert_eq!(location().await, None);
        t.store.edit_monitor(&msp.admin, &web, 2, &at(&quay)).await.unwrap();
        let edited = &t.store.events(&msp.admin, Some(&harbor), None, 1).await.unwrap()[0];
        assert_eq!(edited.changes, [("location".to_owned(), String::new(), "Quay".to_owned())]);
        t.store.delete_location(&msp.admin, &harbor, &quay).await.unwrap();
        assert_eq!(location().await, None);
    }

    async fn a10_a_contact_is_at_one_location_which_must_exist_first(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let (harbor, cedar) = (t.customer(&msp, "Harbor").await, t.customer(&msp, "Cedar").await);
        let theirs = add(&t, &msp, &cedar, "Grove").await;
        let save = async |existing: Option<(&ContactId, i64)>, input: &ContactInput| {
            t.store.save_contact(&msp.admin, &harbor, existing, input).await
        };
        assert_eq!(refused(save(None, &person("Núñez", &theirs)).await), Refusal::NoLocation);
        let (quay, depot) = (add(&t, &msp, &harbor, "Quay").await, add(&t, &msp, &harbor, "Depot").await);
        assert_eq!(refused(save(None, &person("Núñez", &theirs)).await), Refusal::field("location", Problem::NotAChoice));
        let zoe = save(None, &person("Núñez", &depot)).await.unwrap();
        let second = ContactInput {
            first_name: "Ada".into(),
            email: "ada@harbor.example".into(),
            portal_access: PortalAccess::ReadOnlyWithReports.key().into(),
            ..person("Lind", &depot)
        };
        save(None, &second).await.unwrap();
        let sheet = t.store.contacts_of_customer(&msp.admin, &harbor).await.unwrap();
        assert_eq!(sheet.rows.iter().map(|row| row.input.name()).collect::<Vec<_>>(), ["Ada Lind", "Núñez"]);
        assert_eq!((sheet.rows[0].access, sheet.rows[1].access), (PortalAccess::ReadOnlyWithReports, PortalAccess::None));
        assert_eq!(sheet.locations.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["Quay", "Depot"]);

        assert_eq!(refused(t.store.delete_location(&msp.admin, &harbor, &depot).await), Refusal::HasContacts { contacts: 2 });
        save(Some((&zoe, 1)), &person("Núñez", &quay)).await.unwrap();
        assert_eq!(refused(save(Some((&zoe, 1)), &person("Late", &quay)).await), Refusal::Conflict);
        assert_eq!(refused(t.store.delete_location(&msp.admin, &harbor, &depot).await), Refusal::HasContacts { contacts: 1 });
        t.store.delete_contact(&msp.admin, &harbor, &sheet.rows[0].id).await.unwrap();
        t.store.delete_location(&msp.admin, &harbor, &depot).await.unwrap();
        let events = t.store.events(&msp.admin, Some(&harbor), None, 4).await.unwrap();
        let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["location.deleted", "contact.deleted", "contact.edited", "contact.added"]);
        assert_eq!(events[2].changes, [("location".to_owned(), "Depot".to_owned(), "Quay".to_owned())]);
        assert_eq!(refused(t.store.delete_contact(&msp.admin, &cedar, &zoe).await), Refusal::NotFound);
    }

    async fn a9_a10_operators_manage_those_of_associated_customers_and_nobody_those_of_inactive_ones(t: Fixture) {
        let (msp, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        let harbor = t.customer(&msp, "Harbor").await;
        let quay = add(&t, &msp, &harbor, "Quay").await;
        let otto = t.person(&msp, Role::Operator, None, "otto@alpha.example").await;
        assert!(matches!(refused(t.store.save_location(&otto, &harbor, None, &place("x")).await), Refusal::NotAssociated { .. }));
        assert!(matches!(refused(t.store.contacts_of_customer(&otto, &harbor).await), Refusal::NotAssociated { .. }));
        t.store.tie(&msp.admin, &harbor, otto.user().unwrap(), TieStep::Associate).await.unwrap();
        let depot = t.store.save_location(&otto, &harbor, None, &place("Depot")).await.unwrap();
        t.store.make_default_location(&otto, &harbor, &depot).await.unwrap();
        let zoe = t.store.save_contact(&otto, &harbor, None, &person("Núñez", &depot)).await.unwrap();
        let sheet = t.store.contacts_of_customer(&otto, &harbor).await.unwrap();
        assert_eq!((sheet.may_manage, sheet.may_invite), (true, false));
        let carl = t.person(&msp, Role::Customer, Some(&harbor), "carl@harbor.example").await;
        assert_eq!(refused(t.store.locations_of_customer(&carl, &harbor).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.save_contact(&carl, &harbor, None, &person("x", &depot)).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.locations_of_customer(&beta.admin, &harbor).await), Refusal::NotFound);
        assert_eq!(refused(t.store.delete_location(&beta.admin, &harbor, &quay).await), Refusal::NotFound);
        assert_eq!(refused(t.store.delete_contact(&beta.admin, &harbor, &zoe).await), Refusal::NotFound);

        t.store.step_customer(&msp.admin, &harbor, Step::Terminate, "left", None).await.unwrap();
        let sheet = t.store.locations_of_customer(&msp.admin, &harbor).await.unwrap();
        assert_eq!((sheet.rows.len(), sheet.may_manage), (2, false));
        assert_eq!(refused(t.store.save_location(&msp.admin, &harbor, None, &place("x")).await), Refusal::Inactive);
        assert_eq!(refused(t.store.save_location(&msp.admin, &harbor, Some((&quay, 2)), &place("x")).await), Refusal::Inactive);
        assert_eq!(refused(t.store.make_default_location(&msp.admin, &harbor, &quay).await), Refusal::Inactive);
        assert_eq!(refused(t.store.delete_location(&msp.admin, &harbor, &quay).await), Refusal::Inactive);
        assert_eq!(refused(t.store.save_contact(&msp.admin, &harbor, None, &person("x", &depot)).await), Refusal::Inactive);
        assert_eq!(refused(t.store.delete_contact(&msp.admin, &harbor, &zoe).await), Refusal::Inactive);
    }
}
