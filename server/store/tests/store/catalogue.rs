//! The catalogue, service items and the pack of new customers, on both engines.

use std::collections::BTreeMap;

use model::{
    CustomerId, LevelId, Problem, Refusal, ServiceTypeId,
    catalogue::{LevelInput, Part, PlanInput, RatesInput, ServiceTypeInput},
    contacts::ContactInput,
    customers::{CustomerQuery, CustomerSort},
    drafts::Draft,
    lifecycle::Step,
    locations::LocationInput,
    people::TieStep,
    roles::Role,
    services::{ItemInput, ServiceSheet},
};

use crate::both::{Fixture, Msp, both, customer_input, refused};

async fn level(t: &Fixture, msp: &Msp, name: &str, rates: &str) -> LevelId {
    let input = LevelInput { name: name.into(), rates: rates.into(), ..LevelInput::default() };
    t.store.save_level(&msp.admin, None, &input).await.unwrap()
}

async fn service(t: &Fixture, msp: &Msp, name: &str) -> ServiceTypeId {
    let input = ServiceTypeInput { name: name.into(), unit: "hour".into() };
    t.store.save_service_type(&msp.admin, None, &input).await.unwrap()
}

async fn sheet(t: &Fixture, msp: &Msp, customer: &CustomerId) -> ServiceSheet {
    t.store.services_of_customer(&msp.admin, customer).await.unwrap()
}

fn rates(currency: &str, rates: &[(&ServiceTypeId, &str)]) -> RatesInput {
    let rates = rates.iter().map(|(service, rate)| (service.to_string(), (*rate).to_owned()));
    RatesInput { name: format!("In {currency}"), currency: currency.into(), rates: rates.collect::<BTreeMap<_, _>>() }
}

/// How each event of the customer is called, the newest first.
async fn kinds(t: &Fixture, msp: &Msp, customer: &CustomerId) -> Vec<String> {
    let events = t.store.events(&msp.admin, Some(customer), None, 50).await.unwrap();
    events.into_iter().map(|event| event.kind).collect()
}

