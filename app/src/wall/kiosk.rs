//! The wall of a kiosk link (DOMAIN F10): the same canvas without a way to anything else, and what it says once the link has ended.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{Refusal, kiosks::KioskWall};

use super::{
    Host, Wall,
    facts::{Link, Screen},
    source::Source,
};
use crate::{
    failure::Failure,
    reading::read_blocking,
    shell::{Refused, RefusedProps},
    ui::RefusalView,
};

/// What the screen of a link needs to know beside the board. Only the page itself is told, while the server makes it.
#[server(prefix = "/fn", endpoint = "kiosk")]
#[allow(clippy::unused_async, reason = "a server function is async, whatever it waits for")]
pub async fn read_kiosk() -> Result<KioskWall, Failure> {
    let actor = crate::caller::kiosk()?;
    Ok(KioskWall { demo: actor.kiosk().is_some_and(|kiosk| kiosk.demo) })
}

/// The page behind a link.
#[component]
pub fn KioskPage() -> impl IntoView {
    let kiosk = read_blocking(|| (), |()| read_kiosk());
    let page = move || {
        Suspend::new(async move {
            match kiosk.await {
                Ok(kiosk) => view! { <KioskScreen kiosk/> }.into_any(),
                Err(Failure(Refusal::KioskOver)) => view! { <Over/> }.into_any(),
                Err(Failure(refusal)) => Refused(RefusedProps { refusal }).into_any(),
            }
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

/// Where a link leads that is none.
#[component]
pub fn KioskOverPage() -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::caller::set_status(Refusal::KioskOver.http_status());
    view! { <Over/> }
}

#[component]
fn KioskScreen(kiosk: KioskWall) -> impl IntoView {
    let screen = Screen::new(Source::Kiosk);
    let is_over = Memo::new(move |_| screen.facts.read().link == Link::Over);
    let host = Host::Kiosk(kiosk);
    move || {
        if is_over.get() {
            view! { <Over/> }.into_any()
        } else {
            view! { <Wall host=host.clone() screen first=None/> }.into_any()
        }
    }
}

/// Nobody may be there to act on it: it says what is so, and leads nowhere.
#[component]
fn Over() -> impl IntoView {
    view! {
        <Title text="This link has ended"/>
        <main class="sign-in"><RefusalView refusal=Refusal::KioskOver/></main>
    }
}
