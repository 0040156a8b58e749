//! Where the person is signed in.

use leptos::prelude::*;
use model::account::SessionRow;

use super::{
    Whole,
    calls::{EndOtherSessions, EndSession},
};
use crate::ui::{Ago, When};

#[component]
pub(super) fn Sessions(
    sessions: Vec<SessionRow>,
    end: ServerAction<EndSession>,
    end_others: ServerAction<EndOtherSessions>,
) -> impl IntoView {
    let others = sessions.len() > 1;
    view! {
        <section aria-labelledby="sessions">
            <h2 id="sessions">"Where you are signed in"</h2>
            <Whole answer=Signal::from(end.value())/>
            <Whole answer=Signal::from(end_others.value())/>
            <div class="tw">
                <table class="own-sessions">
                    <caption class="unseen">"Your sessions, this one first"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Browser"</th>
                            <th scope="col">"Address"</th>
                            <th scope="col">"Signed in"</th>
                            <th scope="col">"Last seen"</th>
                            <th scope="col"><span class="unseen">"Action"</span></th>
                        </tr>
                    </thead>
                    <tbody>{sessions.into_iter().map(|session| view! { <Row session end/> }).collect_view()}</tbody>
                </table>
            </div>
            {others
                .then(|| {
                    view! {
                        <ActionForm action=end_others attr:class="others">
                            <button class="btn" type="submit" disabled=end_others.pending()>"Sign out everywhere else"</button>
                        </ActionForm>
                    }
                })}
        </section>
    }
}

#[component]
fn Row(session: SessionRow, end: ServerAction<EndSession>) -> impl IntoView {
    let label = format!("Sign out {} at {}", session.client, session.address);
    let action = if session.this {
        view! { <span class="pill a">"This one"</span> }.into_any()
    } else {
        view! {
            <ActionForm action=end>
                <input type="hidden" name="session" value=session.id.to_string()/>
                <button class="btn small" type="submit" aria-label=label disabled=end.pending()>"Sign out"</button>
            </ActionForm>
        }
        .into_any()
    };
    view! {
        <tr>
            <th scope="row">{session.client}</th>
            <td class="num">{session.address}</td>
            <td><When at=session.signed_in_at/></td>
            <td class="quiet"><Ago at=session.seen_at/></td>
            <td class="r">{action}</td>
        </tr>
    }
}
