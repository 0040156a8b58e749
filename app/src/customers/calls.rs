//! The customers' server functions.

#![allow(clippy::too_many_arguments, reason = "a server function has one for each kind of control that its form has")]

use leptos::{prelude::*, server_fn::codec::Json};
use model::{
    accounts::StepBasis,
    customers::{CustomerDetail, CustomerInput, CustomerPage, CustomerQuery, OutageRow},
    drafts::{Draft, NumberToVerify, Offers},
    events::EventRow,
    groups::GroupOfCustomer,
    maintenance::WindowPage,
    monitors::MonitorPage,
    people::TiedPerson,
    roles::Role,
};
use serde::{Deserialize, Serialize};

use super::held::Held;
use crate::failure::Failure;

/// Outages on a customer's page.
#[cfg(feature = "ssr")]
const OUTAGES: u32 = 20;
/// Changes on a customer's page.
#[cfg(feature = "ssr")]
const EVENTS: u32 = 20;

/// A customer's page with all its blocks (DOMAIN A17).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerSheet {
    pub detail: CustomerDetail,
    /// Its form as people read it.
    pub shown: CustomerInput,
    /// A changed mobile number that waits for its code.
    pub number: Option<NumberToVerify>,
    /// The first page of its monitors.
    pub monitors: MonitorPage,
    /// The newest first.
    pub outages: Vec<OutageRow>,
    /// The MSP's staff by name.
    pub people: Vec<TiedPerson>,
    /// The MSP's groups by name.
    pub groups: Vec<GroupOfCustomer>,
    pub windows: WindowPage,
    pub held: Held,
    /// The newest first.
    pub events: Vec<EventRow>,
}

#[server(prefix = "/fn", endpoint = "customers", input = Json)]
pub async fn list_customers(query: CustomerQuery) -> Result<CustomerPage, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().live.customers(&actor, &query).await?)
}

#[server(prefix = "/fn", endpoint = "customer", input = Json)]
pub async fn read_customer(customer: String) -> Result<CustomerDetail, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().live.customer(&actor, &crate::caller::id(&customer)?).await?)
}

#[server(prefix = "/fn", endpoint = "customer-sheet", input = Json)]
pub async fn read_sheet(customer: String) -> Result<CustomerSheet, Failure> {
    use model::{maintenance::WindowQuery, monitors::MonitorQuery};
    let actor = crate::caller::actor()?;
    let handles = crate::caller::handles();
    let id = crate::caller::id(&customer)?;
    let detail = handles.live.customer(&actor, &id).await?;
    let query = MonitorQuery { customer: Some(id.clone()), page: 1, ..MonitorQuery::default() };
    let windows = WindowQuery { customer: Some(id.clone()), page: 1, ..WindowQuery::default() };
    Ok(CustomerSheet {
        shown: store::choices::shown(&detail.input),
        number: super::waiting::number_of(&handles.store, &actor, &id).await?,
        detail,
        monitors: handles.store.monitors(&actor, &query).await?,
        outages: handles.store.outages_of_customer(&actor, &id, OUTAGES).await?,
        people: handles.store.people_of_customer(&actor, &id).await?,
        groups: handles.store.groups_of_customer(&actor, &id).await?,
        windows: crate::maintenance::read_of(&handles.store, &actor, &windows).await?,
        held: super::held::read_held(&handles.store, &actor, &id).await?,
        events: handles.store.events(&actor, Some(&id), None, EVENTS).await?,
    })
}

/// Adds a customer of this form alone.
#[server(prefix = "/fn", endpoint = "customer-create")]
pub async fn create_customer(input: CustomerInput, #[server(default)] captcha: String) -> Result<String, Failure> {
    use crate::caller;
    use model::roles::{Action, Relation};
    let actor = caller::actor()?;
    actor.require(Action::AddCustomer, Relation::None)?;
    caller::spend_captcha(&actor, &captcha).await?;
    Ok(caller::goes_to(super::drafts::finish(&actor, &Draft::of(input), None).await?))
}

/// What the form to edit a customer starts from (DOMAIN A6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditBasis {
    pub detail: CustomerDetail,
    /// As people read and type it.
    pub typed: Draft,
    pub offers: Offers,
    pub role: Role,
}

