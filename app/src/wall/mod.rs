//! The NOC wall (DOMAIN F): every monitor of every customer on one screen, live. The server sends the bar and an empty canvas;
//! the browser fills both.

mod facts;
mod filter;
mod pick;

#[cfg(feature = "hydrate")]
mod canvas;
#[cfg(feature = "hydrate")]
pub(crate) mod feed;
#[cfg(feature = "hydrate")]
mod listener;
#[cfg(feature = "hydrate")]
mod paint;

use leptos::{html, prelude::*};
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_query_map},
};
use model::{
    Refusal, Status,
    roles::{Action, Relation, may},
};

pub use facts::Link;

use crate::{
    shell::{Myself, Refused, RefusedProps, read_myself, switch_theme},
    ui::{Empty, Glyph, Icon, Mark, grouped},
};
use facts::{Screen, Tip};
use filter::Filter;
use pick::customer_pick;

/// The wall for those who may see all customers, and why not for others (DOMAIN F6).
#[component]
pub fn WallPage() -> impl IntoView {
    let Myself(me) = read_myself();
    let page = move || {
        Suspend::new(async move {
            match me.await {
                Ok(me) if may(me.role, Action::SeeAll, Relation::None) => view! { <Wall demo=me.demo/> }.into_any(),
                Ok(_) => Refused(RefusedProps { refusal: Refusal::Forbidden }).into_any(),
                Err(failure) => Refused(RefusedProps { refusal: failure.0 }).into_any(),
            }
        })
    };
    view! {
        <Title text="NOC wall"/>
        <Suspense>{page}</Suspense>
    }
}

/// The filter as it stands in the URL, and the way to change it there.
#[derive(Debug, Clone, Copy)]
struct Filtering {
    now: Memo<Filter>,
    change: Callback<Filter>,
}

