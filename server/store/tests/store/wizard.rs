//! Drafts, what a customer is made of, the captcha, and mobile numbers that wait for their code.

use model::{
    CustomerId, DraftId, Problem, Refusal, UserId,
    captcha::{Challenge, Solution},
    customers::{CustomerInput, CustomerQuery},
    drafts::{AccountEdit, DRAFTS_MOST, Difference, Draft, Go, ROWS_MOST, Section},
    groups::Ticks,
    locations::LocationInput,
    roles::Role,
};
use sha2::{Digest, Sha256};
use store::{
    Actor,
    captcha::CAPTCHA_MS,
    drafts::DRAFT_MS,
    verification::{CODE_MS, RESEND_MS, TRIES, Text, Verified, Whose},
};

use crate::both::{Fixture, Msp, both, customer_input, refused};

fn named(company: &str) -> Draft {
    Draft::of(customer_input(company))
}

/// Types everything into one draft of `actor`'s.
async fn typed(t: &Fixture, actor: &Actor, draft: &Draft) -> DraftId {
    let (id, _) = t.store.new_draft(actor).await.unwrap();
    for section in Section::ALL {
        t.store.save_draft(actor, &id, section, draft, Go::To(Section::Review)).await.unwrap();
    }
    id
}

async fn rooms(t: &Fixture, msp: &Msp) -> (u32, u32) {
    let row = t.store.msps().await.unwrap().into_iter().find(|row| row.id == msp.id).unwrap();
    (row.customers_used, row.customers_quota)
}

async fn names(t: &Fixture, actor: &Actor) -> Vec<String> {
    t.store.customers(actor, &CustomerQuery::default()).await.unwrap().rows.into_iter().map(|row| row.name).collect()
}

/// The code that a text message brings.
pub(crate) fn code(text: &Text) -> String {
    text.text.split(|c: char| !c.is_ascii_digit()).find(|part| part.len() == 6).unwrap().to_owned()
}

fn wrong(code: &str) -> String {
    if code == "111111" { "222222".into() } else { "111111".into() }
}

pub(crate) fn with_mobile(company: &str, mobile: &str) -> Draft {
    Draft::of(CustomerInput { mobile: mobile.into(), ..customer_input(company) })
}

/// What a browser does, and what it sends.
fn solved(challenge: &Challenge) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let hash = |number: u32| data_encoding::HEXLOWER.encode(&Sha256::digest(format!("{}{number}", challenge.salt)));
    let number = (0..=challenge.maxnumber).find(|number| hash(*number) == challenge.challenge).unwrap();
    let Challenge { algorithm, challenge, salt, signature, .. } = challenge.clone();
    STANDARD.encode(serde_json::to_vec(&Solution { algorithm, challenge, number, salt, signature }).unwrap())
}

