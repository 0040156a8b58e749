//! News at the edge of the page: what was just done, and the way back where there is one. It goes by itself; what went wrong
//! stays until it is closed.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use leptos::prelude::*;
use model::Refusal;

use super::{Banner, BannerKind, Glyph, Icon};
use crate::failure::Failure;

/// How long one stays, once nobody points at it.
const STAYS: Duration = Duration::from_secs(8);

/// Takes back what was done. What to say then.
type Undo = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<String, Failure>> + Send>> + Send + Sync>;

#[derive(Clone)]
struct Toast {
    id: u32,
    text: String,
    undo: Option<Undo>,
    /// Why it could not be done, or not be taken back.
    refusal: Option<Refusal>,
}

/// What is shown now; the app has one of these in its context.
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    last: StoredValue<u32>,
    undone: RwSignal<u32>,
}

impl std::fmt::Debug for Toasts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Toasts").finish_non_exhaustive()
    }
}

impl Toasts {
    /// Puts them into the context.
    pub fn provide() {
        provide_context(Self { shown: RwSignal::default(), last: StoredValue::new(0), undone: RwSignal::default() });
    }

    /// Says that something was done, and offers to take it back by `undo`, which answers what to say then.
    pub fn offer<F>(self, text: String, undo: impl Fn() -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<String, Failure>> + Send + 'static,
    {
        self.show(text, Some(Arc::new(move || Box::pin(undo()))), None);
    }

    /// Says that something was done which cannot be taken back.
    pub fn say(self, text: String) {
        self.show(text, None, None);
    }

    /// Says what was not done, and why, until it is closed.
    pub fn say_refused(self, text: String, refusal: Refusal) {
        self.show(text, None, Some(refusal));
    }

    /// Counts what was taken back: a page that shows what it was about reads itself anew.
    pub fn follow_undone(self, read_anew: impl Fn() + 'static) {
        Effect::new(move |before: Option<u32>| {
            let undone = self.undone.get();
            if before.is_some_and(|before| before != undone) {
                read_anew();
            }
            undone
        });
    }

    fn show(self, text: String, undo: Option<Undo>, refusal: Option<Refusal>) {
        let Some(id) = self.last.try_update_value(|last| {
            *last = last.wrapping_add(1);
            *last
        }) else {
            return;
        };
        self.shown.update(|shown| shown.push(Toast { id, text, undo, refusal }));
    }

    fn close(self, id: u32) {
        let _ = self.shown.try_update(|shown| shown.retain(|toast| toast.id != id));
    }

    fn take_back(self, id: u32, undo: &Undo) {
        let done = undo();
        leptos::task::spawn_local(async move {
            let answer = done.await;
            self.close(id);
            match answer {
                Ok(text) => {
                    self.show(text, None, None);
                    self.undone.update(|undone| *undone += 1);
                }
                Err(Failure(refusal)) => self.show("It could not be undone.".into(), None, Some(refusal)),
            }
        });
    }
}

/// Where they are shown: once, in the app.
#[component]
pub fn ToastList() -> impl IntoView {
    let toasts: Toasts = expect_context();
    view! {
        <div class="toasts" role="status" aria-live="polite" aria-label="What was just done">
            <For each=move || toasts.shown.get() key=|toast| toast.id let:toast>
                {match toast.refusal.clone() {
                    Some(refusal) => view! { <Failed toast refusal/> }.into_any(),
                    None => view! { <Done toast/> }.into_any(),
                }}
            </For>
        </div>
    }
}

#[component]
fn Done(toast: Toast) -> impl IntoView {
    let toasts: Toasts = expect_context();
    let Toast { id, text, undo, .. } = toast;
    // A clock that was begun before somebody pointed at it says nothing any more.
    let round = StoredValue::new(0u32);
    let hold = move || {
        let _ = round.try_update_value(|round| *round = round.wrapping_add(1));
    };
    let let_go = move || {
        hold();
        let now = round.try_get_value();
        let close = move || {
            if now.is_some() && round.try_get_value() == now {
                toasts.close(id);
            }
        };
        set_timeout(close, STAYS);
    };
    Effect::new(let_go);
    let is_busy = RwSignal::new(false);
    let button = undo.map(|undo| {
        let take_back = move |_| {
            is_busy.set(true);
            hold();
            toasts.take_back(id, &undo);
        };
        view! { <button type="button" class="btn small" disabled=is_busy on:click=take_back>"Undo"</button> }
    });
    view! {
        <div class="toast" on:mouseenter=move |_| hold() on:mouseleave=move |_| let_go() on:focusin=move |_| hold() on:focusout=move |_| let_go()>
            <p>{text}</p>
            {button}
            <Close id/>
        </div>
    }
}

#[component]
fn Failed(toast: Toast, refusal: Refusal) -> impl IntoView {
    view! {
        <div class="toast failed">
            <Banner kind=BannerKind::Error><b>{toast.text}</b>" "{refusal.to_string()}</Banner>
            <Close id=toast.id/>
        </div>
    }
}

#[component]
fn Close(id: u32) -> impl IntoView {
    let toasts: Toasts = expect_context();
    view! {
        <button type="button" class="btn quiet small" aria-label="Close" title="Close" on:click=move |_| toasts.close(id)>
            <Icon glyph=Glyph::Close/>
        </button>
    }
}
