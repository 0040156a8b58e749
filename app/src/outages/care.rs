//! Who looks after an outage, in a cell of a table (DOMAIN G9): taking it and handing it back are one click.

use leptos::prelude::*;
use model::{Refusal, customers::OutageRow};

use super::{
    calls::{HandOutageBack, TakeOutage},
    page_of,
};
use crate::{
    failure::Failure,
    monitors::words,
    ui::{Banner, BannerKind, When},
};

/// The two clicks, shared by every row of a page. They outlive each new reading of it.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "actions have none")]
pub struct Caring {
    take: ServerAction<TakeOutage>,
    hand_back: ServerAction<HandOutageBack>,
}

/// Whether the person may look after outages here, and where the forms lead back to. Pages provide it to their tables.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "actions have none")]
pub struct CareHere {
    pub caring: Caring,
    pub may: bool,
    pub back: String,
}

impl Caring {
    /// `on_done` is run after each change.
    #[must_use]
    pub fn new(on_done: Callback<()>) -> Self {
        let caring = Self { take: ServerAction::new(), hand_back: ServerAction::new() };
        Effect::new(move |before: Option<usize>| {
            let done = caring.take.version().get() + caring.hand_back.version().get();
            if before.is_some_and(|before| before != done) {
                on_done.run(());
            }
            done
        });
        caring
    }

    /// Why the last attempt was refused.
    #[must_use]
    pub fn refusal(self) -> Option<Refusal> {
        let refused = |answer: Option<Result<String, Failure>>| answer?.err().map(|failure| failure.0);
        refused(self.take.value().get()).or_else(|| refused(self.hand_back.value().get()))
    }

    fn forget(self) {
        self.take.value().set(None);
        self.hand_back.value().set(None);
    }

    fn pending(self) -> bool {
        self.take.pending().get() || self.hand_back.pending().get()
    }
}

/// What went wrong with the last click.
#[component]
pub fn CareRefused(caring: Caring) -> impl IntoView {
    move || caring.refusal().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })
}

/// By whom it is taken, until when it is snoozed, how many notes there are; and, while it lasts, the click.
#[component]
pub fn Care(outage: OutageRow, here: CareHere) -> impl IntoView {
    let care = outage.care.clone();
    let lasts = outage.ended_at.is_none();
    let taken = care.is_taken().then(|| view! { <span class="taken-by">"Taken by "<b>{care.taken_by.clone()}</b></span> });
    let snoozed = (lasts && care.is_snoozed()).then(
        || view! { <small class="quiet" title=care.snooze_reason.clone()>"snoozed until "<When at=care.snoozed_until/></small> },
    );
    let notes = match care.notes {
        0 if lasts && here.may => "Notes".to_owned(),
        0 => String::new(),
        count => words::notes(count),
    };
    let page = page_of(&outage.id);
    let notes = (!notes.is_empty() && here.may).then(|| view! { <a class="quiet" href=page>{notes}</a> });
    let may = here.may && lasts;
    view! {
        <div class="care">
            {taken}
            {may.then(|| view! { <Click outage here/> })}
            {notes}
            {snoozed}
        </div>
    }
}

/// 'Take it', or 'Hand back' where somebody has.
#[component]
pub fn Click(outage: OutageRow, here: CareHere) -> impl IntoView {
    let CareHere { caring, back, .. } = here;
    let OutageRow { id, monitor_name, care, .. } = outage;
    let id = id.to_string();
    let pending = move || caring.pending();
    if care.is_taken() {
        let label = format!("Hand back the outage of {monitor_name}");
        view! {
            <ActionForm action=caring.hand_back on:submit=move |_| caring.forget()>
                <input type="hidden" name="outage" value=id/>
                <input type="hidden" name="back" value=back/>
                <button class="btn small" type="submit" disabled=pending aria-label=label>"Hand back"</button>
            </ActionForm>
        }
        .into_any()
    } else {
        let label = format!("Take it: the outage of {monitor_name}");
        view! {
            <ActionForm action=caring.take on:submit=move |_| caring.forget()>
                <input type="hidden" name="outage" value=id/>
                <input type="hidden" name="back" value=back/>
                <button class="btn small" type="submit" disabled=pending aria-label=label>"Take it"</button>
            </ActionForm>
        }
        .into_any()
    }
}
