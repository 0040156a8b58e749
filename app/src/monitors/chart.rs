//! What a monitor measured over a range (DOMAIN G7): its latency as a drawing that needs no script and as a table, how it stood
//! meanwhile, and its availability.
//!
//! The drawing is stretched to its place, so its words stand beside it and keep their size on every screen.

use std::fmt::Write as _;

use leptos::{either::Either, prelude::*};
use model::{
    Status,
    monitors::history::{Availability, History, Point, Range, Stretch},
};

use super::words;
use crate::ui::{Mark, Tick, TickUnit, When, grouped};

/// The drawing's own measures; the style sheet gives it others.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 300.0;
/// Times below the drawing.
const TICKS: i64 = 5;
/// The narrowest stretch that can be seen.
const STRETCH_LEAST: f64 = 3.0;

/// The section of a monitor's page. `interval_s`: how often it is measured; `limit_ms`: above that it is in TROUBLE.
#[component]
pub(super) fn Measurements(history: History, monitor: String, interval_s: u32, limit_ms: Option<u32>) -> impl IntoView {
    let current = history.range;
    let ranges = Range::ALL
        .into_iter()
        .map(move |range| {
            let href = format!("/monitors/{monitor}?range={}", range.slug());
            view! { <a class="chip" href=href aria-current=(range == current).then_some("true")>{range.label()}</a> }
        })
        .collect_view();
    view! {
        <section class="measured" aria-labelledby="measured">
            <h2 id="measured">"Latency and availability"</h2>
            <nav class="chips" aria-label="Range">{ranges}</nav>
            <div class="panel">
                <Figures history=history.clone()/>
                <Chart history=history.clone() interval_s limit_ms/>
                <Twin history/>
            </div>
        </section>
    }
}

#[component]
fn Figures(history: History) -> impl IntoView {
    let availability = Availability::of(&history.stretches);
    let latency = summary(&history.points).map(|(least, average, most)| {
        view! {
            <div><dt>"Average latency"</dt><dd class="num">{ms(average)}</dd></div>
            <div><dt>"Lowest and highest"</dt><dd class="num">{ms(least)}" to "{ms(most)}</dd></div>
        }
    });
    view! {
        <dl class="facts">
            <div>
                <dt>"Availability"</dt>
                <dd class="num"><b>{availability.basis_points().map_or_else(|| "Nothing to count".to_owned(), percent)}</b></dd>
            </div>
            <div><dt>"Down"</dt><dd class="num">{words::lasted(availability.down_ms)}</dd></div>
            <div><dt>"In trouble"</dt><dd class="num">{words::lasted(availability.trouble_ms)}</dd></div>
            {latency}
        </dl>
        <p class="hint">"Maintenance, suspension, discovery and configuration errors do not count. Trouble counts as available."</p>
    }
}

#[component]
fn Chart(history: History, interval_s: u32, limit_ms: Option<u32>) -> impl IntoView {
    let scale = Scale::of(&history, limit_ms);
    let unit = match history.range {
        Range::Hour | Range::Day => TickUnit::Minute,
        Range::Week | Range::Month => TickUnit::Day,
    };
    let ticks =
        (0..TICKS).map(|n| view! { <Tick at=history.from + (history.to - history.from) * n / (TICKS - 1) unit/> }).collect_view();
    let stretches = history.stretches.iter().filter(|stretch| stretch.status != Status::Up).map(|stretch| {
        let (x, width) = scale.place(stretch);
        let height = HEIGHT * share(stretch.status);
        view! { <rect class=stretch.status.slug() x=one(x) y=one(HEIGHT - height) width=one(width) height=one(height)></rect> }
    });
    let stretches = stretches.collect_view();
    let lines = Lines::of(&history, &scale, interval_s);
    let heights = if history.points.is_empty() { vec![String::new(); 3] } else { scale.labels() };
    let heights = heights.into_iter().map(|label| view! { <span>{label}</span> }).collect_view();
    let limit = limit_ms.filter(|limit| *limit <= scale.most_ms).map(|limit| format!("M0 {}H{WIDTH}", one(scale.y(limit))));
    let beyond = limit_ms.filter(|limit| *limit > scale.most_ms && !history.points.is_empty());
    view! {
        <figure class="latency">
            <div class="plot">
                <div class="heights num" aria-hidden="true">{heights}</div>
                <svg viewBox="0 0 1000 300" preserveAspectRatio="none" role="img" aria-labelledby="latency-title" aria-describedby="latency-said">
                    <title id="latency-title">{format!("Latency over {}", history.range.label())}</title>
                    <desc id="latency-said">{said(&history)}</desc>
                    <path class="grid" d="M0 0H1000M0 150H1000M0 300H1000"></path>
                    <g>{stretches}</g>
                    <path class="band" d=lines.band></path>
                    <path class="line" d=lines.line></path>
                    <path class="limit" d=limit.clone().unwrap_or_default()></path>
                </svg>
                {history.points.is_empty().then(|| view! { <p class="quiet none">"Nothing was measured in this time."</p> })}
            </div>
            <div class="ticks num" aria-hidden="true">{ticks}</div>
            <Legend history limit_ms=limit_ms.filter(|_| limit.is_some()) beyond/>
        </figure>
    }
}

