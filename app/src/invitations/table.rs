//! Who is invited: where each invitation stands, and what can be done about it.

use leptos::prelude::*;
use model::invitations::{InvitationRow, InvitationState};

use super::{ResendInvitation, RevokeInvitation};
use crate::{
    answer::refusal_of,
    ui::{Ago, Ahead, Banner, BannerKind},
};

/// `back` is the page that it stands on; `on_done` is run after each change.
#[component]
pub fn Invitations(rows: Vec<InvitationRow>, back: String, on_done: Callback<()>) -> impl IntoView {
    let resend = ServerAction::<ResendInvitation>::new();
    let revoke = ServerAction::<RevokeInvitation>::new();
    Effect::new(move || {
        let sent = resend.value().with(|answer| matches!(answer, Some(Ok(_))));
        let revoked = revoke.value().with(|answer| matches!(answer, Some(Ok(_))));
        if sent || revoked {
            on_done.run(());
        }
    });
    let (not_sent, not_revoked) = (refusal_of(Signal::from(resend.value())), refusal_of(Signal::from(revoke.value())));
    let refusal = move || not_sent.get().or_else(|| not_revoked.get());
    let back = StoredValue::new(back);
    let content = if rows.is_empty() {
        view! { <p class="panel quiet">"Nobody is invited."</p> }.into_any()
    } else {
        view! {
            <div class="tw">
                <table class="invitations">
                    <caption class="unseen">"Invitations, the newest first"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Email"</th>
                            <th scope="col" class="role">"Role"</th>
                            <th scope="col">"State"</th>
                            <th scope="col" class="by">"Invited"</th>
                            <th scope="col"><span class="unseen">"Change"</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows.into_iter().map(|row| view! { <Row row back=back.get_value() resend revoke/> }).collect_view()}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        {move || refusal().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
        {content}
    }
}

#[component]
fn Row(
    row: InvitationRow,
    back: String,
    resend: ServerAction<ResendInvitation>,
    revoke: ServerAction<RevokeInvitation>,
) -> impl IntoView {
    let InvitationRow { id, email, name, role, state, created_at, expires_at, invited_by } = row;
    let when = match state {
        InvitationState::Open => Some(view! { <small class="quiet">"expires "<Ahead at=expires_at/></small> }.into_any()),
        InvitationState::Expired => Some(view! { <small class="quiet"><Ago at=expires_at/></small> }.into_any()),
        InvitationState::Accepted | InvitationState::Revoked => None,
    };
    let buttons = state.is_pending().then(|| view! { <Buttons id=id.to_string() email=email.clone() back resend revoke/> });
    let title = email.clone();
    view! {
        <tr>
            <th scope="row"><span class="name"><span title=title>{email}</span></span>{(!name.is_empty()).then(|| view! { <small class="quiet">{name}</small> })}</th>
            <td class="quiet role">{role.label()}</td>
            <td class="what">{state.label()}{when}</td>
            <td class="quiet num by" title=invited_by><Ago at=created_at/></td>
            <td class="r">{buttons}</td>
        </tr>
    }
}

/// Each is a form of its own.
#[component]
fn Buttons(
    id: String,
    email: String,
    back: String,
    resend: ServerAction<ResendInvitation>,
    revoke: ServerAction<RevokeInvitation>,
) -> impl IntoView {
    let again = format!("Send again the invitation of {email}");
    let no_more = format!("Revoke the invitation of {email}");
    let (same, there) = (id.clone(), back.clone());
    view! {
        <div class="ties">
            <ActionForm action=resend>
                <input type="hidden" name="invitation" value=id/>
                <input type="hidden" name="back" value=back/>
                <button class="btn small" type="submit" aria-label=again disabled=resend.pending()>"Send again"</button>
            </ActionForm>
            <ActionForm action=revoke>
                <input type="hidden" name="invitation" value=same/>
                <input type="hidden" name="back" value=there/>
                <button class="btn small danger" type="submit" aria-label=no_more disabled=revoke.pending()>"Revoke"</button>
            </ActionForm>
        </div>
    }
}
