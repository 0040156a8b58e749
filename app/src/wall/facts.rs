//! What the wall's bar says: counts, the link's state, and the words for them. Drawing is not its matter.

use leptos::prelude::*;
use model::Status;

use super::source::Source;
use crate::ui::grouped;

/// Whether what is shown is of now (DOMAIN F11).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Link {
    #[default]
    Connecting,
    Live,
    /// What is shown is of `since`, UTC milliseconds.
    Lost {
        since: i64,
    },
    /// The kiosk link has ended (DOMAIN F10): there is nothing to come back for.
    Over,
    /// What is shown is of another moment, and nobody follows the present (DOMAIN F12).
    Past,
}

/// The wall in figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    /// Whether a board has come at all.
    pub ready: bool,
    /// Of the chosen customers, in the order of [`Status::ALL`].
    pub counts: [u32; 7],
    /// Monitors of all customers.
    pub total: u32,
    /// Tiles that the filter leaves.
    pub matching: u32,
    /// Tiles that are drawn: fewer where the screen has fewer pixels.
    pub drawn: u32,
    /// Of the chosen customers, without a verdict for three intervals.
    pub stale: u32,
    pub link: Link,
    /// How long the server's canary is on its way, in milliseconds (DOMAIN F15).
    pub delay_ms: Option<u32>,
    /// The server runs another build than this page.
    pub new_build: bool,
    /// Frames that could not be read, each answered by a new snapshot.
    pub misfits: u32,
}

impl Facts {
    /// Whether what is shown is no longer of now.
    #[must_use]
    pub const fn is_lost(&self) -> bool {
        matches!(self.link, Link::Lost { .. })
    }

    /// The counts in one sentence, for those who do not see the canvas.
    #[must_use]
    pub fn sentence(&self) -> String {
        if !self.ready {
            return "No data yet.".into();
        }
        let parts: Vec<String> = Status::ALL
            .into_iter()
            .zip(self.counts)
            .filter(|(_, count)| *count > 0)
            .map(|(status, count)| format!("{} {}", grouped(count), status.label().to_lowercase()))
            .collect();
        let stale = if self.stale > 0 { format!(" {} stale.", grouped(self.stale)) } else { String::new() };
        if parts.is_empty() { "No monitors.".into() } else { format!("{}.{stale}", parts.join(", ")) }
    }
}

/// One customer to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub id: model::CustomerId,
    pub name: String,
    /// The name, folded for searching.
    pub folded: String,
    pub monitors: u32,
}

/// What stands beside the tile that is pointed at. Places are CSS pixels within the stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Tip {
    pub status: Status,
    pub name: String,
    pub customer: String,
    pub reason: String,
    /// Who took the outage; empty where nobody did.
    pub taken: String,
    /// How long it has been so.
    pub age: String,
    pub stale: bool,
    /// The tile: left, top, width, height.
    pub tile: [f64; 4],
    /// The stage's width and height.
    pub stage: [f64; 2],
}

impl Tip {
    /// What a screen reader says when the cursor comes to it.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Self { status, name, customer, reason, taken, age, stale, .. } = self;
        let reason = if reason.is_empty() { String::new() } else { format!(" {reason}") };
        let taken = if taken.is_empty() { String::new() } else { format!(" Taken by {taken}.") };
        let stale = if *stale { " Stale." } else { "" };
        format!("{name}, {customer}: {} {age}.{reason}{taken}{stale}", status.label())
    }
}

/// The reason on a tile, and by whom the outage is taken.
#[cfg_attr(not(any(feature = "hydrate", test)), expect(dead_code, reason = "only the browser draws"))]
pub(super) fn reason_line(reason: &str, taken: &str) -> String {
    match (reason, taken) {
        (reason, "") => reason.to_owned(),
        ("", taken) => format!("taken by {taken}"),
        (reason, taken) => format!("taken by {taken}: {reason}"),
    }
}

/// One outage, large (DOMAIN F8).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Large {
    pub slot: u32,
    /// Its monitor; `None` on a kiosk.
    pub href: Option<String>,
    pub status: Status,
    pub name: String,
    pub customer: String,
    /// With who took it.
    pub reason: String,
    /// UTC milliseconds.
    pub since: i64,
}

/// What is wrong, as far as it can be large.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Far {
    /// Each in the place of its outages.
    pub incidents: Vec<super::incidents::Shown>,
    pub outages: Vec<Large>,
    /// How many more are DOWN and TROUBLE.
    pub more: [u32; 2],
    /// The server's time, UTC milliseconds.
    pub now: i64,
}

/// What the canvas tells the page. Written at most once a frame.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// Where the board comes from.
    pub source: Source,
    pub facts: RwSignal<Facts>,
    pub tip: RwSignal<Option<Tip>>,
    /// Said when the keyboard moves the cursor.
    pub said: RwSignal<String>,
    /// Said when the counts have changed, every ten seconds at most.
    pub summary: RwSignal<String>,
    /// The customers, by name.
    pub choices: RwSignal<Vec<Choice>>,
    /// The incidents that last, the newest first; `None` before they are known.
    pub incidents: RwSignal<Option<Vec<super::incidents::Shown>>>,
    /// What is wrong; kept while it is asked for.
    pub far: RwSignal<Far>,
    /// How many are DOWN, of the chosen customers; also told while the page is hidden.
    pub down: RwSignal<u32>,
    /// Counts the times at which one or more have newly gone DOWN.
    pub alarms: RwSignal<u32>,
    /// What is shown is the past: nobody is called to it.
    pub past: RwSignal<bool>,
}

impl Screen {
    #[must_use]
    pub fn new(source: Source) -> Self {
        Self {
            source,
            facts: RwSignal::new(Facts::default()),
            tip: RwSignal::new(None),
            said: RwSignal::new(String::new()),
            summary: RwSignal::new(String::new()),
            choices: RwSignal::new(Vec::new()),
            incidents: RwSignal::new(None),
            far: RwSignal::new(Far::default()),
            down: RwSignal::new(0),
            alarms: RwSignal::new(0),
            past: RwSignal::new(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g9_a_tile_says_by_whom_it_is_taken() {
        assert_eq!(reason_line("no answer", ""), "no answer");
        assert_eq!(reason_line("no answer", "Ana"), "taken by Ana: no answer");
        assert_eq!(reason_line("", "Ana"), "taken by Ana");
    }

    #[test]
    fn f2_the_counts_can_be_read_aloud() {
        let mut facts = Facts { ready: true, ..Facts::default() };
        assert_eq!(facts.sentence(), "No monitors.");
        facts.counts = [3, 0, 0, 0, 0, 0, 9_665];
        facts.stale = 2;
        assert_eq!(facts.sentence(), "3 down, 9,665 up. 2 stale.");
    }
}