fn use_filter() -> Filtering {
    let query = use_query_map();
    let path = use_location().pathname;
    let navigate = use_navigate();
    let now = Memo::new(move |_| query.with(|query| Filter::parse(query.get_str("status"), query.get_str("customer"))));
    let change = Callback::new(move |filter: Filter| {
        let (path, query) = (path.get_untracked(), filter.query());
        let address = if query.is_empty() { path } else { format!("{path}?{query}") };
        navigate(&address, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
    });
    Filtering { now, change }
}

#[component]
fn Wall(demo: bool) -> impl IntoView {
    let filtering = use_filter();
    let screen = Screen::new();
    let canvas = NodeRef::<html::Canvas>::new();
    #[cfg(feature = "hydrate")]
    canvas::mount(canvas, filtering.now, screen);
    view! {
        <main class="wall">
            <Bar screen filtering demo/>
            <div class="canvas" class:old=move || matches!(screen.facts.read().link, Link::Lost { .. })>
                <canvas
                    node_ref=canvas
                    tabindex="0"
                    role="application"
                    aria-roledescription="wall of monitors"
                    aria-label=move || format!("All monitors. {} Arrow keys move from tile to tile, Enter opens.", screen.facts.read().sentence())
                ></canvas>
                {move || screen.tip.get().map(pointer)}
                {move || nothing(screen, filtering)}
                <p class="banner info no-script">
                    "The wall draws itself in the browser and needs JavaScript. "<a href="/">"Customer health"</a>" works without."
                </p>
            </div>
            <p class="unseen" role="status">{move || screen.summary.get()}</p>
            <p class="unseen" role="status">{move || screen.said.get()}</p>
        </main>
    }
}

#[component]
fn Bar(screen: Screen, filtering: Filtering, demo: bool) -> impl IntoView {
    view! {
        <header class="wbar">
            <a class="brand" href="/" title="Back to Home" aria-label="Back to Home"><span class="moon"></span></a>
            <h1>"NOC wall"</h1>
            {demo.then(|| view! { <span class="chip" title="Customers and statuses here are simulated.">"Demonstration"</span> })}
            <Legend screen filtering/>
            <div class="right">
                {move || stale(screen)}
                {move || chip(screen.facts.read().link)}
                {move || screen.facts.read().new_build.then(reload)}
                {customer_pick(filtering, screen.choices)}
                <button type="button" class="btn" title="Light or dark" aria-label="Switch between light and dark" on:click=move |_| switch_theme()>
                    <Icon glyph=Glyph::Moon/>
                </button>
                <button type="button" class="btn" on:click=move |_| switch_full_screen()>
                    <Icon glyph=Glyph::FullScreen/><span class="label">"Full screen"</span>
                </button>
            </div>
        </header>
    }
}

/// The seven statuses with their counts: what a colour means, and the status filter. None pressed shows all.
#[component]
fn Legend(screen: Screen, filtering: Filtering) -> impl IntoView {
    let entry = move |status: Status| {
        let count = move || {
            let facts = screen.facts.read();
            if facts.ready { grouped(facts.counts[usize::from(status.code())]) } else { "–".to_owned() }
        };
        view! {
            <button
                type="button"
                data-status=status.slug()
                aria-pressed=move || filtering.now.read().is_chosen(status).to_string()
                on:click=move |_| filtering.change.run(filtering.now.get_untracked().toggle(status))
            >
                <Mark status/>{status.label()}" "<b>{count}</b>
            </button>
        }
    };
    view! { <div class="legend num" role="group" aria-label="Show by status">{Status::ALL.map(entry).into_iter().collect_view()}</div> }
}

fn stale(screen: Screen) -> Option<impl IntoView> {
    let count = screen.facts.read().stale;
    (count > 0).then(|| {
        view! { <span class="chip num" title="No verdict for three intervals: these tiles are faded">"Stale "<b>{grouped(count)}</b></span> }
    })
}

fn chip(link: Link) -> impl IntoView {
    match link {
        Link::Connecting => view! { <span class="chip">"Connecting…"</span> }.into_any(),
        Link::Live => view! { <span class="chip live"><Mark status=Status::Up/>"Live"</span> }.into_any(),
        Link::Lost { since } => {
            view! { <span class="chip lost" role="alert"><Icon glyph=Glyph::Warning/>{format!("Link lost, data from {}", local_time(since))}</span> }
                .into_any()
        }
    }
}

fn reload() -> impl IntoView {
    view! { <a class="btn" href="" rel="external"><Icon glyph=Glyph::Sync/>"New version: reload"</a> }
}

/// Why there is no tile, or not every one.
fn nothing(screen: Screen, filtering: Filtering) -> Option<AnyView> {
    let facts = screen.facts.get();
    if !facts.ready {
        return None;
    }
    if facts.total == 0 {
        return Some(
            view! {
                <Empty title="No monitors yet" text="As soon as a customer has a monitor, it stands here.">
                    <a class="btn main" href="/customers" rel="external">"To the customers"</a>
                </Empty>
            }
            .into_any(),
        );
    }
    if facts.matching == 0 && (filtering.now.read().by_status() || filtering.now.read().by_customer()) {
        return Some(
            view! {
                <Empty title="Nothing here right now" text="No monitor matches this filter at the moment. It fills by itself as soon as one does.">
                    <button type="button" class="btn main" on:click=move |_| filtering.change.run(Filter::default())>"Show everything"</button>
                </Empty>
            }
            .into_any(),
        );
    }
    (facts.drawn < facts.matching && facts.drawn > 0).then(|| {
        let text = format!(
            "This screen has fewer pixels than there are monitors: the first {} of {} are shown.",
            grouped(facts.drawn),
            grouped(facts.matching)
        );
        view! { <p class="overflow" role="status">{text}</p> }.into_any()
    })
}

/// The frame around the tile that is pointed at, and what it says. Places go through the CSSOM: the page's policy drops `style`
/// attributes.
fn pointer(tip: Tip) -> impl IntoView {
    let Tip { status, name, customer, reason, taken, age, stale, tile, stage } = tip;
    let [left, top, width, height] = tile;
    let [stage_width, stage_height] = stage;
    let px = |pixels: f64| format!("{pixels:.1}px");
    let beside = |start: f64, length: f64, stage: f64, room: f64| {
        // Towards the side with more space, and never so far that it leaves the stage.
        let before = start + length / 2.0 > stage / 2.0;
        let away = if before { stage - start + 10.0 } else { start + length + 10.0 };
        let away = px(away.min(stage - room).max(8.0));
        if before { ("auto".to_owned(), away) } else { (away, "auto".to_owned()) }
    };
    let (tip_left, tip_right) = beside(left, width, stage_width, 300.0);
    let (tip_top, tip_bottom) = beside(top, height, stage_height, 120.0);
    let reason = (!reason.is_empty()).then(|| view! { <p class="reason">{reason}</p> });
    let taken = (!taken.is_empty()).then(|| view! { <p class="taken">"taken by "<b>{taken}</b></p> });
    let stale = stale.then(|| view! { <p class="quiet">"Stale: no verdict for three intervals."</p> });
    view! {
        <div class="cursor" style:left=px(left) style:top=px(top) style:width=px(width) style:height=px(height)></div>
        <div class="tip" role="tooltip" style:left=tip_left style:right=tip_right style:top=tip_top style:bottom=tip_bottom>
            <div class="top"><Mark status label=true/><b>{name}</b><span class="quiet num">{age}</span></div>
            <p class="quiet">{customer}</p>
            {reason}
            {taken}
            {stale}
        </div>
    }
}

/// The hour and minute where the reader is; with the date where it is not today's.
fn local_time(at: i64) -> String {
    #[cfg(feature = "hydrate")]
    {
        let at = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at as f64));
        let time = format!("{:02}:{:02}", at.get_hours(), at.get_minutes());
        let (date, today) = (String::from(at.to_date_string()), String::from(js_sys::Date::new_0().to_date_string()));
        if date == today { time } else { format!("{date}, {time}") }
    }
    #[cfg(not(feature = "hydrate"))]
    crate::ui::utc(at)
}

fn switch_full_screen() {
    #[cfg(feature = "hydrate")]
    {
        let document = document();
        if document.fullscreen_element().is_some() {
            document.exit_fullscreen();
        } else if let Some(root) = document.document_element() {
            let _ = root.request_fullscreen();
        }
    }
}
