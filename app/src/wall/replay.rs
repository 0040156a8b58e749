//! The wall as it was (DOMAIN F12): the moment in the address, and the bar that it is sought with. What is shown comes from the
//! projector; nobody is called to the past by sound, title or icon.

#[cfg(feature = "hydrate")]
use std::rc::Rc;

use leptos::{ev, prelude::*};
#[cfg(feature = "hydrate")]
use leptos_router::{NavigateOptions, hooks::use_navigate};
use model::replay::{COLUMN_MS, Column, Moment, SETTLED_MS, Speed};

use super::{Filtering, facts::Screen, table::Asked};
#[cfg(feature = "hydrate")]
use super::{
    feed::{Change, LiveBoard},
    projector::Projector,
};
use crate::ui::{Glyph, Icon, iso};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// The moment that is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shown {
    /// UTC milliseconds.
    pub(super) at: i64,
    /// The server's time meanwhile.
    pub(super) now: i64,
}

/// The day under the bar.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Strip {
    /// Its first and last moment, UTC milliseconds.
    pub(super) from: i64,
    pub(super) to: i64,
    /// When the first column begins.
    pub(super) begins: i64,
    pub(super) columns: Vec<Column>,
    pub(super) known_from: i64,
}

/// The wall's replay, whether it is on or not.
#[derive(Clone, Copy)]
pub(super) struct Replay {
    asked: Memo<Asked>,
    filtering: Filtering,
    #[cfg(feature = "hydrate")]
    screen: Screen,
    pub(super) is_on: Memo<bool>,
    pub(super) shown: RwSignal<Shown>,
    /// `None` before it has come.
    pub(super) strip: RwSignal<Option<Strip>>,
    pub(super) plays: RwSignal<bool>,
    pub(super) speed: RwSignal<Speed>,
    /// The wall does not show the moment yet.
    pub(super) waits: RwSignal<bool>,
    /// Why the moment cannot be shown.
    pub(super) trouble: RwSignal<Option<String>>,
    pub(super) said: RwSignal<String>,
    #[cfg(feature = "hydrate")]
    projector: StoredValue<Option<Rc<Projector>>, LocalStorage>,
    /// What was last written into the address.
    #[cfg(feature = "hydrate")]
    written: StoredValue<Option<Moment>>,
    #[cfg(feature = "hydrate")]
    write: Callback<i64>,
}

impl Replay {
    pub(super) fn new(asked: Memo<Asked>, filtering: Filtering, screen: Screen) -> Self {
        let is_on = Memo::new(move |_| asked.read().at.is_some());
        // Said before the browser has asked anybody, and by the server too.
        let trouble = asked.with_untracked(|asked| asked.at.and_then(Result::err)).map(|why| why.to_string());
        #[cfg(feature = "hydrate")]
        let written = StoredValue::new(None);
        let replay = Self {
            asked,
            filtering,
            #[cfg(feature = "hydrate")]
            screen,
            is_on,
            shown: RwSignal::new(Shown::default()),
            strip: RwSignal::new(None),
            plays: RwSignal::new(false),
            speed: RwSignal::new(Speed::default()),
            waits: RwSignal::new(false),
            trouble: RwSignal::new(trouble),
            said: RwSignal::new(String::new()),
            #[cfg(feature = "hydrate")]
            projector: StoredValue::new_local(None),
            #[cfg(feature = "hydrate")]
            written,
            #[cfg(feature = "hydrate")]
            write: writer(asked, filtering, written),
        };
        screen.past.set(is_on.get_untracked());
        #[cfg(feature = "hydrate")]
        Effect::new(move || replay.follow_address());
        replay
    }

    /// To the moment, UTC milliseconds; no further than to an end of the bar.
    fn seek(self, at: i64) {
        #[cfg(feature = "hydrate")]
        self.projector().seek(at);
        #[cfg(not(feature = "hydrate"))]
        let _ = at;
    }

    fn switch(self) {
        #[cfg(feature = "hydrate")]
        if self.plays.get_untracked() { self.projector().pause() } else { self.projector().play() }
    }

    /// The moment goes into the address, so that it can be sent to somebody.
    pub(super) fn write_down(self) {
        #[cfg(feature = "hydrate")]
        self.write.run(self.shown.get_untracked().at);
    }

    /// The wall of now, with the same filter and order.
    fn present(self) -> String {
        Asked { at: None, ..self.asked.get() }.address(&self.filtering.now.read().query())
    }
}

