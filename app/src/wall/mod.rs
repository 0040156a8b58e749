//! The NOC wall (DOMAIN F): every monitor of every customer on one screen, live. The server sends the bar and an empty canvas;
//! the browser fills both.

#[cfg(any(feature = "hydrate", test))]
mod alarm;
mod attention;
mod chime;
mod facts;
mod far;
mod filter;
mod incidents;
mod kiosk;
mod pick;
mod pointer;
mod replay;
pub(crate) mod source;
mod table;

#[cfg(feature = "hydrate")]
mod canvas;
#[cfg(feature = "hydrate")]
pub(crate) mod feed;
#[cfg(feature = "hydrate")]
mod frames;
#[cfg(feature = "hydrate")]
mod get;
#[cfg(feature = "hydrate")]
mod gist;
#[cfg(feature = "hydrate")]
mod glide;
#[cfg(feature = "hydrate")]
mod listener;
#[cfg(feature = "hydrate")]
mod paint;
#[cfg(feature = "hydrate")]
mod projector;
#[cfg(feature = "hydrate")]
mod roller;
#[cfg(feature = "hydrate")]
mod size;
#[cfg(feature = "hydrate")]
mod stream;
#[cfg(feature = "hydrate")]
mod strip;
#[cfg(feature = "hydrate")]
mod tabs;
#[cfg(feature = "hydrate")]
mod together;

use leptos::{html, prelude::*};
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_query_map},
};
use model::{
    Refusal, Status,
    kiosks::KioskWall,
    roles::{Action, Relation, may},
    roll::Roll,
    users::Me,
};

pub use facts::Link;
pub use kiosk::{KioskOverPage, KioskPage};

use crate::{
    jump::Jump,
    reading::{Content, read_blocking},
    shell::{Myself, Refused, RefusedProps, read_myself, switch_theme},
    ui::{Empty, Glyph, Icon, Mark, grouped, renew_by_itself},
};
use chime::ChimeButton;
use facts::{Facts, Screen};
use far::FarSide;
use filter::Filter;
use incidents::IncidentStrip;
use pick::customer_pick;
use pointer::Pointer;
use replay::{Replay, ReplayBar, Unshown};
use source::Source;
use table::{Asked, Table, other_way, read_roll};

