//! Accounts that stand on their own (DOMAIN B4, B6): asked for, approved, declined, left, and never locked out of.

use model::{
    ApprovalId, CustomerId, MonitorId, Problem, Refusal,
    accounts::{AccountInput, ApprovalRow, Outcome},
    customers::CustomerQuery,
    events::EventInput,
    lifecycle::{State, Step, WrongStep},
    monitors::MonitorQuery,
    people::TieStep,
    roles::Role,
};
use store::{Actor, Origin, Scope};

use crate::both::{Fixture, Msp, PASSWORD, both, monitor_input, refused};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// The account, and its Super Admin.
pub(crate) struct Account {
    pub(crate) id: CustomerId,
    pub(crate) sue: Actor,
}

fn input(email: &str) -> AccountInput {
    AccountInput {
        company: "Harbor Logistics".into(),
        super_admin_name: "Sue Ellen Marsh".into(),
        super_admin_email: email.into(),
        password: PASSWORD.into(),
    }
}

pub(crate) async fn account(t: &Fixture, email: &str) -> Account {
    let id = t.store.create_account(&input(email)).await.unwrap();
    Account { id, sue: t.sign_in(email).await }
}

async fn ask(t: &Fixture, msp: &Msp, account: &Account) -> store::Result<CustomerId> {
    t.store.ask_account(&msp.admin, &format!(" {} ", account.id)).await
}

/// The newest request.
async fn request(t: &Fixture, account: &Account) -> ApprovalRow {
    t.store.own_account(&account.sue).await.unwrap().approvals.remove(0)
}

async fn answer(t: &Fixture, account: &Account, step: Step) -> store::Result<model::MspId> {
    let id = request(t, account).await.id;
    t.store.answer_approval(&account.sue, &id, step).await
}

pub(crate) async fn managed(t: &Fixture, msp: &Msp, account: &Account) {
    ask(t, msp, account).await.unwrap();
    answer(t, account, Step::Approve).await.unwrap();
}

/// Goes on until nothing is left of it with the MSP.
pub(crate) async fn gone(t: &Fixture, account: &Account) {
    while t.store.go_on_deleting(&account.id).await.unwrap() {}
}

/// What the account's owner reads of who manages it.
async fn manager(t: &Fixture, account: &Account) -> Option<(String, State)> {
    t.store.own_account(&account.sue).await.unwrap().manager.map(|manager| (manager.msp, manager.state))
}

async fn kinds(t: &Fixture, msp: &Msp) -> Vec<String> {
    let events = t.store.events(&msp.admin, None, None, 100).await.unwrap();
    events.into_iter().rev().map(|event| event.kind).filter(|kind| kind.starts_with("a")).collect()
}

async fn used(t: &Fixture, msp: &Msp) -> (u32, u32) {
    let row = t.store.msps().await.unwrap().into_iter().find(|row| row.id == msp.id).unwrap();
    (row.customers_used, row.monitors_used)
}

async fn listed(t: &Fixture, msp: &Msp, state: State) -> Vec<String> {
    let query = CustomerQuery { state: Some(state), ..CustomerQuery::default() };
    t.store.customers(&msp.admin, &query).await.unwrap().rows.into_iter().map(|row| row.name).collect()
}

fn unknown() -> Refusal {
    Refusal::field("customer", Problem::NotAnAccount)
}

