//! The frame around the tile that is pointed at, and what it says. Both stay in the page and change in place, for a pointer moves in
//! every frame: what is drawn anew or laid out then is the frame itself.

use leptos::prelude::*;
use model::Status;

use super::facts::Tip;
use crate::ui::Mark;

/// The largest that a tip becomes, in CSS pixels: `style/wall.css` cuts what is longer.
const ROOM: [f64; 2] = [430.0, 250.0];
/// Between the tile and the tip.
const APART: f64 = 10.0;
/// Between the tip and the edge of the stage.
const EDGE: f64 = 8.0;

#[component]
pub(super) fn Pointer(tip: RwSignal<Option<Tip>>) -> impl IntoView {
    let hidden = Memo::new(move |_| tip.read().is_none());
    let frame = Memo::new(move |_| tip.read().as_ref().map(|tip| tip.tile).unwrap_or_default());
    let place = Memo::new(move |_| tip.read().as_ref().map(|tip| placed(tip.tile, tip.stage)).unwrap_or_default());
    let status: Memo<Option<Status>> = Memo::new(move |_| tip.read().as_ref().map(|tip| tip.status));
    let stale = Memo::new(move |_| tip.read().as_ref().is_some_and(|tip| tip.stale));
    let text = move |part: fn(&Tip) -> &str| Memo::new(move |_| tip.read().as_ref().map(part).unwrap_or_default().to_owned());
    let (reason, taken) = (text(|tip| &tip.reason), text(|tip| &tip.taken));
    // Places go through the CSSOM: the page's policy drops `style` attributes.
    view! {
        <div class="cursor" hidden=hidden style:transform=move || moved(frame.get()[0], frame.get()[1])
            style:width=move || px(frame.get()[2]) style:height=move || px(frame.get()[3])></div>
        <div class="tip" role="tooltip" hidden=hidden style:transform=place>
            <div class="top">
                {move || status.get().map(|status| view! { <Mark status label=true/> })}
                <b><bdi>{text(|tip| &tip.name)}</bdi></b>
                <span class="quiet num">{text(|tip| &tip.age)}</span>
            </div>
            <p class="quiet"><bdi>{text(|tip| &tip.customer)}</bdi></p>
            {move || some(reason).map(|reason| view! { <p class="reason"><bdi>{reason}</bdi></p> })}
            {move || some(taken).map(|taken| view! { <p class="taken">"taken by "<b>{taken}</b></p> })}
            {move || stale.get().then(|| view! { <p class="quiet">"Stale: no verdict for three intervals."</p> })}
        </div>
    }
}

fn some(text: Memo<String>) -> Option<String> {
    Some(text.get()).filter(|text| !text.is_empty())
}

fn px(pixels: f64) -> String {
    format!("{pixels:.1}px")
}

fn moved(x: f64, y: f64) -> String {
    format!("translate({x:.1}px, {y:.1}px)")
}

/// Beside the tile, towards the side with more space, and never so far that it leaves the stage.
fn placed([left, top, width, height]: [f64; 4], [stage_width, stage_height]: [f64; 2]) -> String {
    let beside = |start: f64, length: f64, stage: f64, room: f64| {
        let before = start + length / 2.0 > stage / 2.0;
        let away = if before { stage - start + APART } else { start + length + APART };
        let away = away.min(stage - room).max(EDGE);
        // By how much of its own size it lies before that point.
        if before { (stage - away, "-100%") } else { (away, "0") }
    };
    let ((x, by_x), (y, by_y)) = (beside(left, width, stage_width, ROOM[0]), beside(top, height, stage_height, ROOM[1]));
    format!("{} translate({by_x}, {by_y})", moved(x, y))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f2_a_tip_stands_beside_its_tile_and_never_leaves_the_stage() {
        let stage = [1000.0, 800.0];
        assert_eq!(placed([10.0, 20.0, 30.0, 30.0], stage), "translate(50.0px, 60.0px) translate(0, 0)");
        assert_eq!(placed([900.0, 700.0, 30.0, 30.0], stage), "translate(890.0px, 690.0px) translate(-100%, -100%)");
        // A tile as large as the stage: the tip lies on it.
        assert_eq!(placed([0.0, 0.0, 1000.0, 800.0], stage), "translate(570.0px, 550.0px) translate(0, 0)");
        assert_eq!(placed([0.0, 0.0, 300.0, 100.0], [300.0, 100.0]), "translate(8.0px, 8.0px) translate(0, 0)");
    }
}
