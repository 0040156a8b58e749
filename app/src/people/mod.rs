//! The MSP's staff (DOMAIN C3): who they are, which customers each is associated with, and which each is denied (C7). The same can
//! be changed from the customer's page.

mod of_customer;
mod person;
mod staff;
mod users;

pub use of_customer::PeopleOfCustomer;
pub use person::PersonPage;
pub use staff::StaffPage;
pub use users::UsersOfCustomerPage;

use leptos::{prelude::*, server_fn::codec::Json};
use model::{
    CustomerId, UserId,
    invitations::{CustomerUser, InvitationRow},
    people::{StaffRow, StaffSheet, Tie, TieStep, TiedPerson, TiesQuery},
};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The MSP's staff, and who is invited to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    pub rows: Vec<StaffRow>,
    /// `None` for who may not know.
    pub invitations: Option<Vec<InvitationRow>>,
}

/// Everybody around one customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsersOfCustomer {
    pub customer: CustomerId,
    pub name: String,
    pub staff: Vec<TiedPerson>,
    /// Its own people.
    pub users: Vec<CustomerUser>,
    /// None for who may not manage them.
    pub invitations: Vec<InvitationRow>,
    pub may_manage: bool,
    /// Also that its people could sign in.
    pub may_invite: bool,
}

#[server(prefix = "/fn", endpoint = "users")]
pub async fn read_staff() -> Result<Staff, Failure> {
    use model::roles::{Action, Relation};
    let actor = crate::caller::actor()?;
    let store = crate::caller::handles().store;
    let rows = store.staff(&actor).await?;
    let invitations =
        if actor.may(Action::Administer, Relation::None) { Some(store.invitations(&actor, None).await?) } else { None };
    Ok(Staff { rows, invitations })
}

#[server(prefix = "/fn", endpoint = "customer-users")]
pub async fn read_users_of_customer(customer: String) -> Result<UsersOfCustomer, Failure> {
    use model::roles::{Action, Relation};
    let actor = crate::caller::actor()?;
    let store = crate::caller::handles().store;
    let id: CustomerId = crate::caller::id(&customer)?;
    let staff = store.people_of_customer(&actor, &id).await?;
    let users = store.users_of_customer(&actor, &id).await?;
    let detail = store.customer(&actor, &id).await?;
    let may_manage = actor.may(Action::Administer, Relation::None);
    let invitations = if may_manage { store.invitations(&actor, Some(&id)).await? } else { Vec::new() };
    let may_invite = may_manage && detail.state.is_watched();
    Ok(UsersOfCustomer { customer: id, name: detail.name, staff, users, invitations, may_manage, may_invite })
}

/// Makes an MSP Operator an MSP Admin, or the other way round. Leads back to the person.
#[server(prefix = "/fn", endpoint = "user-role")]
pub async fn change_role(user: String, role: String) -> Result<String, Failure> {
    use crate::caller;
    use model::roles::Role;
    let actor = caller::actor()?;
    let user: UserId = caller::id(&user)?;
    let role = Role::from_key(&role).ok_or(model::Refusal::BadRequest)?;
    caller::handles().store.change_role(&actor, &user, role).await?;
    Ok(caller::goes_to(page_of(&user)))
}

/// Removes a member of staff, or a customer's person. Leads back, or to the staff.
#[server(prefix = "/fn", endpoint = "user-remove")]
pub async fn remove_user(user: String, #[server(default)] back: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    caller::handles().store.remove_user(&actor, &caller::id(&user)?).await?;
    Ok(caller::goes_to(caller::back_to(&back, "/users")))
}

#[server(prefix = "/fn", endpoint = "user", input = Json)]
pub async fn read_person(user: String, query: TiesQuery) -> Result<StaffSheet, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().store.staff_member(&actor, &crate::caller::id(&user)?, &query).await?)
}

/// Associates, dissociates, denies or allows, as `step` says. Leads back to the page that it was asked on.
#[server(prefix = "/fn", endpoint = "user-tie")]
pub async fn change_tie(customer: String, user: String, step: String, back: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let step = TieStep::from_key(&step).ok_or(model::Refusal::BadRequest)?;
    caller::handles().store.tie(&actor, &caller::id(&customer)?, &caller::id(&user)?, step).await?;
    // Of this site, whatever was sent.
    let is_own = ["/users", "/customers/"].iter().any(|page| back.starts_with(page));
    Ok(caller::goes_to(if is_own { back } else { "/users".into() }))
}

/// The address of a person's page.
fn page_of(user: &UserId) -> String {
    format!("/users/{user}")
}

/// Runs `on_done` each time a change was made.
fn when_changed(action: ServerAction<ChangeTie>, on_done: Callback<()>) {
    let answer = action.value();
    Effect::new(move || {
        if let Some(Ok(_)) = answer.get() {
            on_done.run(());
        }
    });
}

/// How somebody stands to a customer, in words; a denial first, for it outranks the rest.
#[component]
fn Standing(tie: Tie) -> impl IntoView {
    if tie.denied {
        view! { <span class="pill denied">"Denied"</span> }.into_any()
    } else if tie.associated {
        view! { <span class="pill a">"Associated"</span> }.into_any()
    } else {
        view! { <span class="quiet">"Not associated"</span> }.into_any()
    }
}

/// The buttons that change how a person and a customer stand to each other. Each is a form of its own.
#[component]
fn TieButtons(
    /// Whom and what they are about, for those who do not see the row.
    about: String,
    customer: CustomerId,
    user: UserId,
    tie: Tie,
    back: String,
    action: ServerAction<ChangeTie>,
) -> impl IntoView {
    let button = |step: TieStep| {
        let class = if step == TieStep::Deny { "btn small danger" } else { "btn small" };
        let (customer, user, back) = (customer.to_string(), user.to_string(), back.clone());
        let label = format!("{} {about}", step.label());
        view! {
            <ActionForm action=action>
                <input type="hidden" name="customer" value=customer/>
                <input type="hidden" name="user" value=user/>
                <input type="hidden" name="step" value=step.key()/>
                <input type="hidden" name="back" value=back/>
                <button class=class type="submit" aria-label=label disabled=action.pending()>{step.label()}</button>
            </ActionForm>
        }
    };
    view! { <div class="ties">{tie.steps().map(button).collect_view()}</div> }
}