#[server(prefix = "/fn", endpoint = "customer-form", input = Json)]
pub async fn read_edit_basis(customer: String) -> Result<EditBasis, Failure> {
    use model::Refusal;
    let actor = crate::caller::actor()?;
    let handles = crate::caller::handles();
    let id = crate::caller::id(&customer)?;
    let detail = handles.live.customer(&actor, &id).await?;
    let (groups, people) = handles.store.chosen_for(&actor, &id).await?;
    let input = store::choices::shown(&detail.input);
    let offers = handles.store.offers(&actor, handles.sms.is_some()).await?;
    let role = actor.role().ok_or(Refusal::Forbidden)?;
    Ok(EditBasis { detail, typed: Draft { input, groups, people, ..Draft::default() }, offers, role })
}

/// Saves the form. `groups_before` and `people_before` are the ids that it began with, with commas between them: what others did to
/// groups and people meanwhile stays.
#[server(prefix = "/fn", endpoint = "customer-edit")]
pub async fn edit_customer(
    customer: String,
    version: i64,
    input: CustomerInput,
    #[server(default)] industry: Vec<String>,
    #[server(default)] group: Vec<String>,
    #[server(default)] person: Vec<String>,
    #[server(default)] groups_before: String,
    #[server(default)] people_before: String,
) -> Result<String, Failure> {
    use super::drafts;
    use crate::caller;
    use model::drafts::{AccountEdit, Difference};
    use store::verification::Whose;
    let actor = caller::actor()?;
    let id = caller::id(&customer)?;
    let typed = drafts::typed(input, &industry, &group, &person)?;
    let edit = AccountEdit {
        groups: Difference::between(&drafts::ids(groups_before.split(','))?, &typed.groups),
        people: Difference::between(&drafts::ids(people_before.split(','))?, &typed.people),
        input: typed.input.clone(),
    };
    let handles = caller::handles();
    let edited = handles.live.edit_account(&actor, &id, version, &edit, handles.sms.is_some()).await;
    let Some(text) = edited.inspect_err(|_| caller::keep_typed(&(version, &groups_before, &people_before, &typed)))? else {
        return Ok(caller::goes_to(super::page_of(&id)));
    };
    let whose = Whose::Customer(id.clone());
    // The page of the number says it, and offers to send another.
    let _ = caller::text(&actor, &whose, &text).await;
    Ok(caller::goes_to(super::waiting::page_of_number(&id)))
}

#[server(prefix = "/fn", endpoint = "customer-associate")]
pub async fn associate(customer: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let customer = caller::id(&customer)?;
    caller::handles().store.associate_self(&actor, &customer).await?;
    Ok(caller::goes_to(super::page_of(&customer)))
}

#[server(prefix = "/fn", endpoint = "customer-step-basis", input = Json)]
pub async fn read_step_basis(customer: String) -> Result<StepBasis, Failure> {
    use model::roles::{Action, Relation};
    let actor = crate::caller::actor()?;
    actor.require(Action::ChangeLifecycle, Relation::None)?;
    Ok(crate::caller::handles().store.step_basis(&actor, &crate::caller::id(&customer)?).await?)
}

/// Takes a step of an account's life. Leads to the customer's page, or to the list where there is none, or none for who asks.
#[server(prefix = "/fn", endpoint = "customer-step")]
pub async fn take_step(
    customer: String,
    step: String,
    #[server(default)] reason: String,
    #[server(default)] version: Option<i64>,
    #[server(default)] captcha: String,
) -> Result<String, Failure> {
    use crate::caller;
    use model::{Refusal, lifecycle::Step};
    let actor = caller::actor()?;
    let customer = caller::id(&customer)?;
    let step = Step::from_key(&step).ok_or(Refusal::NotFound)?;
    if step == Step::Terminate {
        caller::spend_captcha(&actor, &captcha).await.inspect_err(|_| caller::keep_typed(&reason))?;
    }
    let handles = caller::handles();
    let taken = handles.live.step_customer(&actor, &customer, step, &reason, version).await;
    taken.inspect_err(|_| caller::keep_typed(&reason))?;
    let opens = handles.store.customer(&actor, &customer).await.is_ok();
    Ok(caller::goes_to(if step == Step::Withdraw {
        "/customers?state=pending".into()
    } else if opens {
        super::page_of(&customer)
    } else {
        "/customers".into()
    }))
}
