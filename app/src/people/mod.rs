//! The MSP's staff (DOMAIN C3): who they are, which customers each is associated with, and which each is denied (C7). The same can
//! be changed from the customer's page.

mod of_customer;
mod person;
mod staff;

pub use of_customer::PeopleOfCustomer;
pub use person::PersonPage;
pub use staff::StaffPage;

use leptos::{prelude::*, server_fn::codec::Json};
use model::{
    CustomerId, UserId,
    people::{StaffRow, StaffSheet, Tie, TieStep, TiesQuery},
};

use crate::failure::Failure;

#[server(prefix = "/fn", endpoint = "users")]
pub async fn read_staff() -> Result<Vec<StaffRow>, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().store.staff(&actor).await?)
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
