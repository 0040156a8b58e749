//! The outbox: every mail that the MSP's people and customers get from here, and how each stands on its way.

mod list;
mod page;

pub use list::OutboxPageView;
pub use page::MailPage;

use leptos::prelude::*;
use model::mail::{OutboxMail, OutboxPage};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// A page of the outbox, and whether there is a mail server at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbox {
    pub page: OutboxPage,
    pub sends: bool,
}

/// Reads a page of the outbox. `state` is the word in the address; empty means all.
#[server(prefix = "/fn", endpoint = "outbox")]
pub async fn read_outbox(#[server(default)] state: String, page: u32) -> Result<Outbox, Failure> {
    use model::mail::MailState;
    let actor = crate::caller::actor()?;
    let handles = crate::caller::handles();
    let page = handles.store.outbox(&actor, MailState::from_key(&state), page).await?;
    Ok(Outbox { page, sends: handles.live.sends_mail() })
}

#[server(prefix = "/fn", endpoint = "mail")]
pub async fn read_mail(mail: String) -> Result<OutboxMail, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().store.outbox_mail(&actor, &crate::caller::id(&mail)?).await?)
}

/// Queues a mail that has failed once more. Leads back.
#[server(prefix = "/fn", endpoint = "mail-send-again")]
pub async fn send_again(mail: String, #[server(default)] back: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    caller::handles().store.send_again(&actor, &caller::id(&mail)?).await?;
    Ok(caller::goes_to(caller::back_to(&back, "/outbox")))
}

/// Runs `on_done` each time a mail was queued again.
fn when_sent_again(action: ServerAction<SendAgain>, on_done: Callback<()>) {
    let answer = action.value();
    Effect::new(move || {
        if let Some(Ok(_)) = answer.get() {
            on_done.run(());
        }
    });
}

#[component]
fn SendAgainButton(mail: model::MailId, to: String, back: String, action: ServerAction<SendAgain>) -> impl IntoView {
    view! {
        <ActionForm action=action>
            <input type="hidden" name="mail" value=mail.to_string()/>
            <input type="hidden" name="back" value=back/>
            <button class="btn small" type="submit" aria-label=format!("Send again the mail to {to}") disabled=action.pending()>"Send again"</button>
        </ActionForm>
    }
}