/// What the drawing's lines and grounds mean, only as far as they are there.
#[component]
fn Legend(history: History, limit_ms: Option<u32>, beyond: Option<u32>) -> impl IntoView {
    let grounds = Status::ALL
        .into_iter()
        .filter(|status| *status != Status::Up)
        .filter_map(|status| {
            let lasted: i64 = history.stretches.iter().filter(|s| s.status == status).map(|s| s.to - s.from).sum();
            (lasted > 0).then(|| view! { <li><Mark status/>{status.label()}", "{words::lasted(lasted)}</li> })
        })
        .collect_view();
    let measured = (!history.points.is_empty()).then(|| {
        view! {
            <li><span class="key line"></span>"Average"</li>
            <li><span class="key band"></span>"Lowest to highest"</li>
        }
    });
    view! {
        <figcaption>
            <ul class="legend">
                {measured}
                {limit_ms.map(|limit| view! { <li><span class="key limit"></span>"Limit, "{ms(limit)}</li> })}
                {beyond.map(|limit| view! { <li class="quiet">"The limit of "{ms(limit)}" is far above"</li> })}
                {grounds}
            </ul>
        </figcaption>
    }
}

/// The same in a table.
#[component]
fn Twin(history: History) -> impl IntoView {
    if history.points.is_empty() {
        return Either::Left(());
    }
    let rows = history
        .points
        .into_iter()
        .rev()
        .map(|point| {
            view! {
                <tr>
                    <th scope="row" class="num"><When at=point.at/></th>
                    <td class="r num">{ms(point.average_ms)}</td>
                    <td class="r num">{ms(point.least_ms)}</td>
                    <td class="r num">{ms(point.most_ms)}</td>
                    <td class="r num quiet">{grouped(point.count)}</td>
                </tr>
            }
        })
        .collect_view();
    Either::Right(view! {
        <details class="twin">
            <summary>"The same as a table"</summary>
            <div class="tw">
                <table>
                    <caption class="unseen">"Latency, the newest first"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Time"</th>
                            <th scope="col" class="r">"Average"</th>
                            <th scope="col" class="r">"Lowest"</th>
                            <th scope="col" class="r">"Highest"</th>
                            <th scope="col" class="r">"Measured"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    })
}

/// How much of the height a status takes, so that not colour alone tells them apart.
const fn share(status: Status) -> f64 {
    match status {
        Status::Down => 1.0,
        Status::Trouble => 0.6,
        Status::Maintenance => 0.35,
        Status::ConfigurationError | Status::Suspended | Status::Discovery => 0.15,
        Status::Up => 0.0,
    }
}

/// Where times and latencies are in the drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Scale {
    from: i64,
    to: i64,
    most_ms: u32,
}

impl Scale {
    /// High enough for all that was measured, and for the limit unless that would flatten everything.
    fn of(history: &History, limit_ms: Option<u32>) -> Self {
        let most = history.points.iter().map(|point| point.most_ms).max().unwrap_or(0);
        let limit = limit_ms.filter(|limit| *limit <= most.saturating_mul(4)).unwrap_or(0);
        Self { from: history.from, to: history.to, most_ms: ceiling(most.max(limit)) }
    }

    fn x(&self, at: i64) -> f64 {
        (at - self.from) as f64 / (self.to - self.from).max(1) as f64 * WIDTH
    }

    fn y(&self, ms: u32) -> f64 {
        HEIGHT - f64::from(ms) / f64::from(self.most_ms) * HEIGHT
    }

    /// Where a stretch begins, and how wide it is.
    fn place(&self, stretch: &Stretch) -> (f64, f64) {
        let (begin, end) = (self.x(stretch.from), self.x(stretch.to));
        let width = (end - begin).max(STRETCH_LEAST);
        (begin.min(WIDTH - width), width)
    }

    /// From the top down.
    fn labels(&self) -> Vec<String> {
        [self.most_ms, self.most_ms / 2, 0].map(ms).to_vec()
    }
}