both! {
    async fn a3_a_draft_keeps_what_was_typed_right_or_wrong_and_says_where_it_is_wrong(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let (id, begun) = t.store.new_draft(&msp.admin).await.unwrap();
        assert_eq!(begun.input.account_manager_email, "admin@alpha.example");
        assert_eq!(t.store.drafts(&msp.admin).await.unwrap(), []);
        let save = async |section, draft: &Draft, go| t.store.save_draft(&msp.admin, &id, section, draft, go).await.unwrap();
        let mut draft = Draft::of(CustomerInput { company: "Ärzte\u{0}".into(), email: "nonsense".into(), ..CustomerInput::default() });
        // 'Next' does not lead past what is wrong; a jump does, and nothing is lost.
        assert_eq!(save(Section::Company, &draft, Go::Next).await, Section::Company);
        draft.input.company = "Ärzte".into();
        assert_eq!(save(Section::Company, &draft, Go::Next).await, Section::Address);
        assert_eq!(save(Section::Contact, &draft, Go::To(Section::Portal)).await, Section::Portal);
        let (kept, at) = t.store.draft(&msp.admin, &id).await.unwrap();
        assert_eq!((kept.input.email.as_str(), at), ("nonsense", Section::Portal));
        assert_eq!(kept.seen, [Section::Company, Section::Contact]);
        assert_eq!(kept.input.account_manager_email, "admin@alpha.example");
        let rows = t.store.drafts(&msp.admin).await.unwrap();
        assert_eq!((rows.len(), rows[0].name.as_str(), rows[0].section), (1, "Ärzte", Section::Portal));
        let problems = t.store.problems(&kept).await.unwrap();
        assert_eq!(problems, [model::FieldError::new("email", Problem::NotAnEmail)]);
        // Whoever wants to create sees every section's errors, and none is created.
        assert_eq!(t.store.judge_draft(&msp.admin, &id).await.unwrap().1, problems);
        assert_eq!(t.store.draft(&msp.admin, &id).await.unwrap().0.seen.len(), Section::ALL.len() - 1);
        assert!(matches!(refused(t.store.add_customer(&msp.admin, &kept, Some(&id)).await), Refusal::Invalid(_)));
        assert_eq!(t.store.drafts(&msp.admin).await.unwrap().len(), 1);
    }

    async fn a7_a_draft_is_full_and_can_still_be_gone_on_with(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let place = |number: usize| LocationInput { name: format!("Depot {number}"), ..LocationInput::usual() };
        let mut draft = Draft { locations: (0..ROWS_MOST).map(place).collect(), ..named("Harbor") };
        let id = typed(&t, &msp.admin, &draft).await;
        assert_eq!(t.store.draft(&msp.admin, &id).await.unwrap().0.locations.len(), ROWS_MOST);
        draft.locations.push(place(ROWS_MOST));
        let more = t.store.save_draft(&msp.admin, &id, Section::Locations, &draft, Go::Nowhere).await;
        assert_eq!(refused(more), Refusal::BadRequest);
    }

    async fn a3_a_draft_is_its_writers_alone_and_does_not_last_for_ever(t: Fixture) {
        let (msp, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        let bo = t.person(&msp, Role::Admin, None, "bo@alpha.example").await;
        let operator = t.person(&msp, Role::Operator, None, "otto@alpha.example").await;
        let id = typed(&t, &msp.admin, &named("Harbor")).await;
        for other in [&bo, &beta.admin] {
            assert_eq!(refused(t.store.draft(other, &id).await), Refusal::NotFound);
            assert_eq!(refused(t.store.save_draft(other, &id, Section::Company, &named("Mine"), Go::Next).await), Refusal::NotFound);
            assert_eq!(refused(t.store.add_customer(other, &named("Mine"), Some(&id)).await), Refusal::NotFound);
            t.store.discard_draft(other, &id).await.unwrap();
        }
        assert_eq!(refused(t.store.drafts(&operator).await), Refusal::Forbidden);
        assert_eq!(t.store.draft(&msp.admin, &id).await.unwrap().0.input.company, "Harbor");
        for _ in 1..DRAFTS_MOST {
            typed(&t, &msp.admin, &named("More")).await;
        }
        let (one_more, _) = t.store.new_draft(&msp.admin).await.unwrap();
        let refusal = refused(t.store.save_draft(&msp.admin, &one_more, Section::Company, &named("No"), Go::Next).await);
        assert_eq!(refusal, Refusal::TooManyDrafts { most: DRAFTS_MOST });
        // None of this is in the audit trail: nothing has happened.
        assert!(t.store.events(&msp.admin, None, None, 100).await.unwrap().iter().all(|event| !event.kind.starts_with("customer.")));
        t.clock.advance(DRAFT_MS + 1000);
        let admin = t.sign_in("admin@alpha.example").await;
        assert_eq!(t.store.drafts(&admin).await.unwrap(), []);
        t.store.forget_drafts().await.unwrap();
        assert_eq!(refused(t.store.draft(&admin, &id).await), Refusal::NotFound);
    }

    async fn a3_a_customer_comes_with_its_groups_and_people_or_not_at_all(t: Fixture) {
        let (msp, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        let bo = t.person(&msp, Role::Admin, None, "bo@alpha.example").await;
        let otto = t.person(&msp, Role::Operator, None, "otto@alpha.example").await;
        let group = t.store.create_group(&msp.admin, "Ports", &Ticks::default()).await.unwrap();
        let theirs = t.store.create_group(&beta.admin, "Theirs", &Ticks::default()).await.unwrap();
        let people = vec![bo.user().unwrap().clone(), otto.user().unwrap().clone(), msp.admin.user().unwrap().clone()];
        let invite_email = "carl@harbor.example".to_owned();
        let draft = Draft { groups: vec![group.clone()], people, invite: true, invite_email, ..named("Harbor") };
        let id = typed(&t, &msp.admin, &draft).await;
        for (wrong, field) in [
            (Draft { groups: vec![group.clone(), theirs], ..draft.clone() }, "groups"),
            (Draft { people: vec![UserId::from_u128(7)], ..draft.clone() }, "people"),
        ] {
            assert_eq!(refused(t.store.add_customer(&msp.admin, &wrong, Some(&id)).await), Refusal::field(field, Problem::NotAChoice));
        }
        // Who signs in already cannot be invited: that is found out last, and nothing else is left behind.
        let known = Draft { invite_email: "bo@alpha.example".into(), ..draft.clone() };
        assert_eq!(refused(t.store.add_customer(&msp.admin, &known, Some(&id)).await), Refusal::field("invite_email", Problem::HasAccount));
        assert_eq!((names(&t, &msp.admin).await.len(), rooms(&t, &msp).await.0), (0, 0));
        let customer = t.store.add_customer(&msp.admin, &draft, Some(&id)).await.unwrap();
        assert_eq!(t.store.drafts(&msp.admin).await.unwrap(), []);
        let row = t.store.customers(&bo, &CustomerQuery::default()).await.unwrap().rows.remove(0);
        assert_eq!((row.admins, row.associated), (2, true));
        let (groups, people) = t.store.chosen_for(&msp.admin, &customer).await.unwrap();
        assert_eq!((groups, people.len()), (vec![group], 3));
        let kinds: Vec<String> =
            t.store.events(&msp.admin, Some(&customer), None, 10).await.unwrap().into_iter().rev().map(|event| event.kind).collect();
        assert_eq!(kinds, ["customer.created", "group.customer_added", "association.created", "association.created", "invitation.created"]);
        assert_eq!(t.store.invitations(&msp.admin, Some(&customer)).await.unwrap()[0].email, "carl@harbor.example");
        // A second click comes too late.
        assert_eq!(refused(t.store.add_customer(&msp.admin, &draft, Some(&id)).await), Refusal::NotFound);
    }

    async fn a13_of_two_at_once_one_gets_the_last_room_and_the_other_keeps_the_draft(t: Fixture) {
        let msp = t.msp("Alpha").await;
        t.store.set_quota(&msp.id, Some(1), None).await.unwrap();
        let with_portal = |company: &str| Draft::of(CustomerInput { portal_name: "harbor".into(), ..customer_input(company) });
        let (one, two) = (typed(&t, &msp.admin, &named("One")).await, typed(&t, &msp.admin, &with_portal("Two")).await);
        let both = [(one, named("One")), (two, with_portal("Two"))].map(|(id, draft)| {
            let (store, admin) = (t.store.clone(), msp.admin.clone());
            tokio::spawn(async move { store.add_customer(&admin, &draft, Some(&id)).await })
        });
        let mut refusals = Vec::new();
        for one in both {
            if let Err(error) = one.await.unwrap() {
                refusals.push(error.refusal());
            }
        }
        assert_eq!(refusals, [Refusal::CustomerQuota { quota: 1 }]);
        assert_eq!((names(&t, &msp.admin).await.len(), t.store.drafts(&msp.admin).await.unwrap().len()), (1, 1));
        // And of two that want one portal name.
        t.store.set_quota(&msp.id, Some(10), None).await.unwrap();
        let both = ["Three", "Four"].map(|company| {
            let (store, admin, draft) = (t.store.clone(), msp.admin.clone(), Draft::of(CustomerInput { portal_name: "port".into(), ..customer_input(company) }));
            tokio::spawn(async move { store.add_customer(&admin, &draft, None).await })
        });
        let mut refusals = Vec::new();
        for one in both {
            if let Err(error) = one.await.unwrap() {
                refusals.push(error.refusal());
            }
        }
        assert_eq!(refusals, [Refusal::field("portal_name", Problem::Taken)]);
        assert_eq!((names(&t, &msp.admin).await.len(), rooms(&t, &msp).await.0), (2, 2));
        let late = Draft::of(CustomerInput { portal_name: "port".into(), ..customer_input("Late") });
        assert_eq!(t.store.problems(&late).await.unwrap(), [model::FieldError::new("portal_name", Problem::Taken)]);
    }

    async fn a6_an_edit_changes_groups_and_people_and_leaves_what_others_did(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let bo = t.person(&msp, Role::Admin, None, "bo@alpha.example").await;
        let customer = t.customer(&msp, "Harbor").await;
        let (mut groups, none) = (Vec::new(), Ticks::default());
        for name in ["One", "Two", "Three"] {
            groups.push(t.store.create_group(&msp.admin, name, &none).await.unwrap());
        }
        let edit = |groups, people| AccountEdit { input: customer_input("Harbor"), groups, people };
        let to_one = edit(Difference::between(&[], &groups[..1]), Difference::between(&[], &[bo.user().unwrap().clone()]));
        t.store.edit_account(&msp.admin, &customer, 1, &to_one, false).await.unwrap();
        // Somebody else puts it into a third group meanwhile.
        let third = Ticks { shown: Vec::new(), ticked: vec![customer.clone()] };
        t.store.edit_group(&msp.admin, &groups[2], 1, "Three", &third).await.unwrap();
        let to_two = edit(Difference::between(&groups[..1], &groups[1..2]), Difference::between(&[bo.user().unwrap().clone()], &[]));
        t.store.edit_account(&msp.admin, &customer, 1, &to_two, false).await.unwrap();
        let (now, people) = t.store.chosen_for(&msp.admin, &customer).await.unwrap();
        assert_eq!((now, people), (vec![groups[2].clone(), groups[1].clone()], vec![msp.admin.user().unwrap().clone()]));
        assert_eq!(t.store.customers(&msp.admin, &CustomerQuery::default()).await.unwrap().rows[0].admins, 1);
        let kinds: Vec<String> =
            t.store.events(&msp.admin, Some(&customer), None, 10).await.unwrap().into_iter().rev().map(|event| event.kind).collect();
        let all = ["customer.created", "group.customer_added", "association.created", "group.customer_added", "group.customer_added", "group.customer_removed", "association.removed"];
        assert_eq!(kinds, all);
        // Whoever has the form of one of these groups open since before would undo it.
        for (group, version) in [(0, 2), (1, 1)] {
            let late = t.store.edit_group(&msp.admin, &groups[group], version, "Late", &none).await;
            assert_eq!(refused(late), Refusal::Conflict, "{group}");
        }
    }

    async fn a4_a_captcha_is_solved_once_in_its_own_session_and_in_time(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let refusal = |problem| Refusal::field("captcha", problem);
        let challenge = t.store.captcha_challenge(&msp.admin).await.unwrap();
        let solution = solved(&challenge);
        let other = t.sign_in("admin@alpha.example").await;
        assert_eq!(refused(t.store.spend_captcha(&other, &solution).await), refusal(Problem::NotSolved));
        for rubbish in ["", "rubbish", "e30=", &"x".repeat(10_000)] {
            assert_eq!(refused(t.store.spend_captcha(&msp.admin, rubbish).await), refusal(Problem::NotSolved));
        }
        // A challenge of one's own making is not signed.
        let forged = Challenge { signature: challenge.challenge.clone(), ..challenge.clone() };
        assert_eq!(refused(t.store.spend_captcha(&msp.admin, &solved(&forged)).await), refusal(Problem::NotSolved));
        let two = (0..2).map(|_| {
            let (store, admin, solution) = (t.store.clone(), msp.admin.clone(), solution.clone());
            tokio::spawn(async move { store.spend_captcha(&admin, &solution).await })
        });
        let mut refusals = Vec::new();
        for one in two.collect::<Vec<_>>() {
            if let Err(error) = one.await.unwrap() {
                refusals.push(error.refusal());
            }
        }
        assert_eq!(refusals, [refusal(Problem::SolvedBefore)]);
        let late = solved(&t.store.captcha_challenge(&msp.admin).await.unwrap());
        t.clock.advance(CAPTCHA_MS + 1000);
        assert_eq!(refused(t.store.spend_captcha(&msp.admin, &late).await), refusal(Problem::SolvedBefore));
    }

    async fn a5_a_customer_waits_for_its_code_and_is_nowhere_else(t: Fixture) {
        let msp = t.msp("Alpha").await;
        t.store.set_quota(&msp.id, Some(2), None).await.unwrap();
        let draft = with_mobile("Harbor", "+44 7400 123456");
        let from = typed(&t, &msp.admin, &draft).await;
        let (id, text) = t.store.hold_customer(&msp.admin, &draft, Some(&from)).await.unwrap();
        assert_eq!(text.to, "+447400123456");
        assert!(!format!("{text:?}").contains(&code(&text)));
        assert_eq!((names(&t, &msp.admin).await.len(), t.store.drafts(&msp.admin).await.unwrap().len()), (0, 0));
        assert_eq!(t.store.me(&msp.admin).await.unwrap().customers, 0);
        // Any admin of the MSP sees it wait, and nobody else does.
        let bo = t.person(&msp, Role::Admin, None, "bo@alpha.example").await;
        let waiting = t.store.waiting_customers(&bo).await.unwrap();
        assert_eq!((waiting[0].name.as_str(), waiting[0].mobile.as_str(), waiting[0].by.as_str()), ("Harbor", "+44 7400 123456", "admin"));
        let beta = t.msp("Beta").await;
        assert_eq!(t.store.waiting_customers(&beta.admin).await.unwrap(), []);
        let whose = Whose::Draft(id);
        assert_eq!(refused(t.store.verify_mobile(&beta.admin, &whose, &code(&text)).await), Refusal::NotFound);
        // It keeps its room: of two, one is left.
        t.customer(&msp, "Second").await;
        assert_eq!(refused(t.store.create_customer(&msp.admin, &customer_input("Third")).await), Refusal::CustomerQuota { quota: 2 });
        assert_eq!(rooms(&t, &msp).await, (1, 2));
        let Verified::Created(customer) = t.store.verify_mobile(&bo, &whose, &format!(" {} ", code(&text))).await.unwrap() else {
            panic!("no customer")
        };
        assert_eq!(names(&t, &msp.admin).await, ["Harbor", "Second"]);
        assert_eq!(t.store.customer(&bo, &customer).await.unwrap().input.mobile, "+447400123456");
        // Both who added it and who typed the code in may open it.
        assert!(t.store.customer(&msp.admin, &customer).await.unwrap().associated);
        assert_eq!((rooms(&t, &msp).await, t.store.waiting_customers(&bo).await.unwrap().len()), ((2, 2), 0));
        assert_eq!(refused(t.store.verify_mobile(&bo, &whose, &code(&text)).await), Refusal::NotFound);
    }

    async fn a5_a_code_that_is_guessed_too_often_or_too_old_is_worth_nothing(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let (id, text) = t.store.hold_customer(&msp.admin, &with_mobile("Harbor", "+447400123456"), None).await.unwrap();
        let whose = Whose::Draft(id);
        let at_code = |problem| Refusal::field("code", problem);
        let guess = async |code: &str| refused(t.store.verify_mobile(&msp.admin, &whose, code).await);
        assert_eq!(guess(" ").await, at_code(Problem::Required));
        for _ in 1..TRIES {
            assert_eq!(guess(&wrong(&code(&text))).await, at_code(Problem::WrongCode));
        }
        assert_eq!(guess(&wrong(&code(&text))).await, at_code(Problem::CodeUsedUp));
        assert_eq!(guess(&code(&text)).await, at_code(Problem::CodeUsedUp));
        assert!(matches!(refused(t.store.renew_code(&msp.admin, &whose).await), Refusal::TooManyAttempts { wait_s } if wait_s <= 60));
        t.clock.advance(RESEND_MS);
        let second = t.store.renew_code(&msp.admin, &whose).await.unwrap();
        t.clock.advance(CODE_MS + 1000);
        assert_eq!(guess(&code(&second)).await, at_code(Problem::CodeExpired));
        let third = t.store.renew_code(&msp.admin, &whose).await.unwrap();
        // Where the gateway did not take the message, there is nothing to wait for.
        t.store.note_not_texted(&msp.admin, &whose).await.unwrap();
        assert_eq!(t.store.number_to_verify(&msp.admin, &whose).await.unwrap().sent_at, 0);
        assert_eq!(guess(&code(&third)).await, at_code(Problem::CodeExpired));
        let fourth = t.store.renew_code(&msp.admin, &whose).await.unwrap();
        assert!(matches!(t.store.verify_mobile(&msp.admin, &whose, &code(&fourth)).await.unwrap(), Verified::Created(_)));
    }

    async fn a5_who_is_given_up_opened_again_or_forgotten_gives_the_room_back(t: Fixture) {
        let msp = t.msp("Alpha").await;
        t.store.set_quota(&msp.id, Some(1), None).await.unwrap();
        let draft = with_mobile("Harbor", "+447400123456");
        let hold = async || t.store.hold_customer(&msp.admin, &draft, None).await;
        let (first, _) = hold().await.unwrap();
        assert_eq!(refused(hold().await), Refusal::CustomerQuota { quota: 1 });
        t.store.discard_number(&msp.admin, &Whose::Draft(first)).await.unwrap();
        let (second, text) = hold().await.unwrap();
        let again = t.store.reopen_waiting(&msp.admin, &second).await.unwrap();
        assert_eq!(t.store.draft(&msp.admin, &again).await.unwrap().0.input.company, "Harbor");
        assert_eq!(refused(t.store.verify_mobile(&msp.admin, &Whose::Draft(second), &code(&text)).await), Refusal::NotFound);
        let (third, _) = t.store.hold_customer(&msp.admin, &draft, Some(&again)).await.unwrap();
        t.clock.advance(DRAFT_MS + 1000);
        t.store.forget_drafts().await.unwrap();
        let admin = t.sign_in("admin@alpha.example").await;
        assert_eq!(refused(t.store.number_to_verify(&admin, &Whose::Draft(third)).await), Refusal::NotFound);
        t.store.create_customer(&admin, &customer_input("Other")).await.unwrap();
        let kinds: Vec<String> = t.store.events(&admin, None, None, 3).await.unwrap().into_iter().map(|event| event.kind).collect();
        assert_eq!(kinds, ["customer.created", "customer.verification_expired", "customer.verification_begun"]);
    }

    async fn a5_a_customer_that_waits_outlives_whoever_added_it(t: Fixture) {
        let msp = t.msp("Alpha").await;
        t.store.set_quota(&msp.id, Some(1), None).await.unwrap();
        let bo = t.person(&msp, Role::Admin, None, "bo@alpha.example").await;
        let (id, text) = t.store.hold_customer(&bo, &with_mobile("Harbor", "+447400123456"), None).await.unwrap();
        t.store.remove_user(&msp.admin, bo.user().unwrap()).await.unwrap();
        assert_eq!(t.store.waiting_customers(&msp.admin).await.unwrap()[0].name, "Harbor");
        let verified = t.store.verify_mobile(&msp.admin, &Whose::Draft(id), &code(&text)).await.unwrap();
        assert!(matches!(verified, Verified::Created(_)));
        assert_eq!(rooms(&t, &msp).await, (1, 1));
    }

    async fn a5_a_changed_number_waits_and_the_old_one_stays_until_then(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let first = CustomerInput { mobile: "+447400123456".into(), ..customer_input("Harbor") };
        let customer = t.store.create_customer(&msp.admin, &first).await.unwrap();
        let edit = |mobile: &str, city: &str| AccountEdit {
            input: CustomerInput { mobile: mobile.into(), city: city.into(), ..customer_input("Harbor") },
            ..AccountEdit::default()
        };
        let whose = Whose::Customer(customer.clone());
        let mobile = async |t: &Fixture, id: &CustomerId| t.store.customer(&msp.admin, id).await.unwrap().input.mobile;
        let text = t.store.edit_account(&msp.admin, &customer, 1, &edit("+44 7400 123457", "Hull"), true).await.unwrap().unwrap();
        assert_eq!((text.to.as_str(), mobile(&t, &customer).await.as_str()), ("+447400123457", "+447400123456"));
        let events = t.store.events(&msp.admin, Some(&customer), None, 2).await.unwrap();
        let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["customer.verification_begun", "customer.edited"]);
        assert_eq!(t.store.customer(&msp.admin, &customer).await.unwrap().input.city, "Hull");
        assert_eq!(t.store.number_to_verify(&msp.admin, &whose).await.unwrap().mobile, "+44 7400 123457");
        assert_eq!(t.store.verify_mobile(&msp.admin, &whose, &code(&text)).await.unwrap(), Verified::Changed(customer.clone()));
        assert_eq!(mobile(&t, &customer).await, "+447400123457");
        // The same number asks for nothing; giving a change up keeps the old one; none at all needs no code.
        let version = async || t.store.customer(&msp.admin, &customer).await.unwrap().version;
        assert_eq!(t.store.edit_account(&msp.admin, &customer, version().await, &edit("+447400123457", "Leeds"), true).await.unwrap(), None);
        t.store.edit_account(&msp.admin, &customer, version().await, &edit("+447400123458", "Leeds"), true).await.unwrap().unwrap();
        // Saved once more at once, it is sent no second text message.
        assert_eq!(t.store.edit_account(&msp.admin, &customer, version().await, &edit("+447400123458", "Leeds"), true).await.unwrap(), None);
        assert_eq!(t.store.number_to_verify(&msp.admin, &whose).await.unwrap().mobile, "+44 7400 123458");
        t.store.discard_number(&msp.admin, &whose).await.unwrap();
        assert_eq!(mobile(&t, &customer).await, "+447400123457");
        assert_eq!(t.store.edit_account(&msp.admin, &customer, version().await, &edit("", "Leeds"), true).await.unwrap(), None);
        assert_eq!(mobile(&t, &customer).await, "");
        assert_eq!(refused(t.store.number_to_verify(&msp.admin, &whose).await), Refusal::NotFound);
    }
}