/// The wall for those who may see all customers, and why not for others (DOMAIN F6).
#[component]
pub fn WallPage() -> impl IntoView {
    let Myself(me) = read_myself();
    let first = first_page();
    let page = move || {
        Suspend::new(async move {
            match me.await {
                Ok(me) if may(me.role, Action::SeeAll, Relation::None) => {
                    let (host, screen) = (Host::Staff(me), Screen::new(Source::Staff));
                    view! { <Wall host screen first=first.await/> }.into_any()
                }
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

/// The page of the table that the server makes, where the address asks for one.
fn first_page() -> Content<Option<Roll>> {
    let query = use_query_map();
    let asked = Asked::read();
    read_blocking(
        || (),
        move |()| {
            let Asked { as_table, sorting, page, at, .. } = asked.get_untracked();
            let value = |name| query.with_untracked(|query| query.get(name).unwrap_or_default());
            let (status, customer, incident) = (value("status"), value("customer"), value("incident"));
            async move {
                // What the server knows by heart is the present.
                if !as_table || at.is_some() {
                    return None;
                }
                read_roll(status, customer, incident, sorting.column.slug().to_owned(), sorting.descending, page).await.ok()
            }
        },
    )
}

/// The filter as it stands in the URL, and the way to change it there.
#[derive(Debug, Clone, Copy)]
struct Filtering {
    now: Memo<Filter>,
    change: Callback<Filter>,
}

fn use_filter(screen: Screen) -> Filtering {
    let query = use_query_map();
    let path = use_location().pathname;
    let navigate = use_navigate();
    let asked = Asked::read();
    let now = Memo::new(move |_| {
        let is_past = asked.read().at.is_some();
        let filter = query.with(|query| {
            // Incidents are of the present: no past is filtered by one.
            let incident = query.get_str("incident").filter(|_| !is_past && screen.source == Source::Staff);
            Filter::parse(query.get_str("status"), query.get_str("customer")).of_incident(incident)
        });
        incidents::resolve(filter, screen)
    });
    let change = Callback::new(move |filter: Filter| {
        let (path, query) = (path.get_untracked(), asked.get_untracked().query(&filter.query()));
        let address = if query.is_empty() { path } else { format!("{path}?{query}") };
        navigate(&address, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
    });
    Filtering { now, change }
}

/// Before whom the wall stands.
#[derive(Debug, Clone)]
enum Host {
    Staff(Me),
    Kiosk(KioskWall),
}

impl Host {
    const fn demo(&self) -> bool {
        match self {
            Self::Staff(me) => me.demo,
            Self::Kiosk(kiosk) => kiosk.demo,
        }
    }
}

/// `first` is the page of the table that the server has made.
#[component]
fn Wall(host: Host, screen: Screen, first: Option<Roll>) -> impl IntoView {
    let filtering = use_filter(screen);
    let is_kiosk = screen.source == Source::Kiosk;
    let asked = Asked::read();
    // A table leads to each monitor, and a kiosk is of now.
    let asked = Memo::new(move |_| {
        let asked = asked.get();
        if is_kiosk { Asked { as_table: false, at: None, ..asked } } else { asked }
    });
    let as_table = Memo::new(move |_| asked.read().as_table);
    let far = Memo::new(move |_| asked.read().far && !asked.read().as_table);
    let replay = Replay::new(asked, filtering, screen);
    // Nobody stands before a wall to press a button.
    renew_by_itself(Signal::derive(move || screen.facts.read().new_build));
    if let Some(Roll { counts, stale, total, matching, .. }) = first {
        screen.facts.set(Facts { ready: true, counts, stale, total, matching, drawn: matching, ..Facts::default() });
        screen.down.set(counts[0]);
    }
    // What is made once is shown once: later the board knows better.
    let first = StoredValue::new(first);
    let shown = move || {
        // The past and the present are drawn from boards of their own.
        replay.is_on.track();
        if as_table.get() {
            let first = first.try_update_value(Option::take).flatten();
            view! { <Table filtering screen asked replay first/> }.into_any()
        } else {
            view! { <Tiles filtering asked far replay screen/> }.into_any()
        }
    };
    attention::attend(screen);
    // A kiosk is always on, and often full screen by its browser's own doing, which a page is not told.
    let shelter = attention::shelter(Memo::new(move |_| is_kiosk || far.get()));
    view! {
        <Title text=move || if replay.is_on.get() { "Replay: NOC wall".to_owned() } else { attention::title(screen.down.get()) }/>
        <main class="wall" class:past=move || replay.is_on.get() style:padding=move || shelter.get()>
            <Bar screen filtering asked host/>
            // Incidents are of now.
            {move || (!replay.is_on.get()).then(|| view! { <IncidentStrip screen filtering asked far/> })}
            <div class="canvas" class:old=move || screen.facts.read().is_lost() class:far=move || far.get()>
                {shown}
                {move || nothing(screen, filtering)}
                <Unshown replay/>
            </div>
            {move || replay.is_on.get().then(|| view! { <ReplayBar replay/> })}
            <p class="unseen" role="status">{move || screen.summary.get()}</p>
            <p class="unseen" role="status">{move || screen.said.get()}</p>
        </main>
    }
}

#[component]
fn Tiles(filtering: Filtering, asked: Memo<Asked>, far: Memo<bool>, replay: Replay, screen: Screen) -> impl IntoView {
    let canvas = NodeRef::<html::Canvas>::new();
    #[cfg(feature = "hydrate")]
    canvas::mount(canvas, filtering.now, asked, replay, screen);
    #[cfg(not(feature = "hydrate"))]
    let _ = replay;
    let pointed_once = Memo::new(move |before| before == Some(&true) || screen.tip.read().is_some());
    view! {
        {move || far.get().then(|| view! { <FarSide screen filtering asked/> })}
        <canvas
            node_ref=canvas
            tabindex="0"
            role="application"
            aria-roledescription="wall of monitors"
            aria-label=move || {
                let opens = if screen.source == Source::Kiosk { "" } else { ", Enter opens" };
                format!("All monitors. {} Arrow keys move from tile to tile{opens}.", screen.facts.read().sentence())
            }
        ></canvas>
        {move || pointed_once.get().then(|| view! { <Pointer tip=screen.tip/> })}
        <p class="banner info no-script">
            "The wall draws itself in the browser and needs JavaScript. "
            {(screen.source == Source::Staff).then(|| view! { <a href="/wall?as=table">"The same as a table"</a>" works without." })}
        </p>
    }
}

#[component]
fn Bar(screen: Screen, filtering: Filtering, asked: Memo<Asked>, host: Host) -> impl IntoView {
    // A figure that changes every second must not draw the chip anew, which is said aloud when it appears.
    let link = Memo::new(move |_| if screen.past.get() { Link::Past } else { screen.facts.read().link });
    let demo = host.demo();
    let (brand, ways_out) = match host {
        Host::Staff(me) => (
            view! { <a class="brand" href="/" title="Back to Home" aria-label="Back to Home"><span class="moon"></span></a> }
                .into_any(),
            Some(view! { {replay::way(filtering, asked)}{other_way_link(filtering, asked)}<Jump me is_app=false/> }),
        ),
        Host::Kiosk(_) => (view! { <span class="brand"><span class="moon"></span></span> }.into_any(), None),
    };
    view! {
        <header class="wbar">
            {brand}
            <h1>"NOC wall"</h1>
            {demo.then(|| view! { <span class="chip" title="Customers and statuses here are simulated.">"Demonstration"</span> })}
            <Legend screen filtering/>
            <div class="right">
                {move || stale(screen)}
                {move || chip(link.get(), screen)}
                {move || screen.facts.read().new_build.then(reload)}
                {customer_pick(filtering, screen.choices)}
                {ways(filtering, asked)}
                {ways_out}
                <ChimeButton screen/>
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

/// How the tiles are shown: links that lead to the one or back.
fn ways(filtering: Filtering, asked: Memo<Asked>) -> impl IntoView {
    let here = use_location().pathname;
    let link = move |glyph, word: &'static str, title: &'static str, is_on: fn(&Asked) -> bool, turn: fn(Asked) -> Asked| {
        let href = move || turn(asked.get()).address_at(&here.read(), &filtering.now.read().query());
        let current = move || is_on(&asked.read()).then_some("true");
        view! { <a class="btn" href=href title=title aria-current=current><Icon glyph/><span class="label">{word}</span></a> }
    };
    let worst = link(
        Glyph::Worst,
        "Worst first",
        "The worst first, instead of by customer",
        |asked| asked.by_severity,
        |asked| Asked { by_severity: !asked.by_severity, ..asked },
    );
    let far = link(
        Glyph::Far,
        "Five metres",
        "What is wrong, large enough for five metres",
        |asked| asked.far,
        |asked| Asked { far: !asked.far, ..asked },
    );
    let is_table = Memo::new(move |_| asked.read().as_table);
    view! { <span class="ways" hidden=move || is_table.get()>{worst}{far}</span> }
}

/// To the table and back to the tiles.
fn other_way_link(filtering: Filtering, asked: Memo<Asked>) -> impl IntoView {
    let href = other_way(filtering, asked);
    move || {
        let (glyph, word) = if asked.read().as_table { (Glyph::Wall, "Tiles") } else { (Glyph::Table, "Table") };
        view! { <a class="btn" href=href.clone()><Icon glyph/><span class="label">{word}</span></a> }
    }
}

/// How long the canary is on its way (DOMAIN F15).
fn delay(screen: Screen) -> Option<String> {
    let ms = screen.facts.read().delay_ms?;
    Some(if ms < 1_000 { format!(" · {ms} ms") } else { format!(" · {} s", ms / 1_000) })
}

fn chip(link: Link, screen: Screen) -> impl IntoView {
    match link {
        Link::Connecting => view! { <span class="chip connecting">"Connecting…"</span> }.into_any(),
        Link::Live => {
            let about = "Every second a test message goes the way of a verdict, through the queue and the database to this screen's stream. It took so long.";
            let title = move || match screen.facts.read().misfits {
                0 => about.to_owned(),
                misfits => format!("{about} Frames that could not be read, so that everything was read anew: {misfits}."),
            };
            view! { <span class="chip live num" title=title><Mark status=Status::Up/><span>"Live"{move || delay(screen)}</span></span> }.into_any()
        }
        Link::Past => view! { <span class="chip">"Not live"</span> }.into_any(),
        Link::Lost { since } => {
            view! { <span class="chip lost" role="alert"><Icon glyph=Glyph::Warning/>{format!("Link lost, data from {}", local_time(since))}</span> }
                .into_any()
        }
        // The screen says it.
        Link::Over => ().into_any(),
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
    if facts.total == 0 && screen.source == Source::Kiosk {
        return Some(
            view! { <Empty title="No monitors yet" text="As soon as there is one to show, it stands here."/> }.into_any(),
        );
    }
    if facts.total == 0 && screen.past.get() {
        return Some(
            view! { <Empty title="Nothing was here yet" text="At this moment no monitor stood on the wall. Move on to a later one."></Empty> }
                .into_any(),
        );
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
    let is_over = filtering.now.read().incident().is_some();
    if is_over && screen.incidents.read().is_none() {
        return None;
    }
    if facts.matching == 0 && (is_over || filtering.now.read().by_status() || filtering.now.read().by_customer()) {
        let (title, text) = if is_over {
            ("Nothing of this incident here", "It is over, or nothing of it matches the other filters.")
        } else {
            ("Nothing here right now", "No monitor matches this filter at the moment. It fills by itself as soon as one does.")
        };
        return Some(
            view! {
                <Empty title text>
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
