//! Invitations (DOMAIN C3, D2): the forms that invite, the list of who is invited, and the page behind an invitation's link.

mod accept;
mod form;
mod table;

pub use accept::InvitationPage;
pub use form::{InviteOfCustomerPage, InviteStaffPage};
pub use table::Invitations;

use leptos::prelude::*;
use model::invitations::{AcceptInput, InvitationInput, InvitationRow, Welcome};

use crate::failure::Failure;

/// Invitations of a customer's people; of staff where `customer` is empty.
#[server(prefix = "/fn", endpoint = "invitations")]
pub async fn read_invitations(#[server(default)] customer: String) -> Result<Vec<InvitationRow>, Failure> {
    let actor = crate::caller::actor()?;
    let customer = if customer.is_empty() { None } else { Some(crate::caller::id(&customer)?) };
    Ok(crate::caller::handles().store.invitations(&actor, customer.as_ref()).await?)
}

/// Invites a customer's person; staff where `customer` is empty. Leads to the list that they stand in.
#[server(prefix = "/fn", endpoint = "invite")]
pub async fn invite(#[server(default)] customer: String, input: InvitationInput) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let of = if customer.is_empty() { None } else { Some(caller::id(&customer)?) };
    let invited = caller::handles().store.invite(&actor, of.as_ref(), &input).await;
    invited.inspect_err(|_| caller::keep_typed(&input))?;
    Ok(caller::goes_to(home_of(&customer)))
}

/// Sends an invitation again, by a new link. Leads back.
#[server(prefix = "/fn", endpoint = "invitation-resend")]
pub async fn resend_invitation(invitation: String, #[server(default)] back: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    caller::handles().store.resend_invitation(&actor, &caller::id(&invitation)?).await?;
    Ok(caller::goes_to(caller::back_to(&back, "/users")))
}

/// Takes an invitation back. Leads back.
#[server(prefix = "/fn", endpoint = "invitation-revoke")]
pub async fn revoke_invitation(invitation: String, #[server(default)] back: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    caller::handles().store.revoke_invitation(&actor, &caller::id(&invitation)?).await?;
    Ok(caller::goes_to(caller::back_to(&back, "/users")))
}

/// What whoever has an invitation's link is told.
#[server(prefix = "/fn", endpoint = "invitation")]
pub async fn read_invitation(token: String) -> Result<Welcome, Failure> {
    Ok(crate::caller::handles().store.invitation(&token).await?)
}

/// Accepts an invitation and signs in. Leads to where its person begins.
#[server(prefix = "/fn", endpoint = "invitation-accept")]
pub async fn accept_invitation(token: String, input: AcceptInput) -> Result<String, Failure> {
    use crate::caller;
    use model::roles::Role;
    let accepted = caller::handles().store.accept_invitation(&token, &input, &caller::origin()).await;
    // Never the password.
    let (session, role) = accepted.inspect_err(|_| caller::keep_typed(&input.name))?;
    caller::set_session(Some(&session));
    Ok(caller::goes_to(match role {
        Role::Admin | Role::Operator => "/".into(),
        Role::Customer | Role::SuperAdmin => "/portal".into(),
    }))
}

/// The page that lists the people of a customer, or the staff.
fn home_of(customer: &str) -> String {
    if customer.is_empty() { "/users".into() } else { format!("/customers/{customer}/users") }
}
