//! What a form was answered, and what the page makes of it: it goes on, or shows what is wrong.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use model::{Problem, Refusal};

use crate::{
    failure::Failure,
    shell::Myself,
    ui::{Banner, BannerKind},
};

/// Where a form leads, or why not; `None` before the first answer.
pub type Answer = Signal<Option<Result<String, Failure>>>;

/// What is read beside a page, where it comes in time: a connection can die without a word, and who waits for it for ever asks no more.
pub(crate) async fn in_time<T>(answer: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    #[cfg(feature = "hydrate")]
    {
        use std::{future::poll_fn, pin::pin, task::Poll};
        const MOST: u32 = 30_000;
        let (mut answer, mut late) = (pin!(answer), pin!(gloo_timers::future::TimeoutFuture::new(MOST)));
        poll_fn(|context| match answer.as_mut().poll(context) {
            Poll::Pending => late.as_mut().poll(context).map(|()| Err(Failure(Refusal::NoAnswer))),
            there @ Poll::Ready(_) => there,
        })
        .await
    }
    #[cfg(not(feature = "hydrate"))]
    answer.await
}

/// What the answer says at `field`.
#[must_use]
pub fn problem_at(answer: Answer, field: &'static str) -> Signal<Option<Problem>> {
    Signal::derive(move || answer.with(|answer| answer.as_ref()?.as_ref().err()?.0.at(field)))
}

/// Why the form was refused.
#[must_use]
pub fn refusal_of(answer: Answer) -> Signal<Option<Refusal>> {
    Signal::derive(move || answer.with(|answer| Some(answer.as_ref()?.as_ref().err()?.0.clone())))
}

/// The same where the fields do not say it themselves.
#[must_use]
pub fn refusal_beside_fields(answer: Answer) -> Signal<Option<Refusal>> {
    let refusal = refusal_of(answer);
    Signal::derive(move || refusal.get().filter(|refusal| !matches!(refusal, Refusal::Invalid(_))))
}

/// Goes where the answer leads: on to its path, or to the first thing that it says is wrong.
pub fn follow(answer: Answer) {
    let Myself(me) = expect_context();
    let navigate = use_navigate();
    Effect::new(move || match answer.get() {
        Some(Ok(path)) => {
            // The dock counts customers and monitors.
            me.refetch();
            navigate(&path, NavigateOptions::default());
        }
        Some(Err(_)) => show_what_is_wrong(),
        None => {}
    });
}

/// Runs `read_anew` each time something was done.
pub fn read_anew_after(answer: Answer, read_anew: impl Fn() + 'static) {
    Effect::new(move || {
        if answer.with(|answer| matches!(answer, Some(Ok(_)))) {
            read_anew();
        }
    });
}

/// The same as [`follow`] for a form beside its list: the page is loaded anew, so that the list is right and the form begins empty.
pub fn load_after(answer: Answer) {
    Effect::new(move || match answer.get() {
        Some(Ok(path)) => crate::sign_in::load(&path),
        Some(Err(_)) => show_what_is_wrong(),
        None => {}
    });
}

/// What a form's answer says about the whole of it. After a conflict it leads to `again`, where the other person's changes are.
#[component]
pub fn Said(answer: Answer, again: String) -> impl IntoView {
    let refusal = refusal_beside_fields(answer);
    move || {
        let refusal = refusal.get()?;
        let reload = (refusal == Refusal::Conflict).then(|| again.clone());
        let reload = reload.map(|href| view! { " "<a href=href rel="external">"Reload, and lose what you typed"</a> });
        Some(view! { <Banner kind=BannerKind::Error>{refusal.to_string()}{reload}</Banner> })
    }
}

/// Brings the first field with an error, or else the banner, to where the person looks. Waits a frame: the errors of this answer
/// are not drawn yet.
fn show_what_is_wrong() {
    #[cfg(feature = "hydrate")]
    request_animation_frame(|| {
        use wasm_bindgen::JsCast;
        let find = |selector| document().query_selector(selector).ok().flatten();
        if let Some(field) = find("form [aria-invalid='true']").and_then(|field| field.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = field.focus();
        } else if let Some(banner) = find("form .banner") {
            banner.scroll_into_view();
        }
    });
}

/// What was typed into this page's form before it was sent without JavaScript and refused. Only the server knows; in the browser
/// each field reads itself from the page.
#[must_use]
pub fn typed_before<T: serde::de::DeserializeOwned>() -> Option<T> {
    #[cfg(feature = "ssr")]
    return crate::caller::kept_typed();
    #[cfg(not(feature = "ssr"))]
    None
}
