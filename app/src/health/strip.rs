//! A card's strip: the last 24 hours by the half-hour.

use leptos::prelude::*;

use crate::ui::grouped;

/// A letter of [`model::health::Card::strip`], the class that colours it, and its word; the worst first.
const LETTERS: [(char, &str, &str); 4] = [('d', "d", "Down"), ('t', "t", "Trouble"), ('u', "u", ""), ('-', "none", "")];

/// Drawn as dashed lines, one path per letter, for ten thousand strips of 48 elements each would be too many.
#[component]
pub(super) fn Strip(strip: ArcRwSignal<String>) -> impl IntoView {
    let words = strip.clone();
    view! {
        <svg class="strip" viewBox="0 0 48 1" preserveAspectRatio="none" aria-hidden="true">
            {move || {
                let strip = strip.read();
                LETTERS
                    .into_iter()
                    .map(|(letter, class, _)| (class, runs(&strip, letter)))
                    .filter(|(_, line)| !line.is_empty())
                    .map(|(class, line)| view! { <path class=class d=line></path> })
                    .collect_view()
            }}
        </svg>
        {move || said(&words.read()).map(|said| view! { <span class="unseen">{said}</span> })}
    }
}

/// The stretches of `letter` as one path along the middle of a box of 48 by 1.
fn runs(strip: &str, letter: char) -> String {
    let mut path = String::new();
    let mut start = None;
    for (place, c) in strip.chars().chain([' ']).enumerate() {
        match (start, c == letter) {
            (None, true) => start = Some(place),
            (Some(from), false) => {
                path.push_str(&format!("M{from} .5H{place}"));
                start = None;
            }
            (None, false) | (Some(_), true) => {}
        }
    }
    path
}

/// The same for those who do not see it; nothing where all was well.
fn said(strip: &str) -> Option<String> {
    let parts: Vec<String> = LETTERS
        .into_iter()
        .filter(|(_, _, word)| !word.is_empty())
        .map(|(letter, _, word)| (word, strip.chars().filter(|c| *c == letter).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| {
            let times = if count == 1 { "half-hour" } else { "half-hours" };
            format!("{word} in {} {times}", grouped(u32::try_from(count).unwrap_or(u32::MAX)))
        })
        .collect();
    (!parts.is_empty()).then(|| format!("Last 24 hours: {}.", parts.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strip_is_drawn_by_its_stretches() {
        let strip = format!("--{}dd{}t", "u".repeat(20), "u".repeat(23));
        assert_eq!(runs(&strip, 'u'), "M2 .5H22M24 .5H47");
        assert_eq!(runs(&strip, 'd'), "M22 .5H24");
        assert_eq!(runs(&strip, 't'), "M47 .5H48");
        assert_eq!(runs(&strip, 'x'), "");
        assert_eq!(said(&strip).as_deref(), Some("Last 24 hours: Down in 2 half-hours, Trouble in 1 half-hour."));
        assert_eq!(said("uuuu"), None);
    }
}
