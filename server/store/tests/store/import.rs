//! Customers imported from CSV (DOMAIN A18): all or nothing, whatever happens beside.

use std::time::Instant;

use model::{
    ImportId, Problem, Refusal,
    customers::{CustomerInput, CustomerQuery},
    groups::Ticks,
    import::{Encoding, KEPT_MS, NotImported, OPEN_MOST, Shown, Stage, Unreadable},
    roles::Role,
};
use store::{Actor, import::Done};

use crate::both::{Fixture, Msp, both, customer_input, refused};

async fn upload(t: &Fixture, actor: &Actor, text: &str) -> ImportId {
    t.store.upload_import(actor, "customers.csv", text.as_bytes().to_vec(), Encoding::Utf8).await.unwrap()
}

/// Uploaded and checked.
async fn checked(t: &Fixture, actor: &Actor, text: &str) -> ImportId {
    let id = upload(t, actor, text).await;
    t.store.check_import(actor, &id, &Done::default()).await.unwrap();
    id
}

async fn import(t: &Fixture, actor: &Actor, id: &ImportId) -> store::Result<u32> {
    t.store.run_import(actor, id, false, &Done::default()).await
}

/// So many customers of two groups, in lines 2 and following; `portal` in that line.
fn many(customers: usize, portal: (usize, &str)) -> String {
    let mut text = String::from("Company,Email,Internal reference,City,Groups,Portal name\n");
    for line in 2..customers + 2 {
        let portal_name = if line == portal.0 { portal.1 } else { "" };
        let group = if line.is_multiple_of(2) { "Even" } else { "Odd" };
        text.push_str(&format!("Customer {line:05},it@{line}.example,R-{line},Leeds,{group},{portal_name}\n"));
    }
    text
}

async fn count(t: &Fixture, msp: &Msp) -> (u32, u32, usize) {
    let customers = t.store.customers(&msp.admin, &CustomerQuery::default()).await.unwrap();
    let row = t.store.msps().await.unwrap().into_iter().find(|row| row.id == msp.id).unwrap();
    (customers.all, row.customers_used, t.store.groups(&msp.admin).await.unwrap().len())
}

fn why(result: store::Result<u32>) -> NotImported {
    match refused(result) {
        Refusal::Import(why) => why,
        other => panic!("{other}"),
    }
}