both! {
    async fn b4_an_account_exists_before_any_msp_and_its_super_admin_signs_in(t: Fixture) {
        let bad = t.store.create_account(&AccountInput { company: String::new(), ..input("sue@harbor.example") }).await;
        assert_eq!(refused(bad), Refusal::field("company", Problem::Required));
        let Account { id, sue } = account(&t, "sue@harbor.example").await;
        let twice = t.store.create_account(&input("SUE@harbor.example")).await;
        assert_eq!(refused(twice), Refusal::field("super_admin_email", Problem::Taken));
        // Its home is no MSP: the installation is still to be set up, and no command means it.
        assert!(!t.store.is_set_up().await.unwrap());
        assert!(t.store.msps().await.unwrap().is_empty());
        assert_eq!((sue.role(), sue.customer()), (Some(Role::SuperAdmin), None));
        let sheet = t.store.own_account(&sue).await.unwrap();
        assert_eq!((sheet.id, sheet.name.as_str(), sheet.manager, sheet.approvals.len()), (id, "Harbor Logistics", None, 0));
        assert!(t.store.reader_of_own_account(&sue).await.unwrap().is_none());
        assert_eq!(refused(t.store.leave_msp(&sue).await), Refusal::NotManaged);
        let me = t.store.me(&sue).await.unwrap();
        assert_eq!((me.role, me.name.as_str(), me.customers, me.monitors), (Role::SuperAdmin, "Sue Ellen Marsh", 0, 0));
        // A role that nobody is given: an account and its Super Admin come into being together.
        let msp = t.msp("Alpha").await;
        let planted = t.store.create_user(&msp.admin, Role::SuperAdmin, None, "x@alpha.example", "X", PASSWORD).await;
        assert_eq!(refused(planted), Refusal::field("role", Problem::NotAChoice));
    }

    async fn b4_approved_it_is_active_and_theirs_who_asked(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let account = account(&t, "sue@harbor.example").await;
        assert_eq!(ask(&t, &msp, &account).await.unwrap(), account.id);
        assert_eq!((used(&t, &msp).await, listed(&t, &msp, State::Pending).await), ((1, 0), vec!["Harbor Logistics".to_owned()]));
        let pending = t.store.customer(&msp.admin, &account.id).await.unwrap();
        let asked = pending.asked.unwrap();
        assert_eq!((asked.by.as_str(), asked.expires_at - asked.at), ("admin <admin@alpha.example>", 14 * DAY));
        // Nothing of the owner is told before they agree.
        assert_eq!((pending.input.email.as_str(), pending.input.contact_last.as_str()), ("", ""));
        let asks = request(&t, &account).await;
        assert_eq!((asks.msp.as_str(), asks.asked_by, asks.outcome), ("Alpha", asked.by, None));
        assert_eq!(manager(&t, &account).await, None);
        assert!(t.store.watched_customers(Scope::All).await.unwrap().is_empty());

        assert_eq!(answer(&t, &account, Step::Approve).await.unwrap(), msp.id);
        assert_eq!(manager(&t, &account).await, Some(("Alpha".to_owned(), State::Active)));
        let detail = t.store.customer(&msp.admin, &account.id).await.unwrap();
        assert_eq!((detail.state, detail.associated, detail.asked), (State::Active, true, None));
        assert_eq!(detail.input.email, "sue@harbor.example");
        assert_eq!(t.store.watched_customers(Scope::All).await.unwrap().len(), 1);
        for search in ["sue ellen marsh", "sue@harbor", &account.id.to_string()] {
            let query = CustomerQuery { search: search.into(), ..CustomerQuery::default() };
            let found = t.store.customers(&msp.admin, &query).await.unwrap().rows;
            // With its pack, once (A14).
            assert_eq!(found.iter().map(|row| row.services).collect::<Vec<_>>(), [1], "{search}");
        }
        // And with it the customer pack (A14).
        let pack = t.store.services_of_customer(&msp.admin, &account.id).await.unwrap();
        assert_eq!((pack.level.is_some(), pack.items.len()), (true, 1));
        t.monitor(&msp, &account.id, "web").await;
        assert_eq!(used(&t, &msp).await, (1, 1));
        assert_eq!(kinds(&t, &msp).await, ["approval.asked", "approval.approved"]);
        let events = t.store.events(&msp.admin, Some(&account.id), None, 10).await.unwrap();
        assert!(events.iter().any(|event| event.kind == "approval.approved" && event.actor == "Sue Ellen Marsh <sue@harbor.example>"));
    }

    async fn b4_an_id_that_cannot_be_asked_for_is_like_one_that_does_not_exist(t: Fixture) {
        let (alpha, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        let pending = account(&t, "sue@harbor.example").await;
        let owned = account(&t, "kim@harbor.example").await;
        ask(&t, &alpha, &pending).await.unwrap();
        managed(&t, &alpha, &owned).await;
        let ordinary = t.customer(&alpha, "Ordinary").await;
        let own = t.customer(&beta, "Own").await;
        let log = t.store.events(&beta.admin, None, None, 100).await.unwrap();
        let ids = [pending.id, owned.id.clone(), ordinary, own, CustomerId::from_u128(7)].map(|id| id.to_string());
        for typed in ids.iter().map(String::as_str).chain(["", "harbor", "cus_\u{0}", &"x".repeat(10_000)]) {
            assert_eq!(refused(t.store.ask_account(&beta.admin, typed).await), unknown(), "{typed:?}");
        }
        assert_eq!((used(&t, &beta).await.0, t.store.events(&beta.admin, None, None, 100).await.unwrap()), (1, log));
        // Not even one's own, for it may be denied to who asks.
        let bo = t.person(&alpha, Role::Admin, None, "bo@alpha.example").await;
        t.store.tie(&alpha.admin, &owned.id, bo.user().unwrap(), TieStep::Deny).await.unwrap();
        assert_eq!(refused(t.store.ask_account(&bo, &owned.id.to_string()).await), unknown());
        let otto = t.person(&alpha, Role::Operator, None, "otto@alpha.example").await;
        assert_eq!(refused(t.store.ask_account(&otto, "").await), Refusal::Forbidden);
        // Where there is no room nothing is half asked.
        t.store.set_quota(&beta.id, Some(1), None).await.unwrap();
        let third = account(&t, "lee@harbor.example").await;
        assert_eq!(refused(ask(&t, &beta, &third).await), Refusal::CustomerQuota { quota: 1 });
        assert!(t.store.own_account(&third.sue).await.unwrap().approvals.is_empty());
        ask(&t, &alpha, &third).await.unwrap();
    }

    async fn b4_of_two_msps_that_ask_at_once_one_wins(t: Fixture) {
        let (alpha, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        for n in 0..5 {
            let account = account(&t, &format!("sue{n}@harbor.example")).await;
            let (one, two) = tokio::join!(ask(&t, &alpha, &account), ask(&t, &beta, &account));
            let lost = if one.is_ok() { two } else { one };
            assert_eq!(refused(lost), unknown());
            assert_eq!(t.store.own_account(&account.sue).await.unwrap().approvals.len(), 1);
        }
        assert_eq!(used(&t, &alpha).await.0 + used(&t, &beta).await.0, 5);
    }

    async fn b4_declined_withdrawn_and_expired_are_gone_and_may_be_asked_again(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let account = account(&t, "sue@harbor.example").await;
        ask(&t, &msp, &account).await.unwrap();
        answer(&t, &account, Step::Decline).await.unwrap();
        assert_eq!(refused(t.store.customer(&msp.admin, &account.id).await), Refusal::NotFound);
        ask(&t, &msp, &account).await.unwrap();
        let withdraw = t.store.step_customer(&msp.admin, &account.id, Step::Withdraw, "", Some(1)).await;
        withdraw.unwrap();
        ask(&t, &msp, &account).await.unwrap();
        t.clock.advance(14 * DAY + 1000);
        let sue = t.sign_in("sue@harbor.example").await;
        let late = t.store.own_account(&sue).await.unwrap().approvals.remove(0);
        assert_eq!(late.outcome, Some(Outcome::Expired));
        let over = Refusal::ApprovalOver { outcome: Outcome::Expired };
        assert_eq!(refused(t.store.answer_approval(&sue, &late.id, Step::Approve).await), over);
        assert_eq!(used(&t, &msp).await, (0, 0));
        let again = Account { id: account.id, sue };
        ask(&t, &msp, &again).await.unwrap();
        t.clock.advance(14 * DAY + 1000);
        t.store.expire_approvals().await.unwrap();
        let sue = t.sign_in("sue@harbor.example").await;
        let outcomes: Vec<_> = t.store.own_account(&sue).await.unwrap().approvals.into_iter().map(|row| row.outcome.unwrap()).collect();
        assert_eq!(outcomes, [Outcome::Expired, Outcome::Expired, Outcome::Withdrawn, Outcome::Declined]);
        let msp = Msp { admin: t.sign_in("admin@alpha.example").await, ..msp };
        assert_eq!(t.store.customers(&msp.admin, &CustomerQuery::default()).await.unwrap().all, 0);
        let asked = "approval.asked";
        let log = [asked, "approval.declined", asked, "approval.withdrawn", asked, "approval.expired", asked, "approval.expired"];
        assert_eq!(kinds(&t, &msp).await, log);
    }

    async fn b4_what_was_answered_is_not_answered_again(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let account = account(&t, "sue@harbor.example").await;
        ask(&t, &msp, &account).await.unwrap();
        let id = request(&t, &account).await.id;
        let (approve, decline) = tokio::join!(
            t.store.answer_approval(&account.sue, &id, Step::Approve),
            t.store.answer_approval(&account.sue, &id, Step::Decline),
        );
        let (lost, outcome) = if approve.is_ok() { (decline, Outcome::Approved) } else { (approve, Outcome::Declined) };
        assert_eq!(refused(lost), Refusal::ApprovalOver { outcome });
        for step in [Step::Approve, Step::Decline] {
            assert_eq!(refused(t.store.answer_approval(&account.sue, &id, step).await), Refusal::ApprovalOver { outcome });
        }
        for step in [Step::Terminate, Step::Withdraw, Step::Leave, Step::Expire] {
            assert_eq!(refused(t.store.answer_approval(&account.sue, &id, step).await), Refusal::Forbidden);
        }
        // Another account's request is none, and staff has nothing to answer.
        let other = self::account(&t, "kim@elm.example").await;
        assert_eq!(refused(t.store.approval(&other.sue, &id).await), Refusal::NotFound);
        assert_eq!(refused(t.store.answer_approval(&other.sue, &id, Step::Approve).await), Refusal::NotFound);
        assert_eq!(refused(t.store.answer_approval(&account.sue, &ApprovalId::from_u128(7), Step::Approve).await), Refusal::NotFound);
        assert_eq!(refused(t.store.answer_approval(&msp.admin, &id, Step::Approve).await), Refusal::Forbidden);
        assert_eq!(refused(t.store.own_account(&msp.admin).await), Refusal::Forbidden);
    }

    async fn b4_a_pending_account_can_be_viewed_and_nothing_else(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let account = account(&t, "sue@harbor.example").await;
        let id = ask(&t, &msp, &account).await.unwrap();
        let s = &t.store;
        assert_eq!(refused(s.create_monitor(&msp.admin, &id, &monitor_input("web")).await), Refusal::Pending);
        assert_eq!(refused(s.edit_customer(&msp.admin, &id, 1, &Default::default()).await), Refusal::Pending);
        let planted = s.create_user(&msp.admin, Role::Customer, Some(&id), "x@harbor.example", "X", PASSWORD).await;
        assert_eq!(refused(planted), Refusal::Pending);
        for step in [Step::Downgrade, Step::Upgrade, Step::Terminate, Step::Restore] {
            let wrong = WrongStep { step, state: State::Pending };
            assert_eq!(refused(s.step_customer(&msp.admin, &id, step, "over", None).await), Refusal::WrongStep(wrong));
        }
        let wrong = WrongStep { step: Step::Leave, state: State::Pending };
        assert_eq!(refused(s.leave_msp(&account.sue).await), Refusal::WrongStep(wrong));
        assert_eq!(refused(s.step_customer(&msp.admin, &id, Step::Approve, "", None).await), Refusal::Forbidden);
    }

    async fn b6_the_super_admin_reads_their_account_whatever_the_msp_does(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let account = account(&t, "sue@harbor.example").await;
        managed(&t, &msp, &account).await;
        let web = t.monitor(&msp, &account.id, "web").await;
        let reader = t.store.reader_of_own_account(&account.sue).await.unwrap().unwrap();
        let query = MonitorQuery { customer: Some(account.id.clone()), ..MonitorQuery::default() };
        assert_eq!(t.store.monitors(&reader, &query).await.unwrap().rows[0].id, web);
        assert_eq!(refused(t.store.suspend_monitor(&reader, &web).await), Refusal::Forbidden);
        let before = t.token("sue@harbor.example").await;
        t.store.step_customer(&msp.admin, &account.id, Step::Terminate, "over", None).await.unwrap();
        assert_eq!(manager(&t, &account).await, Some(("Alpha".to_owned(), State::Inactive)));
        assert!(t.store.actor(&before, "").await.unwrap().is_some(), "terminating signs out the MSP's customer users, not the owner");
        let reader = t.store.reader_of_own_account(&account.sue).await.unwrap().unwrap();
        assert_eq!(t.store.monitors(&reader, &query).await.unwrap().matching, 1);
        let sheet = t.store.own_account(&account.sue).await.unwrap();
        let detail = t.store.customer(&msp.admin, &account.id).await.unwrap();
        assert_eq!(sheet.manager.unwrap().restorable_until, detail.restorable_until);
        t.store.step_customer(&msp.admin, &account.id, Step::Restore, "", None).await.unwrap();
        assert_eq!(manager(&t, &account).await, Some(("Alpha".to_owned(), State::Active)));
    }

    async fn b6_leaving_takes_everything_out_of_the_msps_hands_and_keeps_the_account(t: Fixture) {
        let (alpha, beta) = (t.msp("Alpha").await, t.msp("Beta").await);
        let account = account(&t, "sue@harbor.example").await;
        for path in [vec![], vec![Step::Downgrade], vec![Step::Terminate]] {
            managed(&t, &alpha, &account).await;
            let web = t.monitor(&alpha, &account.id, "web").await;
            let n = path.len() + usize::from(path == [Step::Terminate]);
            let email = format!("carl{n}@harbor.example");
            t.store.create_user(&alpha.admin, Role::Customer, Some(&account.id), &email, "Carl", PASSWORD).await.unwrap();
            let carl = t.token(&email).await;
            for step in path {
                t.store.step_customer(&alpha.admin, &account.id, step, "over", None).await.unwrap();
            }
            assert_eq!(t.store.leave_msp(&account.sue).await.unwrap(), alpha.id);
            // What is left of it goes in steps; to everybody it is gone by now.
            assert_eq!(refused(ask(&t, &beta, &account).await), Refusal::field("customer", Problem::NotAnAccount));
            assert_eq!(t.store.deletions().await.unwrap(), std::slice::from_ref(&account.id));
            assert_eq!((used(&t, &alpha).await, manager(&t, &account).await), ((0, 0), None));
            assert_eq!(refused(t.store.customer(&alpha.admin, &account.id).await), Refusal::NotFound);
            assert_eq!(refused(t.store.monitor(&alpha.admin, &web).await), Refusal::NotFound);
            assert!(t.store.watched(Scope::All).await.unwrap().is_empty());
            assert!(t.store.actor(&carl, "").await.unwrap().is_none());
            assert_eq!(refused(t.store.sign_in(&email, PASSWORD, &Origin::from("192.0.2.9")).await), Refusal::WrongCredentials);
            assert_eq!(refused(t.store.leave_msp(&account.sue).await), Refusal::NotManaged);
            gone(&t, &account).await;
        }
        assert_eq!(kinds(&t, &alpha).await.iter().filter(|kind| *kind == "account.left").count(), 3);
        // By its name the trail still knows it.
        let named = EventInput { customer: "harbor".into(), ..EventInput::default() };
        assert!(t.store.audit(&alpha.admin, &named, None, 100).await.unwrap().iter().any(|event| event.kind == "account.left"));
        // Another MSP may manage it now, with the same id, and learns nothing of the first one's.
        managed(&t, &beta, &account).await;
        assert_eq!(manager(&t, &account).await, Some(("Beta".to_owned(), State::Active)));
        let events = t.store.events(&beta.admin, Some(&account.id), None, 100).await.unwrap();
        assert_eq!(events.len(), 2);
    }

    async fn b4_an_owner_is_as_foreign_to_every_msp_as_another_tenant(t: Fixture) {
        let msp = t.msp("Alpha").await;
        let account = account(&t, "sue@harbor.example").await;
        managed(&t, &msp, &account).await;
        let web = t.monitor(&msp, &account.id, "web").await;
        let (s, sue) = (&t.store, &account.sue);
        assert_eq!(refused(s.customers(sue, &CustomerQuery::default()).await), Refusal::Forbidden);
        assert_eq!(refused(s.monitors(sue, &MonitorQuery::default()).await), Refusal::Forbidden);
        assert_eq!(refused(s.staff(sue).await), Refusal::Forbidden);
        assert_eq!(refused(s.msp_settings(sue).await), Refusal::Forbidden);
        assert_eq!(refused(s.customer(sue, &account.id).await), Refusal::NotFound);
        assert_eq!(refused(s.monitor(sue, &web).await), Refusal::NotFound);
        assert_eq!(refused(s.monitor(sue, &MonitorId::from_u128(7)).await), Refusal::NotFound);
        assert_eq!(refused(s.ask_account(sue, &account.id.to_string()).await), Refusal::Forbidden);
        // Signing in and its failures are written in the account's own log, not in an MSP's.
        let log = s.events(&msp.admin, None, None, 100).await.unwrap().len();
        let _ = s.sign_in("sue@harbor.example", "wrong horse battery", &Origin::from("192.0.2.9")).await;
        assert_eq!(s.events(&msp.admin, None, None, 100).await.unwrap().len(), log);
    }
}
