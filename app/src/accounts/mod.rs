//! Accounts that stand on their own (DOMAIN B4, B6): an MSP asks for one by its id, its Super Admin approves or declines, and can
//! leave. The Super Admin's home is the portal.

mod approval;
mod existing;
mod home;
mod leave;

pub use approval::ApprovalPage;
pub use existing::ExistingPage;
pub(crate) use home::AccountHead;
pub use leave::LeavePage;

use leptos::prelude::*;
use model::accounts::{AccountSheet, ApprovalRow};
use serde::{Deserialize, Serialize};

use crate::{failure::Failure, portal::Portal};

/// What a Super Admin sees of their account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountHome {
    pub sheet: AccountSheet,
    /// What the MSP has of it; `None` where none manages it.
    pub managed: Option<Portal>,
}

/// What the page of a request shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalSheet {
    pub account: String,
    pub approval: ApprovalRow,
}

/// Asks the Super Admin of an existing account to let the MSP manage it. Leads to where it waits.
#[server(prefix = "/fn", endpoint = "customer-existing")]
pub async fn ask_account(customer: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    caller::handles().store.ask_account(&actor, &customer).await.inspect_err(|_| caller::keep_typed(&customer))?;
    Ok(caller::goes_to("/customers?state=pending".into()))
}

#[server(prefix = "/fn", endpoint = "own-account")]
pub async fn read_own_account() -> Result<AccountSheet, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().store.own_account(&actor).await?)
}

#[server(prefix = "/fn", endpoint = "approval")]
pub async fn read_approval(approval: String) -> Result<ApprovalSheet, Failure> {
    let actor = crate::caller::actor()?;
    let store = crate::caller::handles().store;
    let account = store.own_account(&actor).await?.name;
    Ok(ApprovalSheet { account, approval: store.approval(&actor, &crate::caller::id(&approval)?).await? })
}

/// Approves or declines, as `step` says.
#[server(prefix = "/fn", endpoint = "approval-answer")]
pub async fn answer_approval(approval: String, step: String) -> Result<String, Failure> {
    use crate::caller;
    use model::lifecycle::Step;
    let actor = caller::actor()?;
    let step = Step::from_key(&step).ok_or(model::Refusal::BadRequest)?;
    caller::handles().live.answer_approval(&actor, &caller::id(&approval)?, step).await?;
    Ok(caller::goes_to(format!("/portal?done={}", step.key())))
}

/// The account goes on without its MSP.
#[server(prefix = "/fn", endpoint = "account-leave")]
pub async fn leave_msp() -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    caller::handles().live.leave_msp(&actor).await?;
    Ok(caller::goes_to("/portal?done=leave".into()))
}