#[cfg(feature = "hydrate")]
impl Replay {
    /// The board that is to be drawn: of the moment, or the live one.
    pub(super) fn watch(self, on: impl Fn(&LiveBoard, Change<'_>) + 'static) -> StoredValue<Rc<LiveBoard>, LocalStorage> {
        if !self.is_on.get_untracked() {
            return super::feed::watch(self.screen.source, on);
        }
        let live = LiveBoard::of_the_past(on);
        self.projector().show_on(&live);
        StoredValue::new_local(live)
    }

    fn projector(self) -> Rc<Projector> {
        let here = self.projector.try_update_value(|here| Rc::clone(here.get_or_insert_with(|| Projector::new(self))));
        here.unwrap_or_else(|| Projector::new(self))
    }

    fn follow_address(self) {
        let at = self.asked.read().at;
        if self.screen.past.get_untracked() != at.is_some() {
            // What is known of the one says nothing of the other.
            self.screen.past.set(at.is_some());
            self.screen.facts.set(super::Facts::default());
            self.screen.tip.set(None);
            self.screen.incidents.set(None);
            self.screen.far.set(super::facts::Far::default());
        }
        match at {
            None => {
                self.projector.set_value(None);
                self.written.set_value(None);
                self.plays.set(false);
                self.strip.set(None);
                self.trouble.set(None);
            }
            Some(Ok(moment)) if self.written.get_value() == Some(moment) => {}
            Some(moment) => {
                self.written.set_value(moment.ok());
                self.projector().ask(moment);
            }
        }
    }
}

#[cfg(feature = "hydrate")]
fn writer(asked: Memo<Asked>, filtering: Filtering, written: StoredValue<Option<Moment>>) -> Callback<i64> {
    let navigate = use_navigate();
    Callback::new(move |at: i64| {
        let moment = Moment::At(at.div_euclid(SECOND) * SECOND);
        let asked = asked.get_untracked();
        // Whoever has left for the present is not brought back.
        if asked.at.is_none() || asked.at == Some(Ok(moment)) {
            return;
        }
        written.set_value(Some(moment));
        let address = Asked { at: Some(Ok(moment)), ..asked }.address(&filtering.now.read_untracked().query());
        navigate(&address, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
    })
}

/// The way there from the wall of now, and back.
pub(super) fn way(filtering: Filtering, asked: Memo<Asked>) -> impl IntoView {
    let href = move || {
        let asked = asked.get();
        let at = if asked.at.is_some() { None } else { Some(Ok(Moment::Latest)) };
        Asked { at, ..asked }.address(&filtering.now.read().query())
    };
    let current = move || asked.read().at.is_some().then_some("true");
    view! {
        <a class="btn" href=href title="The wall at any moment of the last 24 hours" aria-current=current>
            <Icon glyph=Glyph::Replay/><span class="label">"Replay"</span>
        </a>
    }
}

/// Says why there is nothing to see.
#[component]
pub(super) fn Unshown(replay: Replay) -> impl IntoView {
    move || {
        let trouble = replay.trouble.get().filter(|_| replay.is_on.get())?;
        let latest = move || {
            let asked = Asked { at: Some(Ok(Moment::Latest)), ..replay.asked.get() };
            asked.address(&replay.filtering.now.read().query())
        };
        Some(view! {
            <div class="unshown" role="alert">
                <p>{trouble}</p>
                <p>
                    <a class="btn main" href=latest>"The newest moment"</a>
                    <a class="btn" href=move || replay.present()>"Back to live"</a>
                </p>
            </div>
        })
    }
}

/// The mark, the moment, the bar and what moves it.
#[component]
pub(super) fn ReplayBar(replay: Replay) -> impl IntoView {
    let speed = move |speed: Speed| {
        let (times, label) = (speed.times(), format!("{}×", speed.times()));
        view! {
            <button
                type="button"
                class="btn num"
                aria-pressed=move || (replay.speed.get() == speed).to_string()
                aria-label=format!("Play {times} times as fast as it was")
                on:click=move |_| replay.speed.set(speed)
            >
                {label}
            </button>
        }
    };
    let is_off = move || replay.strip.read().is_none();
    view! {
        <section class="replay" aria-label="Replay" data-waits=move || replay.waits.get().to_string()>
            <p
                class="mark-past"
                title="The wall as it was, as far as it is kept: a monitor that was deleted since is not shown, nor what was stale or taken"
            ><Icon glyph=Glyph::Replay/>"Replay"</p>
            <Told replay/>
            <TimeBar replay/>
            <div class="keys">
                <button type="button" class="btn" disabled=is_off on:click=move |_| replay.switch()>
                    {move || {
                        let (glyph, word) = if replay.plays.get() { (Glyph::Pause, "Pause") } else { (Glyph::Play, "Play") };
                        view! { <Icon glyph/>{word} }
                    }}
                </button>
                <span class="speeds" role="group" aria-label="Speed">{Speed::ALL.map(speed).into_iter().collect_view()}</span>
                <a class="btn main" href=move || replay.present()>"Back to live"</a>
            </div>
            <p class="unseen" role="status">{move || replay.said.get()}</p>
        </section>
    }
}

/// The moment where the person is, and how long ago that is.
#[component]
fn Told(replay: Replay) -> impl IntoView {
    let second = Memo::new(move |_| replay.shown.get().at.div_euclid(SECOND) * SECOND);
    let ago = Memo::new(move |_| {
        let Shown { at, now } = replay.shown.get();
        long_ago(now - at)
    });
    let is_known = move || replay.strip.read().is_some() && replay.shown.read().at > 0;
    let words = move || match (is_known(), replay.trouble.read().is_some()) {
        (true, true | false) => Some(ago.get()),
        (false, true) => None,
        (false, false) => Some("Reading the last 24 hours…".to_owned()),
    };
    view! {
        <p class="told">
            {move || is_known().then(|| {
                let at = second.get();
                view! { <time class="num" datetime=iso(at) title=iso(at)>{local(at)}</time> }
            })}
            <span class="quiet num">{words}</span>
            {move || (is_known() && replay.waits.get()).then(|| view! { <span class="quiet">"reading…"</span> })}
        </p>
    }
}

#[component]
fn TimeBar(replay: Replay) -> impl IntoView {
    let length = move || replay.strip.read().as_ref().map_or(0, |strip| (strip.to - strip.from).div_euclid(SECOND));
    let place = Memo::new(move |_| {
        let from = replay.strip.read().as_ref().map_or(0, |strip| strip.from);
        (replay.shown.get().at - from).div_euclid(SECOND).max(0)
    });
    let text = move || {
        let Shown { at, now } = replay.shown.get();
        if at > 0 { format!("{}, {}", local(at), long_ago(now - at)) } else { String::new() }
    };
    let on_input = move |event: ev::Event| {
        let from = replay.strip.with_untracked(|strip| strip.as_ref().map(|strip| strip.from));
        if let (Some(from), Ok(seconds)) = (from, event_target_value(&event).parse::<i64>()) {
            replay.seek(from + seconds * SECOND);
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        if event.alt_key() || event.ctrl_key() || event.meta_key() {
            return;
        }
        let here = replay.shown.get_untracked().at;
        let at = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => here - MINUTE,
            "ArrowRight" | "ArrowUp" => here + MINUTE,
            "PageDown" => here - HOUR,
            "PageUp" => here + HOUR,
            "Home" => i64::MIN,
            "End" => i64::MAX,
            " " => {
                event.prevent_default();
                return replay.switch();
            }
            _ => return,
        };
        event.prevent_default();
        replay.seek(at);
    };
    view! {
        <div class="time">
            <Columns replay/>
            <input
                type="range"
                min="0"
                step="1"
                max=move || length().to_string()
                prop:value=move || { length(); place.get().to_string() }
                disabled=move || replay.strip.read().is_none()
                aria-label="Moment of the last 24 hours"
                aria-valuetext=text
                title="Arrow keys: a minute. Page keys: an hour. Home and End: its ends. Space: play or pause"
                on:input=on_input
                on:change=move |_| replay.write_down()
                on:keydown=on_key
                on:keyup=move |_| replay.write_down()
            />
        </div>
    }
}

/// How many were down and in trouble over the day, so that one finds the moments that matter.
#[component]
fn Columns(replay: Replay) -> impl IntoView {
    let drawn = Memo::new(move |_| replay.strip.read().as_ref().map(draw));
    move || {
        let Drawn { width, down, trouble, words } = drawn.get()?;
        Some(view! {
            <svg viewBox=format!("0 0 {width} 100") preserveAspectRatio="none" role="img" aria-label=words>
                <path class="trouble" d=trouble></path>
                <path class="down" d=down></path>
            </svg>
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Drawn {
    /// Seconds.
    width: i64,
    down: String,
    trouble: String,
    words: String,
}

/// DOWN from the ground up, TROUBLE upon it; the highest takes the whole height, and the lowest can still be seen.
fn draw(strip: &Strip) -> Drawn {
    let most = strip.columns.iter().map(|column| column.down + column.trouble).max().unwrap_or_default().max(1);
    let height = |count: u32| if count == 0 { 0 } else { (u64::from(count) * 94 / u64::from(most)).max(5) };
    let (mut down, mut trouble) = (String::new(), String::new());
    for (place, column) in (0i64..).zip(&strip.columns) {
        let begins = strip.begins + place * COLUMN_MS;
        if begins + COLUMN_MS <= strip.known_from {
            continue;
        }
        let seconds = |at: i64| (at.clamp(strip.from, strip.to) - strip.from).div_euclid(SECOND);
        let (left, right) = (seconds(begins), seconds(begins + COLUMN_MS));
        let (foot, top) = (height(column.down), height(column.trouble));
        let bar = |path: &mut String, from: u64, high: u64| {
            if high > 0 {
                path.push_str(&format!("M{left} {}H{right}V{}H{left}z", 100 - from, 100 - (from + high).min(100)));
            }
        };
        bar(&mut down, 0, foot);
        bar(&mut trouble, foot, top);
    }
    Drawn { width: (strip.to - strip.from).div_euclid(SECOND).max(1), down, trouble, words: in_words(strip) }
}

fn in_words(strip: &Strip) -> String {
    let worst = (0i64..).zip(&strip.columns).max_by_key(|(place, column)| (column.down, column.trouble, -place));
    match worst {
        Some((place, Column { down, trouble })) if down + trouble > 0 => {
            let ago = long_ago(strip.to - (strip.begins + place * COLUMN_MS));
            format!("Over the last 24 hours at most {down} down and {trouble} in trouble at one time, {ago}.")
        }
        Some(_) | None => "Over the last 24 hours nothing was down or in trouble.".to_owned(),
    }
}

/// `2 h 14 min ago`, `35 s ago`.
fn long_ago(ms: i64) -> String {
    let ms = ms.max(0);
    match (ms / HOUR, ms % HOUR / MINUTE) {
        // What is as new as can be shown.
        (0, 0) if ms <= SETTLED_MS + SECOND => "just now".to_owned(),
        (0, 0) => format!("{} s ago", ms / SECOND),
        (0, minutes) => format!("{minutes} min ago"),
        (hours, 0) => format!("{hours} h ago"),
        (hours, minutes) => format!("{hours} h {minutes} min ago"),
    }
}

/// To the second, in the browser's zone, with the day where it is not today.
fn local(at: i64) -> String {
    #[cfg(feature = "hydrate")]
    {
        let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at as f64));
        let time = format!("{:02}:{:02}:{:02}", date.get_hours(), date.get_minutes(), date.get_seconds());
        let (day, today) = (String::from(date.to_date_string()), String::from(js_sys::Date::new_0().to_date_string()));
        // `Tue Nov 24 2026`: the year is known.
        let day: Vec<&str> = day.split(' ').take(3).collect();
        if today.starts_with(&day.join(" ")) { time } else { format!("{} {time}", day.join(" ")) }
    }
    #[cfg(not(feature = "hydrate"))]
    iso(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f12_how_long_ago_is_said_in_hours_and_minutes() {
        assert_eq!(long_ago(2 * HOUR + 14 * MINUTE + 59 * SECOND), "2 h 14 min ago");
        assert_eq!(long_ago(24 * HOUR), "24 h ago");
        assert_eq!((long_ago(59 * MINUTE), long_ago(35 * SECOND)), ("59 min ago".to_owned(), "35 s ago".to_owned()));
        assert_eq!((long_ago(-5), long_ago(SETTLED_MS)), ("just now".to_owned(), "just now".to_owned()));
    }

    #[test]
    fn f12_the_bar_shows_when_it_was_bad() {
        let columns = vec![Column { down: 1, trouble: 0 }, Column::default(), Column { down: 40, trouble: 60 }];
        let strip = Strip { from: 0, to: 3 * COLUMN_MS, begins: 0, columns, known_from: 0 };
        let drawn = draw(&strip);
        assert_eq!((drawn.width, drawn.down.as_str()), (900, "M0 100H300V95H0zM600 100H900V63H600z"));
        assert_eq!(drawn.trouble, "M600 63H900V7H600z");
        assert_eq!(drawn.words, "Over the last 24 hours at most 40 down and 60 in trouble at one time, 5 min ago.");
        let known_from = COLUMN_MS + 1;
        let unknown = draw(&Strip { known_from, ..strip.clone() });
        assert_eq!(unknown.down, "M600 100H900V63H600z", "what is not known is not drawn");
        let calm = Strip { columns: vec![Column::default()], ..strip };
        assert_eq!(draw(&calm).words, "Over the last 24 hours nothing was down or in trouble.");
    }
}
