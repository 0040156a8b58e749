//! Customer groups (DOMAIN C1): the list, and the form that names a group and ticks its customers. Home shows them (C2).

mod choose;
mod form;
mod list;
mod of_customer;
pub(crate) mod ticking;

pub(crate) use choose::ChooseCustomers;
pub use form::{GroupNewPage, GroupPageView};
pub use list::GroupsPage;
pub use of_customer::GroupsOfCustomer;

use leptos::{prelude::*, server_fn::codec::Json};
use model::{
    CustomerId, GroupId,
    groups::{GroupDetail, GroupOffer, GroupRow},
    people::StaffRow,
};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// What a group's page starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupSheet {
    /// `None` for a new one.
    pub detail: Option<GroupDetail>,
    pub offer: GroupOffer,
    /// The names of customers that were ticked before, on a form without JavaScript.
    pub ticked: Vec<(CustomerId, String)>,
    /// Whom a group's customers can be given to; nobody for who may not.
    pub staff: Vec<StaffRow>,
}

#[server(prefix = "/fn", endpoint = "groups")]
pub async fn list_groups() -> Result<Vec<GroupRow>, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().store.groups(&actor).await?)
}

/// Reads what a group's page starts from; an empty `group` is a new one.
#[server(prefix = "/fn", endpoint = "group", input = Json)]
pub async fn read_group(group: String, search: String, ticked: Vec<CustomerId>) -> Result<GroupSheet, Failure> {
    use model::roles::{Action, Relation};
    let actor = crate::caller::actor()?;
    let store = crate::caller::handles().store;
    let group: Option<GroupId> = if group.is_empty() { None } else { Some(crate::caller::id(&group)?) };
    let detail = match &group {
        Some(group) => Some(store.group(&actor, group).await?),
        None => None,
    };
    Ok(GroupSheet {
        detail,
        offer: store.group_offer(&actor, group.as_ref(), &search).await?,
        ticked: store.names_of_customers(&actor, &ticked).await?,
        staff: if group.is_some() && actor.may(Action::Administer, Relation::None) {
            store.staff(&actor).await?
        } else {
            Vec::new()
        },
    })
}

/// Customers to tick, found by `search`.
#[server(prefix = "/fn", endpoint = "group-offer", input = Json)]
pub async fn offer_customers(group: Option<GroupId>, search: String) -> Result<GroupOffer, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().store.group_offer(&actor, group.as_ref(), &search).await?)
}

#[server(prefix = "/fn", endpoint = "group-create")]
pub async fn create_group(
    name: String,
    #[server(default)] shown: String,
    #[server(default)] tick: Vec<String>,
) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let ticks = ticking::ticks(&shown, &tick)?;
    let created = caller::handles().live.create_group(&actor, &name, &ticks).await;
    created.inspect_err(|_| caller::keep_typed(&ticking::Typed { name: name.clone(), shown, tick, version: 0 }))?;
    Ok(caller::goes_to("/groups".into()))
}

#[server(prefix = "/fn", endpoint = "group-edit")]
pub async fn edit_group(
    group: String,
    version: i64,
    name: String,
    #[server(default)] shown: String,
    #[server(default)] tick: Vec<String>,
) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let group = caller::id(&group)?;
    let ticks = ticking::ticks(&shown, &tick)?;
    let edited = caller::handles().live.edit_group(&actor, &group, version, &name, &ticks).await;
    edited.inspect_err(|_| caller::keep_typed(&ticking::Typed { name: name.clone(), shown, tick, version }))?;
    Ok(caller::goes_to("/groups".into()))
}

#[server(prefix = "/fn", endpoint = "group-delete")]
pub async fn delete_group(group: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    caller::handles().live.delete_group(&actor, &caller::id(&group)?).await?;
    Ok(caller::goes_to("/groups".into()))
}

/// Puts a customer into a group. Leads back to the customer.
#[server(prefix = "/fn", endpoint = "group-join")]
pub async fn join_group(customer: String, group: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let customer: CustomerId = caller::id(&customer)?;
    caller::handles().live.join_group(&actor, &customer, &caller::id(&group)?).await?;
    Ok(caller::goes_to(format!("/customers/{customer}")))
}

/// Takes a customer out of a group. Leads back to the customer.
#[server(prefix = "/fn", endpoint = "group-leave")]
pub async fn leave_group(customer: String, group: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let customer: CustomerId = caller::id(&customer)?;
    caller::handles().live.leave_group(&actor, &customer, &caller::id(&group)?).await?;
    Ok(caller::goes_to(format!("/customers/{customer}")))
}

/// Associates a user with all of the group's customers. Leads back to the group.
#[server(prefix = "/fn", endpoint = "group-associate")]
pub async fn associate_group(group: String, user: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let group = caller::id(&group)?;
    caller::handles().store.associate_group(&actor, &group, &caller::id(&user)?).await?;
    Ok(caller::goes_to(page_of(&group)))
}

/// Takes a user's associations with the group's customers away. Leads back to the group.
#[server(prefix = "/fn", endpoint = "group-dissociate")]
pub async fn dissociate_group(group: String, user: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let group = caller::id(&group)?;
    caller::handles().store.dissociate_group(&actor, &group, &caller::id(&user)?).await?;
    Ok(caller::goes_to(page_of(&group)))
}

/// Makes a group the one that the person's Home begins with; none where `group` is empty. Leads to Home, where `shown` stays.
#[server(prefix = "/fn", endpoint = "group-default")]
pub async fn choose_default(#[server(default)] group: String, shown: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let group: Option<GroupId> = if group.is_empty() { None } else { Some(caller::id(&group)?) };
    let shown: GroupId = caller::id(&shown)?;
    caller::handles().store.set_default_group(&actor, group.as_ref()).await?;
    Ok(caller::goes_to(format!("/?group={shown}")))
}

/// The address of a group's page.
fn page_of(group: &GroupId) -> String {
    format!("/groups/{group}")
}