both! {
    async fn a14_a_new_customer_gets_the_default_level_and_service_in_its_own_event(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let catalogue = t.store.catalogue(&msp.admin).await.unwrap();
        let first = (&catalogue.levels[0], &catalogue.services[0]);
        assert_eq!((first.0.name.as_str(), first.0.is_default, first.1.name.as_str(), first.1.is_default), ("Standard", true, "Monitoring", true));
        let harbor = t.customer(&msp, "Harbor").await;
        let had = sheet(&t, &msp, &harbor).await;
        assert_eq!((had.level.as_ref(), had.items.len(), had.items[0].service_name.as_str()), (Some(&first.0.id), 1, "Monitoring"));
        assert_eq!((had.items[0].quantity, had.items[0].rate.as_ref()), (100, None));
        let events = t.store.events(&msp.admin, Some(&harbor), None, 50).await.unwrap();
        assert_eq!(events.len(), 1);
        for said in [("program_level", "Standard"), ("service", "Monitoring")] {
            assert!(events[0].changes.contains(&(said.0.into(), String::new(), said.1.into())), "{:?}", events[0].changes);
        }

        // Another pack, priced by its level's template; only customers from now on get it.
        let support = service(&t, &msp, "Support").await;
        let template = t.store.save_rates(&msp.admin, None, &rates("EUR", &[(&support, "95")])).await.unwrap();
        let gold = level(&t, &msp, "Gold", &template.to_string()).await;
        t.store.make_default(&msp.admin, &Part::Level(gold.clone())).await.unwrap();
        t.store.make_default(&msp.admin, &Part::Service(support.clone())).await.unwrap();
        let cedar = t.customer(&msp, "Cedar").await;
        let had = sheet(&t, &msp, &cedar).await;
        assert_eq!((had.level, had.items[0].service.clone()), (Some(gold.clone()), support));
        assert_eq!(had.items[0].rate.as_ref().unwrap().to_string(), "EUR 95.00");
        assert_eq!(sheet(&t, &msp, &harbor).await.level, Some(first.0.id.clone()));
        let defaults: Vec<bool> = t.store.catalogue(&msp.admin).await.unwrap().levels.iter().map(|level| level.is_default).collect();
        assert_eq!(defaults, [true, false]);
        // A customer that is refused leaves nothing behind, and no pack.
        t.store.set_quota(&msp.id, Some(2), None).await.unwrap();
        assert!(t.store.create_customer(&msp.admin, &customer_input("Third")).await.is_err());
        assert_eq!(t.store.catalogue(&msp.admin).await.unwrap().level(&gold).unwrap().customers, 1);
    }

    async fn a7_a_customer_begins_with_a_level_services_locations_and_contacts_or_not_at_all(t: Fixture) {
        let (msp, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        let support = service(&t, &msp, "Support").await;
        let monitoring = t.store.catalogue(&msp.admin).await.unwrap().services.iter().find(|row| row.is_default).unwrap().id.clone();
        let template = t.store.save_rates(&msp.admin, None, &rates("EUR", &[(&support, "95"), (&monitoring, "7")])).await.unwrap();
        let gold = level(&t, &msp, "Gold", &template.to_string()).await;
        let place = |name: &str, country: &str| LocationInput { name: name.into(), country: country.into(), ..LocationInput::usual() };
        let good = Draft {
            level: gold.to_string(),
            items: vec![ItemInput { service: support.to_string(), quantity: "2.5".into(), ..ItemInput::default() }],
            locations: vec![place("Kai Süd", "germany"), place("Depot", "")],
            contacts: vec![ContactInput { first_name: "Zoë".into(), location: "Depot".into(), ..ContactInput::default() }],
            ..Draft::of(customer_input("Harbor"))
        };
        let harbor = t.store.add_customer(&msp.admin, &good, None).await.unwrap();
        let had = sheet(&t, &msp, &harbor).await;
        assert_eq!(had.level, Some(gold.clone()));
        let items: Vec<(&str, i64, String)> = had
            .items
            .iter()
            .map(|item| (item.service_name.as_str(), item.quantity, item.rate.as_ref().unwrap().to_string()))
            .collect();
        // The service that everyone begins with costs what the chosen level says.
        assert_eq!(items, [("Monitoring", 100, "EUR 7.00".to_owned()), ("Support", 250, "EUR 95.00".to_owned())]);
        let places = t.store.locations_of_customer(&msp.admin, &harbor).await.unwrap().rows;
        let places: Vec<_> = places.iter().map(|row| (row.input.name.as_str(), row.country_name.as_str(), row.is_default)).collect();
        assert_eq!(places, [("Kai Süd", "Germany", true), ("Depot", "", false)]);
        let people = t.store.contacts_of_customer(&msp.admin, &harbor).await.unwrap().rows;
        assert_eq!((people.len(), people[0].location_name.as_str()), (1, "Depot"));
        let wanted = ["contact.added", "location.added", "location.added", "service.added", "customer.created"];
        assert_eq!(kinds(&t, &msp, &harbor).await, wanted);

        // What is wrong stands at its row, and nothing is written.
        let theirs = service(&t, &beta, "Theirs").await.to_string();
        let beta_level = t.store.catalogue(&beta.admin).await.unwrap().levels[0].id.to_string();
        let wrong = [
            ("items[0][service]", Draft { items: vec![ItemInput { service: theirs, ..ItemInput::default() }], ..good.clone() }),
            ("level", Draft { level: beta_level, ..good.clone() }),
            ("locations[1][name]", Draft { locations: vec![place("Depot", ""), place("DEPOT", "")], ..good.clone() }),
            ("locations[0][country]", Draft { locations: vec![place("Depot", "Atlantis")], ..good.clone() }),
            ("contacts[0][location]", Draft { locations: vec![place("Kai", "")], ..good.clone() }),
        ];
        for (field, draft) in wrong {
            let draft = Draft { input: customer_input("Cedar"), ..draft };
            assert!(refused(t.store.add_customer(&msp.admin, &draft, None).await).at(field).is_some(), "{field}");
        }
        assert_eq!(t.store.customers(&msp.admin, &CustomerQuery::default()).await.unwrap().rows.len(), 1);
    }

    async fn a8_the_catalogue_is_added_edited_and_deleted_and_each_change_is_kept(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let (device, support) = (service(&t, &msp, "Device").await, service(&t, &msp, "Support").await);
        let input = rates("JPY", &[(&device, "1200"), (&support, "")]);
        let template = t.store.save_rates(&msp.admin, None, &input).await.unwrap();
        let gold = level(&t, &msp, "Gold", &template.to_string()).await;
        let plan = PlanInput { name: "Watch".into(), services: vec![device.to_string()], ..PlanInput::default() };
        let watch = t.store.save_plan(&msp.admin, &gold, None, &plan).await.unwrap();
        let both = PlanInput { name: "Watch".into(), services: vec![device.to_string(), support.to_string()], ..plan.clone() };
        t.store.save_plan(&msp.admin, &gold, Some((&watch, 1)), &both).await.unwrap();
        assert_eq!(refused(t.store.save_plan(&msp.admin, &gold, Some((&watch, 1)), &plan).await), Refusal::Conflict);
        let renamed = LevelInput { name: "Gold plus".into(), rates: template.to_string(), ..LevelInput::default() };
        t.store.save_level(&msp.admin, Some((&gold, 1)), &renamed).await.unwrap();
        assert_eq!(refused(t.store.save_level(&msp.admin, Some((&gold, 1)), &renamed).await), Refusal::Conflict);
        // What changes nothing writes nothing.
        t.store.save_level(&msp.admin, Some((&gold, 2)), &renamed).await.unwrap();
        let catalogue = t.store.catalogue(&msp.admin).await.unwrap();
        let row = catalogue.level(&gold).unwrap();
        assert_eq!((row.name.as_str(), row.version, row.plans.len(), row.plans[0].services.len()), ("Gold plus", 2, 1, 2));
        assert_eq!(catalogue.services_of(row).iter().map(|service| service.name.as_str()).collect::<Vec<_>>(), ["Device", "Support"]);
        let prices = &catalogue.rates(&template).unwrap().rates;
        assert_eq!((prices.len(), prices[0].1.to_string().as_str()), (1, "JPY 1200"));

        t.store.delete_part(&msp.admin, &Part::Service(support)).await.unwrap();
        t.store.delete_part(&msp.admin, &Part::Plan(watch)).await.unwrap();
        t.store.delete_part(&msp.admin, &Part::Rates(template)).await.unwrap();
        let row = t.store.catalogue(&msp.admin).await.unwrap().level(&gold).cloned().unwrap();
        assert_eq!((row.plans.len(), row.rates), (0, None));
        t.store.delete_part(&msp.admin, &Part::Level(gold.clone())).await.unwrap();
        assert_eq!(refused(t.store.delete_part(&msp.admin, &Part::Level(gold)).await), Refusal::NotFound);
        let events = t.store.events(&msp.admin, None, None, 50).await.unwrap();
        let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).filter(|kind| kind.starts_with("catalogue")).collect();
        assert_eq!(
            kinds,
            [
                "catalogue.level_deleted", "catalogue.rates_deleted", "catalogue.plan_deleted", "catalogue.service_deleted",
                "catalogue.level_edited", "catalogue.plan_edited", "catalogue.plan_added", "catalogue.level_added",
                "catalogue.rates_added", "catalogue.service_added", "catalogue.service_added",
            ]
        );
        let edited = events.iter().find(|event| event.kind == "catalogue.plan_edited").unwrap();
        assert_eq!(edited.changes, [("services".to_owned(), "Device".to_owned(), "Device, Support".to_owned())]);
    }

    async fn a8_what_cannot_be_taken_is_refused_at_its_field(t: Fixture) {
        let (msp, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        let theirs = service(&t, &beta, "Theirs").await;
        let taken = t.store.save_level(&msp.admin, None, &LevelInput { name: " STANDARD ".into(), ..LevelInput::default() }).await;
        assert_eq!(refused(taken), Refusal::field("name", Problem::Taken));
        let gold = level(&t, &msp, "Gold", "").await;
        let planted = PlanInput { name: "Watch".into(), services: vec![theirs.to_string()], ..PlanInput::default() };
        assert_eq!(refused(t.store.save_plan(&msp.admin, &gold, None, &planted).await), Refusal::field("services", Problem::NotAChoice));
        let planted = rates("EUR", &[(&theirs, "1")]);
        assert_eq!(refused(t.store.save_rates(&msp.admin, None, &planted).await), Refusal::field("rates", Problem::NotAChoice));
        let harbor = t.customer(&msp, "Harbor").await;
        let item = |service: &ServiceTypeId| ItemInput { service: service.to_string(), ..ItemInput::default() };
        let foreign = t.store.save_item(&msp.admin, &harbor, None, &item(&theirs)).await;
        assert_eq!(refused(foreign), Refusal::field("service", Problem::NotAChoice));
        let beta_level = t.store.catalogue(&beta.admin).await.unwrap().levels[0].id.to_string();
        for wrong in [beta_level.as_str(), "", "gold"] {
            assert_eq!(refused(t.store.choose_level(&msp.admin, &harbor, wrong).await), Refusal::field("level", Problem::NotAChoice));
        }
        let catalogue = t.store.catalogue(&msp.admin).await.unwrap();
        assert_eq!((catalogue.levels.len(), catalogue.services.len(), catalogue.rates.len()), (2, 1, 0));
    }

    async fn a8_what_a_customer_has_is_not_deleted_and_says_whose_it_is(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let names = ["Aster", "Birch", "Cedar", "Dover"];
        let mut customers = Vec::new();
        for name in names {
            customers.push(t.customer(&msp, name).await);
        }
        let standard = t.store.catalogue(&msp.admin).await.unwrap().levels[0].id.clone();
        let support = service(&t, &msp, "Support").await;
        let template = t.store.save_rates(&msp.admin, None, &rates("EUR", &[(&support, "95.50")])).await.unwrap();
        let gold = level(&t, &msp, "Gold", &template.to_string()).await;
        for customer in &customers {
            t.store.choose_level(&msp.admin, customer, &gold.to_string()).await.unwrap();
        }
        let item = ItemInput { service: support.to_string(), ..ItemInput::default() };
        t.store.save_item(&msp.admin, &customers[1], None, &item).await.unwrap();
        let in_use = |by: &[&str], more| Refusal::InUse { by: by.iter().map(|name| (*name).to_owned()).collect(), more };
        let delete = async |part: Part| refused(t.store.delete_part(&msp.admin, &part).await);
        assert_eq!(delete(Part::Level(gold.clone())).await, in_use(&["Aster", "Birch", "Cedar"], 1));
        assert_eq!(delete(Part::Rates(template.clone())).await, in_use(&["Aster", "Birch", "Cedar"], 1));
        assert_eq!(delete(Part::Service(support.clone())).await, in_use(&["Birch"], 0));
        assert_eq!(delete(Part::Level(standard)).await, Refusal::DefaultStays);
        // To whom a customer is denied, it is not named (C7), and the part stays all the same.
        let bo = t.person(&msp, Role::Admin, None, "bo@alpha.example").await;
        t.store.tie(&msp.admin, &customers[1], bo.user().unwrap(), TieStep::Deny).await.unwrap();
        let bo = t.sign_in("bo@alpha.example").await;
        assert_eq!(refused(t.store.delete_part(&bo, &Part::Service(support.clone())).await), in_use(&[], 0));
        assert_eq!(refused(t.store.delete_part(&bo, &Part::Level(gold.clone())).await), in_use(&["Aster", "Cedar", "Dover"], 0));
        let seen = t.store.catalogue(&bo).await.unwrap();
        assert_eq!((seen.level(&gold).unwrap().customers, seen.service(&support).unwrap().customers), (3, 0));
    }

    async fn a8_service_items_are_added_edited_deleted_and_counted(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let harbor = t.customer(&msp, "Harbor").await;
        let support = service(&t, &msp, "Support").await;
        let template = t.store.save_rates(&msp.admin, None, &rates("KWD", &[(&support, "1.250")])).await.unwrap();
        let gold = level(&t, &msp, "Gold", &template.to_string()).await;
        t.store.choose_level(&msp.admin, &harbor, &gold.to_string()).await.unwrap();
        let input = ItemInput { service: support.to_string(), quantity: "2,5".into(), from: "2026-01-01".into(), ..ItemInput::default() };
        let id = t.store.save_item(&msp.admin, &harbor, None, &input).await.unwrap();
        let row = sheet(&t, &msp, &harbor).await.items.into_iter().find(|row| row.id == id).unwrap();
        assert_eq!((row.quantity, row.total().unwrap().to_string().as_str()), (250, "KWD 3.125"));
        // Another template changes nothing that was agreed before.
        t.store.save_rates(&msp.admin, Some((&template, 1)), &rates("KWD", &[(&support, "9")])).await.unwrap();
        let own = ItemInput { rate: "80".into(), currency: "EUR".into(), ..ItemInput::from(&row) };
        t.store.save_item(&msp.admin, &harbor, Some((&id, 1)), &own).await.unwrap();
        assert_eq!(refused(t.store.save_item(&msp.admin, &harbor, Some((&id, 1)), &input).await), Refusal::Conflict);
        let items = sheet(&t, &msp, &harbor).await.items;
        assert_eq!(items.iter().find(|row| row.id == id).unwrap().rate.as_ref().unwrap().to_string(), "EUR 80.00");
        assert_eq!(items.len(), 2);
        let listed = async || {
            let query = CustomerQuery { sort: CustomerSort::Services, descending: true, ..CustomerQuery::default() };
            let rows = t.store.customers(&msp.admin, &query).await.unwrap().rows;
            rows.into_iter().map(|row| (row.name, row.services)).collect::<Vec<_>>()
        };
        t.customer(&msp, "Aster").await;
        assert_eq!(listed().await, [("Harbor".to_owned(), 2), ("Aster".to_owned(), 1)]);
        t.store.delete_item(&msp.admin, &harbor, &id).await.unwrap();
        assert_eq!(refused(t.store.delete_item(&msp.admin, &harbor, &id).await), Refusal::NotFound);
        assert_eq!(sheet(&t, &msp, &harbor).await.items.len(), 1);
        assert_eq!(kinds(&t, &msp, &harbor).await, ["service.deleted", "service.edited", "service.added", "customer.level_changed", "customer.created"]);
        // Another customer's item is not this one's.
        let cedar = t.customer(&msp, "Cedar").await;
        let foreign = sheet(&t, &msp, &cedar).await.items[0].id.clone();
        assert_eq!(refused(t.store.delete_item(&msp.admin, &harbor, &foreign).await), Refusal::NotFound);
        assert_eq!(refused(t.store.save_item(&msp.admin, &harbor, Some((&foreign, 1)), &input).await), Refusal::NotFound);
        t.store.step_customer(&msp.admin, &harbor, Step::Terminate, "left", None).await.unwrap();
        assert_eq!(refused(t.store.save_item(&msp.admin, &harbor, None, &input).await), Refusal::Inactive);
        assert_eq!(refused(t.store.choose_level(&msp.admin, &harbor, &gold.to_string()).await), Refusal::Inactive);
        assert!(!sheet(&t, &msp, &harbor).await.may_manage);
    }

    async fn a8_only_an_admin_changes_the_catalogue_and_what_customers_have_of_it(t: Fixture) {
        let (msp, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        let harbor = t.customer(&msp, "Harbor").await;
        let otto = t.person(&msp, Role::Operator, None, "otto@alpha.example").await;
        t.store.tie(&msp.admin, &harbor, otto.user().unwrap(), TieStep::Associate).await.unwrap();
        let read = t.store.services_of_customer(&otto, &harbor).await.unwrap();
        assert_eq!((read.items.len(), read.may_manage, read.currencies.len()), (1, false, 0));
        let gold = level(&t, &msp, "Gold", "").await;
        let (support, template) = (service(&t, &msp, "Support").await, t.store.save_rates(&msp.admin, None, &rates("EUR", &[])).await.unwrap());
        let plan = PlanInput { name: "Watch".into(), ..PlanInput::default() };
        let watch = t.store.save_plan(&msp.admin, &gold, None, &plan).await.unwrap();
        let item = ItemInput { service: support.to_string(), ..ItemInput::default() };
        assert_eq!(refused(t.store.save_item(&otto, &harbor, None, &item).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.delete_item(&otto, &harbor, &read.items[0].id).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.choose_level(&otto, &harbor, &gold.to_string()).await), Refusal::Forbidden);
        let carl = t.person(&msp, Role::Customer, Some(&harbor), "carl@harbor.example").await;
        assert_eq!(refused(t.store.services_of_customer(&carl, &harbor).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.catalogue(&carl).await), Refusal::Forbidden);
        let service_input = ServiceTypeInput { name: "x".into(), unit: "x".into() };
        let level_input = LevelInput { name: "x".into(), ..LevelInput::default() };
        for (actor, refusal) in [(&otto, Refusal::Forbidden), (&beta.admin, Refusal::NotFound)] {
            assert_eq!(refused(t.store.save_level(actor, Some((&gold, 1)), &level_input).await), refusal);
            assert_eq!(refused(t.store.save_plan(actor, &gold, Some((&watch, 1)), &plan).await), refusal);
            assert_eq!(refused(t.store.save_plan(actor, &gold, None, &plan).await), refusal);
            assert_eq!(refused(t.store.save_service_type(actor, Some((&support, 1)), &service_input).await), refusal);
            assert_eq!(refused(t.store.save_rates(actor, Some((&template, 1)), &rates("EUR", &[])).await), refusal);
            for part in [Part::Level(gold.clone()), Part::Service(support.clone()), Part::Plan(watch.clone()), Part::Rates(template.clone())] {
                assert_eq!(refused(t.store.delete_part(actor, &part).await), refusal, "{part}");
                assert_eq!(refused(t.store.make_default(actor, &part).await), refusal, "{part}");
            }
        }
        assert_eq!(t.store.catalogue(&beta.admin).await.unwrap().levels.len(), 1);
        // Beta's own defaults stand as they stood, whatever somebody asked for with a foreign id.
        t.customer(&beta, "Theirs").await;
        assert_eq!(t.store.customers(&beta.admin, &CustomerQuery::default()).await.unwrap().all, 1);
    }

    async fn a14_two_defaults_at_once_leave_one(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let mut asked = Vec::new();
        for n in 0..4 {
            asked.push((t.store.clone(), msp.admin.clone(), level(&t, &msp, &format!("L{n}"), "").await));
        }
        let tasks: Vec<_> = asked
            .into_iter()
            .map(|(store, actor, id)| tokio::spawn(async move { store.make_default(&actor, &Part::Level(id)).await }))
            .collect();
        for task in tasks {
            if let Err(error) = task.await.unwrap() {
                assert!(matches!(error.refusal(), Refusal::Conflict | Refusal::Unavailable), "{error}");
            }
        }
        let levels = t.store.catalogue(&msp.admin).await.unwrap().levels;
        assert_eq!(levels.iter().filter(|level| level.is_default).count(), 1);
    }
}
