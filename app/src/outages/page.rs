//! One outage (DOMAIN G9): who looks after it, its notes, and snoozing it.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_params_map};
use model::{
    customers::OutageRow,
    maintenance::length,
    outages::{Note, OutageDetail, SNOOZE_MINUTES},
};

use super::{
    calls::{NoteOutage, SnoozeOutage, Typed, read_outage},
    care::{CareHere, CareRefused, Caring, Click},
    page_of,
};
use crate::{
    answer::{Answer, problem_at, refusal_beside_fields, typed_before},
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Ago, Banner, BannerKind, Glyph, Icon, Mark, Reading, SelectField, TextField, When},
};

/// What can be done to the outage. The actions and what was typed outlive each new reading of the page.
#[derive(Clone, Copy)]
struct Doing {
    caring: Caring,
    note: ServerAction<NoteOutage>,
    snooze: ServerAction<SnoozeOutage>,
    text: RwSignal<String>,
    minutes: StoredValue<String>,
    reason: RwSignal<String>,
}

#[component]
pub fn OutagePageView() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("outage").unwrap_or_default()));
    let outage = read_blocking(move || id.get(), read_outage);
    let typed = typed_before::<Typed>().unwrap_or_default();
    let doing = Doing {
        caring: Caring::new(Callback::new(move |()| outage.refetch())),
        note: ServerAction::new(),
        snooze: ServerAction::new(),
        text: RwSignal::new(typed.text),
        minutes: StoredValue::new(if typed.minutes.is_empty() { "60".to_owned() } else { typed.minutes }),
        reason: RwSignal::new(typed.reason),
    };
    Effect::new(move || {
        if let Some(Ok(_)) = doing.note.value().get() {
            doing.text.set(String::new());
            outage.refetch();
        }
    });
    Effect::new(move || {
        if let Some(Ok(_)) = doing.snooze.value().get() {
            doing.reason.set(String::new());
            outage.refetch();
        }
    });
    view! {
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match outage.await {
                    Ok(detail) => view! { <Shown detail doing/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Title text="Outage"/><Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Shown(detail: OutageDetail, doing: Doing) -> impl IntoView {
    let OutageDetail { outage, customer, customer_name, notes } = detail;
    let lasts = outage.ended_at.is_none();
    let here = CareHere { caring: doing.caring, may: true, back: page_of(&outage.id) };
    let title = format!("Outage of {}", outage.monitor_name);
    let name = outage.monitor_name.clone();
    view! {
        <Title text=title.clone()/>
        <nav class="crumbs" aria-label="Where this is">
            <A href="/outages">"Open outages"</A><Icon glyph=Glyph::ChevronRight/>
            <A href=format!("/customers/{customer}")>{customer_name}</A><Icon glyph=Glyph::ChevronRight/>
            <A href=format!("/monitors/{}", outage.monitor)>{name}</A>
        </nav>
        <div class="head">
            <h1><Mark status=outage.status label=true/>{title}</h1>
            <span class="pill">{if lasts { "Open" } else { "Over" }}</span>
            <div class="right">{lasts.then(|| view! { <Click outage=outage.clone() here/> })}</div>
        </div>
        <CareRefused caring=doing.caring/>
        <Facts outage=outage.clone()/>
        <section aria-labelledby="notes">
            <h2 id="notes">"Notes"</h2>
            <Notes notes/>
            {lasts.then(|| view! { <AddNote outage=outage.clone() doing/> })}
        </section>
        {lasts.then(|| view! { <Snooze outage doing/> })}
    }
}

#[component]
fn Facts(outage: OutageRow) -> impl IntoView {
    let OutageRow { reason, started_at, ended_at, care, .. } = outage;
    let ended = match ended_at {
        Some(at) => view! { <When at/> }.into_any(),
        None => view! { "It lasts, since "<Ago at=started_at/> }.into_any(),
    };
    let taken = if care.is_taken() {
        view! { <b>{care.taken_by.clone()}</b>", since "<When at=care.taken_at/> }.into_any()
    } else {
        "Nobody yet".into_any()
    };
    let snoozed = (care.is_snoozed() && ended_at.is_none()).then(|| {
        view! {
            <div><dt>"Snoozed"</dt><dd>"until "<When at=care.snoozed_until/>" by "{care.snoozed_by}": "{care.snooze_reason}</dd></div>
        }
    });
    view! {
        <dl class="facts panel">
            <div><dt>"Reason"</dt><dd>{reason}</dd></div>
            <div><dt>"Began"</dt><dd><When at=started_at/></dd></div>
            <div><dt>"Ended"</dt><dd>{ended}</dd></div>
            <div><dt>"Taken by"</dt><dd>{taken}</dd></div>
            {snoozed}
        </dl>
    }
}

#[component]
fn Notes(notes: Vec<Note>) -> impl IntoView {
    if notes.is_empty() {
        return view! { <p class="quiet">"None so far."</p> }.into_any();
    }
    let lines =
        notes.into_iter().map(|note| view! { <li><b>{note.author}</b><When at=note.at/><p>{note.text}</p></li> }).collect_view();
    view! { <ol class="notes panel">{lines}</ol> }.into_any()
}

#[component]
fn AddNote(outage: OutageRow, doing: Doing) -> impl IntoView {
    let answer: Answer = doing.note.value().into();
    let refusal = refusal_beside_fields(answer);
    let text = doing.text;
    view! {
        <ActionForm action=doing.note attr:class="form" attr:novalidate=true>
            {move || refusal.get().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
            <input type="hidden" name="outage" value=outage.id.to_string()/>
            <TextField name="text" label="Add a note" kind="textarea" hint="Notes stay as they are written; the customer does not see them."
                value=text on_change=Callback::new(move |typed| text.set(typed)) error=problem_at(answer, "text")/>
            <div class="actions"><button class="btn main" type="submit" disabled=doing.note.pending()>"Add note"</button></div>
        </ActionForm>
    }
}

#[component]
fn Snooze(outage: OutageRow, doing: Doing) -> impl IntoView {
    let answer: Answer = doing.snooze.value().into();
    let refusal = refusal_beside_fields(answer);
    let reason = doing.reason;
    let options: Vec<(String, String)> =
        SNOOZE_MINUTES.into_iter().map(|minutes| (minutes.to_string(), length(minutes))).collect();
    let (id, same) = (outage.id.to_string(), outage.id.to_string());
    let wake = (outage.care.is_snoozed()).then(|| {
        view! {
            <ActionForm action=doing.snooze>
                <input type="hidden" name="outage" value=same/>
                <input type="hidden" name="minutes" value="0"/>
                <div class="actions"><button class="btn" type="submit" disabled=doing.snooze.pending()>"End the snooze"</button></div>
            </ActionForm>
        }
    });
    view! {
        <section aria-labelledby="snooze">
            <h2 id="snooze">"Snooze"</h2>
            {wake}
            <ActionForm action=doing.snooze attr:class="form" attr:novalidate=true>
                {move || refusal.get().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
                <input type="hidden" name="outage" value=id/>
                <SelectField name="minutes" label="For" options value=Signal::stored(doing.minutes.get_value()) error=problem_at(answer, "minutes")/>
                <TextField name="reason" label="Reason" hint="It is over by itself, with its time or with the outage."
                    value=reason on_change=Callback::new(move |typed| reason.set(typed)) error=problem_at(answer, "reason")/>
                <div class="actions"><button class="btn" type="submit" disabled=doing.snooze.pending()>"Snooze"</button></div>
            </ActionForm>
        </section>
    }
}
