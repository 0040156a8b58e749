//! The customers' server functions.

use leptos::{prelude::*, server_fn::codec::Json};
use model::{
    accounts::StepBasis,
    customers::{CustomerDetail, CustomerInput, CustomerPage, CustomerQuery, OutageRow},
    events::EventRow,
    groups::GroupOfCustomer,
    maintenance::WindowPage,
    monitors::MonitorPage,
    people::TiedPerson,
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

#[server(prefix = "/fn", endpoint = "customer-create")]
pub async fn create_customer(input: CustomerInput) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let customer = caller::handles().live.create_customer(&actor, &input).await.inspect_err(|_| caller::keep_typed(&input))?;
    Ok(caller::goes_to(super::page_of(&customer)))
}

#[server(prefix = "/fn", endpoint = "customer-edit")]
pub async fn edit_customer(customer: String, version: i64, input: CustomerInput) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let customer = caller::id(&customer)?;
    let edited = caller::handles().live.edit_customer(&actor, &customer, version, &input).await;
    edited.inspect_err(|_| caller::keep_typed(&(version, &input)))?;
    Ok(caller::goes_to(super::page_of(&customer)))
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
) -> Result<String, Failure> {
    use crate::caller;
    use model::{Refusal, lifecycle::Step};
    let actor = caller::actor()?;
    let customer = caller::id(&customer)?;
    let step = Step::from_key(&step).ok_or(Refusal::NotFound)?;
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
