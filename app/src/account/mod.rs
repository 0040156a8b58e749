//! One's own account (DOMAIN C6): password, second factor, sessions. For every role.

mod calls;
mod page;
#[cfg(feature = "ssr")]
mod qr;
mod recovery;
mod second_factor;
mod sessions;

pub use page::AccountPage;
pub use recovery::RecoveryCodesPage;
pub use second_factor::SecondFactorPage;

use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    answer::{Answer, problem_at, refusal_beside_fields},
    reading::Content,
    ui::{Banner, BannerKind, TextField},
};

/// Reads the page's content anew each time that `answer` says it was changed.
fn reread<T>(content: Content<T>, answer: Answer)
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    Effect::new(move || {
        if answer.with(|answer| matches!(answer, Some(Ok(_)))) {
            content.refetch();
        }
    });
}

/// The way back from the pages below the account's.
#[component]
fn Crumbs() -> impl IntoView {
    view! { <nav class="crumbs" aria-label="Where you are"><a href="/account">"Your account"</a></nav> }
}

/// What was refused about a whole form.
#[component]
fn Whole(answer: Answer) -> impl IntoView {
    let refusal = refusal_beside_fields(answer);
    move || refusal.get().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })
}

/// The password once more, so that nobody changes this at a browser that was left open.
#[component]
fn Proof(answer: Answer) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    view! {
        <TextField name="password" label="Your password" kind="password" autocomplete="current-password" required=true
            value=typed on_change=Callback::new(move |text| typed.set(text)) error=problem_at(answer, "password")/>
    }
}