/// The least of 10, 20, 40, 100, 200, 400 ... that is no smaller. Its half is whole.
fn ceiling(ms: u32) -> u32 {
    let mut power = 10u32;
    loop {
        for step in [1, 2, 4] {
            let found = power.saturating_mul(step);
            if found >= ms {
                return found;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// Paths of the drawing.
#[derive(Debug, Default, PartialEq)]
struct Lines {
    line: String,
    band: String,
}

impl Lines {
    /// Broken where nothing was measured for more than two intervals.
    fn of(history: &History, scale: &Scale, interval_s: u32) -> Self {
        let gap = (i64::from(interval_s) * 2500).max(history.range.step_ms() * 3 / 2);
        let mut lines = Self::default();
        for part in history.points.chunk_by(|a, b| b.at - a.at <= gap) {
            lines.add(part, scale);
        }
        lines
    }

    fn add(&mut self, part: &[Point], scale: &Scale) {
        let place = |point: &Point, ms: u32| format!("{} {}", one(scale.x(point.at)), one(scale.y(ms)));
        for (n, point) in part.iter().enumerate() {
            // Never fails: it writes to memory.
            let _ = write!(self.line, "{}{}", if n == 0 { 'M' } else { 'L' }, place(point, point.average_ms));
            let _ = write!(self.band, "{}{}", if n == 0 { 'M' } else { 'L' }, place(point, point.most_ms));
        }
        if part.len() == 1 {
            // Round ends make a dot of it.
            self.line.push_str("h0.1");
        }
        for point in part.iter().rev() {
            let _ = write!(self.band, "L{}", place(point, point.least_ms));
        }
        self.band.push('Z');
    }
}

/// With one decimal at most: more than any screen shows.
fn one(place: f64) -> String {
    let text = format!("{place:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

fn ms(ms: u32) -> String {
    format!("{} ms", grouped(ms))
}

/// From hundredths of a percent: `99.98 %`, `100 %`.
fn percent(basis_points: u32) -> String {
    match basis_points % 100 {
        0 => format!("{} %", basis_points / 100),
        rest => format!("{}.{rest:02} %", basis_points / 100),
    }
}

/// Lowest, average and highest of all that was measured.
fn summary(points: &[Point]) -> Option<(u32, u32, u32)> {
    let least = points.iter().map(|point| point.least_ms).min()?;
    let most = points.iter().map(|point| point.most_ms).max()?;
    let count: u64 = points.iter().map(|point| u64::from(point.count)).sum();
    let sum: u64 = points.iter().map(|point| u64::from(point.average_ms) * u64::from(point.count)).sum();
    Some((least, u32::try_from(sum / count.max(1)).unwrap_or(u32::MAX), most))
}

/// The drawing in words.
fn said(history: &History) -> String {
    let mut said = match summary(&history.points) {
        Some((least, average, most)) => format!("{} on average, from {} to {}.", ms(average), ms(least), ms(most)),
        None => "Nothing was measured.".to_owned(),
    };
    for status in [Status::Down, Status::Trouble] {
        let times = history.stretches.iter().filter(|stretch| stretch.status == status).count();
        if times > 0 {
            let _ = write!(said, " {} {times} {}.", status.label(), if times == 1 { "time" } else { "times" });
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn point(minute: i64, average_ms: u32) -> Point {
        Point { at: minute * MINUTE, count: 2, average_ms, least_ms: average_ms - 5, most_ms: average_ms + 5 }
    }

    fn history(points: Vec<Point>, stretches: Vec<Stretch>) -> History {
        History { range: Range::Hour, from: 0, to: 60 * MINUTE, points, stretches }
    }

    #[test]
    fn g7_the_line_has_a_gap_where_nothing_was_measured() {
        let history = history(vec![point(0, 45), point(1, 55), point(30, 95)], Vec::new());
        let scale = Scale::of(&history, None);
        assert_eq!(scale.most_ms, 100);
        let lines = Lines::of(&history, &scale, 60);
        assert_eq!(lines.line, "M0 165L16.7 135M500 15h0.1");
        assert_eq!(lines.band.matches('M').count(), 2);
        assert_eq!(Lines::of(&history, &scale, 1800).line.matches('M').count(), 1);
    }

    #[test]
    fn g7_the_scale_is_round_and_holds_the_limit_unless_that_is_far_above() {
        assert_eq!([0, 10, 11, 39, 41, 100, 999].map(ceiling), [10, 10, 20, 40, 100, 100, 1000]);
        assert!(ceiling(u32::MAX) == u32::MAX);
        let history = history(vec![point(0, 45)], Vec::new());
        assert_eq!(Scale::of(&history, Some(150)).most_ms, 200);
        assert_eq!(Scale::of(&history, Some(5000)).most_ms, 100);
        assert_eq!(Scale::of(&history, None).labels(), ["100 ms", "50 ms", "0 ms"]);
    }

    #[test]
    fn g7_a_short_outage_can_be_seen() {
        let stretch = |from, to| Stretch { from, to, status: Status::Down };
        let scale = Scale { from: 0, to: 60 * MINUTE, most_ms: 10 };
        assert_eq!(scale.place(&stretch(30 * MINUTE, 45 * MINUTE)), (500.0, 250.0));
        assert_eq!(scale.place(&stretch(60 * MINUTE - 1, 60 * MINUTE)), (WIDTH - STRETCH_LEAST, STRETCH_LEAST));
    }

    #[test]
    fn g7_availability_is_never_rounded_up_to_all() {
        assert_eq!([10_000, 9_999, 9_950, 5, 0].map(percent), ["100 %", "99.99 %", "99.50 %", "0.05 %", "0 %"]);
    }

    #[test]
    fn g7_the_drawing_says_itself_in_words() {
        let down = |from| Stretch { from, to: from + MINUTE, status: Status::Down };
        let history = history(vec![point(0, 45), point(1, 55)], vec![down(0), down(5 * MINUTE)]);
        assert_eq!(said(&history), "50 ms on average, from 40 ms to 60 ms. Down 2 times.");
    }
}