both! {
    async fn a18_a_checked_file_is_imported_whole_and_once(t: Fixture) {
        let msp = t.msp("Alpha").await;
        t.store.create_group(&msp.admin, "North", &Ticks::default()).await.unwrap();
        let text = "\u{feff}Firma;E-Mail;Gruppen;Schuhgröße\r\n\"Ärzte; Süd\";a@sued.example;north| West ;44\r\nAster;b@aster.example;;\r\n";
        let id = checked(&t, &msp.admin, text).await;
        let detail = t.store.import(&msp.admin, &id).await.unwrap();
        let targets: Vec<&str> = detail.columns.iter().map(|column| column.target.as_str()).collect();
        assert_eq!(targets, ["company", "email", "groups", ""]);
        let summary = detail.summary.unwrap();
        assert_eq!((summary.good, summary.wrong, summary.new_groups.as_slice()), (2, 0, ["West".to_owned()].as_slice()));
        assert_eq!(count(&t, &msp).await, (0, 0, 1));

        assert_eq!(import(&t, &msp.admin, &id).await.unwrap(), 2);
        assert_eq!(count(&t, &msp).await, (2, 2, 2));
        let page = t.store.customers(&msp.admin, &CustomerQuery::default()).await.unwrap();
        let rows: Vec<_> = page.rows.iter().map(|row| (row.name.as_str(), row.associated, row.admins)).collect();
        assert_eq!(rows, [("Ärzte; Süd", true, 1), ("Aster", true, 1)]);
        let groups = t.store.groups(&msp.admin).await.unwrap();
        assert_eq!(groups.iter().map(|group| (group.name.as_str(), group.customers)).collect::<Vec<_>>(), [("North", 1), ("West", 1)]);
        let detail = t.store.customer(&msp.admin, &page.rows[0].id).await.unwrap();
        assert_eq!(detail.input.account_manager_email, "admin@alpha.example");
        let events = t.store.events(&msp.admin, None, None, 4).await.unwrap();
        let kinds: Vec<&str> = events.iter().rev().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["group.created", "customer.created", "customer.created", "customers.imported"]);
        assert!(events[2].changes.contains(&("groups".into(), String::new(), "north; West".into())), "{:?}", events[2].changes);
        assert_eq!(events[0].subject, "customers.csv");

        let detail = t.store.import(&msp.admin, &id).await.unwrap();
        assert_eq!((detail.stage, detail.customers), (Stage::Imported, 2));
        assert_eq!(why(import(&t, &msp.admin, &id).await), NotImported::Over);
        let again = t.store.map_import(&msp.admin, &id, detail.version, &[String::new(), String::new(), String::new(), String::new()]).await;
        assert_eq!(refused(again), Refusal::Import(NotImported::Over));
        assert_eq!(count(&t, &msp).await.0, 2);
    }

    async fn a18_one_wrong_line_of_ten_thousand_keeps_all_out(t: Fixture) {
        let msp = t.msp("Alpha").await;
        t.store.set_quota(&msp.id, Some(20_000), None).await.unwrap();
        let broken = many(10_000, (0, "")).replace("it@9999.example", "nobody");
        let id = checked(&t, &msp.admin, &broken).await;
        let wrong = t.store.import_report(&msp.admin, &id, Shown::Wrong, 9).await.unwrap();
        assert_eq!((wrong.matching, wrong.page, wrong.lines[0].line), (1, 1, 9999));
        assert_eq!((wrong.lines[0].errors[0].field.as_str(), &wrong.lines[0].errors[0].problem), ("email", &Problem::NotAnEmail));
        assert_eq!(why(import(&t, &msp.admin, &id).await), NotImported::NotChecked);
        assert_eq!(count(&t, &msp).await, (0, 0, 0));

        // Well when it was checked; then somebody else takes the portal name of line 9,999.
        let id = checked(&t, &msp.admin, &many(10_000, (9999, "harbor"))).await;
        let taken = CustomerInput { portal_name: "harbor".into(), ..customer_input("Harbor") };
        t.store.create_customer(&msp.admin, &taken).await.unwrap();
        assert_eq!(why(import(&t, &msp.admin, &id).await), NotImported::PortalNameTaken { line: 9999 });
        assert_eq!(count(&t, &msp).await, (1, 1, 0));
        assert_eq!(t.store.import(&msp.admin, &id).await.unwrap().stage, Stage::Checked);

        let id = checked(&t, &msp.admin, &many(10_000, (0, ""))).await;
        let done = Done::default();
        let start = Instant::now();
        assert_eq!(t.store.run_import(&msp.admin, &id, false, &done).await.unwrap(), 10_000);
        assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
        assert_eq!(done.load(std::sync::atomic::Ordering::Relaxed), 10_000);
        assert_eq!(count(&t, &msp).await, (10_001, 10_001, 2));
        let events = t.store.events(&msp.admin, None, None, 1).await.unwrap();
        assert_eq!(events[0].changes, [("customers".to_owned(), String::new(), "10000".to_owned())]);
    }

    async fn a18_two_imports_at_once_never_exceed_the_quota(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let text = many(600, (0, ""));
        let texts = [text.replace("Customer ", "Client ").replace("it@", "us@").replace("R-", "S-"), text];
        let (first, second) = (checked(&t, &msp.admin, &texts[0]).await, checked(&t, &msp.admin, &texts[1]).await);
        let (one, other) = tokio::join!(import(&t, &msp.admin, &first), import(&t, &msp.admin, &second));
        let (won, lost, there) = if one.is_ok() { (one, other, &texts[0]) } else { (other, one, &texts[1]) };
        assert_eq!(won.unwrap(), 600);
        assert_eq!(why(lost), NotImported::Quota { customers: 600, room: 400 });
        assert_eq!(count(&t, &msp).await, (600, 600, 2));
        t.store.set_quota(&msp.id, Some(1200), None).await.unwrap();
        // What is there already is left out on demand: here everybody.
        let left = &checked(&t, &msp.admin, there).await;
        let summary = t.store.import(&msp.admin, left).await.unwrap().summary.unwrap();
        assert_eq!((summary.good, summary.doubtful, summary.room), (600, 600, 600));
        assert_eq!(why(t.store.run_import(&msp.admin, left, true, &Done::default()).await), NotImported::Nothing);
        // The same file by two clicks at once is imported once.
        let (one, other) = tokio::join!(import(&t, &msp.admin, left), import(&t, &msp.admin, left));
        assert_eq!(u32::from(one.is_ok()) + u32::from(other.is_ok()), 1);
        assert_eq!(count(&t, &msp).await, (1200, 1200, 2));
    }

    async fn a18_whoever_came_since_the_dry_run_is_brought_in_twice_by_nobody_who_was_not_told(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let text = many(3, (0, ""));
        let (first, second) = (checked(&t, &msp.admin, &text).await, checked(&t, &msp.admin, &text).await);
        assert_eq!(t.store.import(&msp.admin, &second).await.unwrap().summary.unwrap().doubtful, 0);
        assert_eq!(import(&t, &msp.admin, &first).await.unwrap(), 3);
        assert_eq!(why(import(&t, &msp.admin, &second).await), NotImported::MoreDoubtful);
        assert_eq!(count(&t, &msp).await.0, 3);
        let detail = t.store.import(&msp.admin, &second).await.unwrap();
        assert_eq!((detail.stage, detail.summary.unwrap().doubtful), (Stage::Checked, 3));
        assert_eq!(import(&t, &msp.admin, &second).await.unwrap(), 3, "now that it was said");
    }

    async fn a18_what_came_since_the_dry_run_is_left_out_with_the_rest(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let id = checked(&t, &msp.admin, &many(3, (0, ""))).await;
        let third = CustomerInput { email: "it@3.example".into(), ..customer_input("Customer 00003") };
        t.store.create_customer(&msp.admin, &third).await.unwrap();
        assert_eq!(t.store.run_import(&msp.admin, &id, true, &Done::default()).await.unwrap(), 2);
        assert_eq!(count(&t, &msp).await.0, 3);
    }

    async fn a18_a_portal_name_is_given_once_whoever_is_first(t: Fixture) {
        let msp = t.msp("Alpha").await;
        for round in 0..4 {
            let name = format!("harbor-{round}");
            let text = format!("Company,Email,Portal name\nFirst,a@b.example,z-{name}\nSecond,a@b.example,{name}\n");
            let id = checked(&t, &msp.admin, &text).await;
            let input = CustomerInput { portal_name: name.clone(), ..customer_input("Third") };
            let (imported, created) = tokio::join!(import(&t, &msp.admin, &id), t.store.create_customer(&msp.admin, &input));
            match (imported, created) {
                (Ok(2), Err(error)) => assert_eq!(error.refusal(), Refusal::field("portal_name", Problem::Taken)),
                (Err(error), Ok(_)) => {
                    assert_eq!(error.refusal(), Refusal::Import(NotImported::PortalNameTaken { line: 3 }));
                }
                other => panic!("{other:?}"),
            }
        }
        let used = count(&t, &msp).await;
        assert_eq!(used.0, used.1);
    }

    async fn a18_columns_are_taken_as_the_person_says(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let id = upload(&t, &msp.admin, "Who,Where,Post\nAster,Leeds,a@b.example\n").await;
        let map = |targets: [&str; 3]| targets.map(str::to_owned).to_vec();
        assert_eq!(refused(t.store.check_import(&msp.admin, &id, &Done::default()).await), Refusal::Import(NotImported::NotChecked));
        for wrong in [map(["company", "city", "id"]), map(["company", "city", "email"])[..2].to_vec()] {
            assert_eq!(refused(t.store.map_import(&msp.admin, &id, 1, &wrong).await), Refusal::BadRequest);
        }
        t.store.map_import(&msp.admin, &id, 1, &map(["company", "city", "email"])).await.unwrap();
        assert_eq!(refused(t.store.map_import(&msp.admin, &id, 1, &map(["", "", ""])).await), Refusal::Conflict);
        t.store.check_import(&msp.admin, &id, &Done::default()).await.unwrap();
        assert_eq!(t.store.import(&msp.admin, &id).await.unwrap().summary.unwrap().good, 1);
        assert_eq!(t.store.import_report_lines(&msp.admin, &id).await.unwrap().len(), 1);
        t.store.map_import(&msp.admin, &id, 2, &map(["email", "city", "company"])).await.unwrap();
        assert_eq!(why(import(&t, &msp.admin, &id).await), NotImported::NotChecked);
        t.store.check_import(&msp.admin, &id, &Done::default()).await.unwrap();
        let line = &t.store.import_report(&msp.admin, &id, Shown::Wrong, 1).await.unwrap().lines[0];
        assert_eq!((line.line, line.name.as_str(), line.errors[0].field.as_str()), (2, "a@b.example", "email"));
        let refusal = refused(t.store.upload_import(&msp.admin, "x.csv", b"Company\n\xff".to_vec(), Encoding::Utf8).await);
        assert_eq!(refusal, Unreadable::NotUtf8 { line: 2 }.into());
    }

    async fn a18_a_file_is_its_makers_alone_and_is_forgotten(t: Fixture) {
        let (msp, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        let text = "Company,Email\nAster,a@b.example\n";
        let id = checked(&t, &msp.admin, text).await;
        let second = t.person(&msp, Role::Admin, None, "bo@alpha.example").await;
        let operator = t.person(&msp, Role::Operator, None, "otto@alpha.example").await;
        for (actor, refusal) in [(&second, Refusal::NotFound), (&beta.admin, Refusal::NotFound), (&operator, Refusal::Forbidden)] {
            assert_eq!(refused(t.store.import(actor, &id).await), refusal);
            assert_eq!(refused(t.store.import_report(actor, &id, Shown::All, 1).await), refusal);
            assert_eq!(refused(t.store.import_report_lines(actor, &id).await), refusal);
            assert_eq!(refused(t.store.map_import(actor, &id, 1, &[]).await), refusal);
            assert_eq!(refused(t.store.check_import(actor, &id, &Done::default()).await), refusal);
            assert_eq!(refused(import(&t, actor, &id).await), refusal);
            assert_eq!(refused(t.store.discard_import(actor, &id).await), refusal);
        }
        assert_eq!(refused(t.store.imports(&operator).await), Refusal::Forbidden);
        let refusal = refused(t.store.upload_import(&operator, "x.csv", text.into(), Encoding::Utf8).await);
        assert_eq!(refusal, Refusal::Forbidden);
        assert!(t.store.imports(&second).await.unwrap().is_empty());
        let theirs = upload(&t, &second, text).await;
        for _ in 0..OPEN_MOST {
            upload(&t, &msp.admin, text).await;
        }
        let kept = t.store.imports(&msp.admin).await.unwrap();
        assert!(kept.len() == OPEN_MOST as usize && kept.iter().all(|row| row.id != id));
        assert!(t.store.import(&second, &theirs).await.is_ok());
        t.store.discard_import(&msp.admin, &kept[0].id).await.unwrap();
        assert_eq!(refused(t.store.import(&msp.admin, &kept[0].id).await), Refusal::NotFound);
        t.store.forget_imports(t.clock.now() - KEPT_MS).await.unwrap();
        assert_eq!(t.store.imports(&msp.admin).await.unwrap().len(), 4);
        t.store.forget_imports(t.clock.now() + 1).await.unwrap();
        assert!(t.store.imports(&msp.admin).await.unwrap().is_empty());
    }
}
