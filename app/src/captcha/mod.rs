//! The captcha (DOMAIN A4): the page solves ALTCHA's proof of work by itself while the person reads, so that there is nothing to see,
//! to hear or to press; a line says how far it is. ALTCHA's own widget would bring its own styles and workers past our policy, and
//! a button to press.

#[cfg(feature = "hydrate")]
mod solve;

use leptos::{prelude::*, server_fn::codec::Json};
use model::captcha::{Challenge, FIELD};

use crate::{
    answer::{Answer, problem_at},
    failure::Failure,
    reading::{Content, read_blocking},
};

/// What is to be solved; `None` where this installation asks for nothing.
#[server(prefix = "/fn", endpoint = "captcha", input = Json)]
pub async fn read_challenge() -> Result<Option<Challenge>, Failure> {
    use crate::caller;
    use model::roles::{Action, Relation};
    let actor = caller::actor()?;
    actor.require(Action::SeeAll, Relation::None)?;
    let handles = caller::handles();
    if !handles.site.captcha {
        return Ok(None);
    }
    Ok(Some(handles.store.captcha_challenge(&actor).await?))
}

/// The captcha of a form whose answer this is: a hidden control `captcha`, what is said about it, and its error.
#[component]
pub fn Captcha(answer: Answer) -> impl IntoView {
    let challenge = read_blocking(|| (), |()| read_challenge());
    let solution = RwSignal::new(String::new());
    // A refused form may have used it up.
    Effect::new(move || {
        if answer.with(|answer| matches!(answer, Some(Err(_)))) {
            renew(challenge, solution);
        }
    });
    let error = problem_at(answer, FIELD);
    view! {
        <Transition>
            {move || Suspend::new(async move {
                match challenge.await {
                    Ok(Some(now)) => {
                        let again = Callback::new(move |()| renew(challenge, solution));
                        Some(view! { <Line challenge=now solution error again/> }.into_any())
                    }
                    Ok(None) => None,
                    Err(Failure(refusal)) => Some(view! { <p class="error" role="alert">{refusal.to_string()}</p> }.into_any()),
                }
            })}
        </Transition>
    }
}

fn renew(challenge: Content<Result<Option<Challenge>, Failure>>, solution: RwSignal<String>) {
    solution.set(String::new());
    challenge.refetch();
}

#[component]
fn Line(
    challenge: Challenge,
    solution: RwSignal<String>,
    error: Signal<Option<model::Problem>>,
    again: Callback<()>,
) -> impl IntoView {
    work(challenge, solution, again);
    let is_solved = move || !solution.with(String::is_empty);
    view! {
        <div class="captcha" class:solved=is_solved>
            <input type="hidden" name=FIELD value=move || solution.get()/>
            <p role="status">
                {move || if is_solved() { "Checked: this is no script." } else { "Checking that this is no script…" }}
            </p>
            <noscript inner_html="<p class=\"hint\">This check needs JavaScript.</p>"></noscript>
            {move || error.get().map(|problem| view! { <p class="error" id="captcha-error" role="alert">{problem.to_string()}</p> })}
        </div>
    }
}

/// Solves it in the browser, in small pieces; `again` is run before it expires.
fn work(challenge: Challenge, solution: RwSignal<String>, again: Callback<()>) {
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        let challenge = challenge.clone();
        if let Ok(waiting) = set_timeout_with_handle(move || again.run(()), solve::GOOD_FOR) {
            on_cleanup(move || waiting.clear());
        }
        leptos::task::spawn_local(async move {
            if let Some(solved) = solve::solve(&challenge, || solution.is_disposed()).await {
                let _ = solution.try_set(solved);
            }
        });
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = (challenge, solution, again);
}
