//! Incidents above the list of open outages (DOMAIN F13): what began together, why these are together, and taking them all by one click.

use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos_router::components::A;
use model::{
    Status,
    incidents::{Head, IncidentPage, Listed, RULE},
    outages::OpenOutage,
};

use super::{
    calls::TakeIncident,
    care::{Care, CareHere, Caring},
    list::WholeTable,
};
use crate::{
    monitors::words::{counted, monitors},
    ui::{Ago, Banner, BannerKind, Glyph, Icon, Mark, When, grouped},
};

/// Where the forms of incidents lead back to.
const HERE: &str = "/outages";

/// "34 monitors of 6 customers".
#[must_use]
pub(crate) fn size(head: &Head) -> String {
    format!("{} of {}", monitors(head.monitors), counted(head.customers, "customer"))
}

/// "20 not well again yet"; `None` where that is all of them.
#[must_use]
pub(crate) fn left(head: &Head) -> Option<String> {
    (head.lasting < head.monitors).then(|| format!("{} not well again yet", grouped(head.lasting)))
}

/// The click, shared by every incident of the page. It outlives each new reading.
#[derive(Clone, Copy)]
pub struct Taking(ServerAction<TakeIncident>);

impl Taking {
    /// `on_done` is run after each attempt.
    #[must_use]
    pub fn new(on_done: Callback<()>) -> Self {
        let taking = ServerAction::new();
        Effect::new(move |before: Option<usize>| {
            let done = taking.version().get();
            if before.is_some_and(|before| before != done) {
                on_done.run(());
            }
            done
        });
        Self(taking)
    }
}

/// What went wrong with the last click.
#[component]
pub fn TakingRefused(taking: Taking) -> impl IntoView {
    move || {
        let refusal = taking.0.value().get()?.err()?.0;
        Some(view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })
    }
}

/// Those that last, and below them those that are over; nothing where there is neither.
#[component]
pub fn Incidents(page: IncidentPage, caring: Caring, taking: Taking) -> impl IntoView {
    let IncidentPage { lasting, over, more } = page;
    if lasting.is_empty() && over.is_empty() {
        return ().into_any();
    }
    let none = lasting.is_empty().then(|| view! { <p class="quiet">"None at the moment."</p> });
    let more = (more > 0).then(|| view! { <p class="quiet">{format!("And {} more.", grouped(more))}</p> });
    let lasting = lasting.into_iter().map(|incident| view! { <Incident incident caring taking/> }).collect_view();
    let past = (!over.is_empty()).then(|| {
        let count = counted(u32::try_from(over.len()).unwrap_or(u32::MAX), "incident");
        let over = over.into_iter().map(|incident| view! { <Incident incident caring taking/> }).collect_view();
        view! { <details class="past"><summary>{format!("Over, of the last 24 hours: {count}")}</summary>{over}</details> }
    });
    view! {
        <section class="incidents" aria-labelledby="incidents">
            <h2 id="incidents">"Incidents"</h2>
            {none}
            {lasting}
            {more}
            {past}
            <details class="rule"><summary>"When outages are one incident"</summary><p>{RULE}</p></details>
        </section>
    }
    .into_any()
}

#[component]
fn Incident(incident: Listed, caring: Caring, taking: Taking) -> impl IntoView {
    let Listed { head, rows, more } = incident;
    let lasts = head.lasts();
    let worst = rows.iter().filter(|row| row.outage.ended_at.is_none()).map(|row| row.outage.status).min();
    let mark = worst.filter(|_| lasts).unwrap_or(Status::Up);
    let left = left(&head).map(|left| view! { <span class="pill">{left}</span> });
    let when = if lasts { view! { <Ago at=head.began_at/> }.into_any() } else { view! { <When at=head.began_at/> }.into_any() };
    let on_wall = lasts.then(|| {
        let title = format!("{} on the wall", size(&head));
        view! { <a class="btn small" href=format!("/wall?incident={}", head.id) rel="external" aria-label=title><Icon glyph=Glyph::Wall/>"On the wall"</a> }
    });
    let takers: BTreeSet<String> =
        rows.iter().filter(|row| row.outage.care.is_taken()).map(|row| row.outage.care.taken_by.clone()).collect();
    let taken = (!takers.is_empty()).then(|| {
        let takers: Vec<String> = takers.into_iter().collect();
        view! { <span class="taken-by">"Taken by "<b>{takers.join(", ")}</b></span> }
    });
    let take = lasts.then(|| view! { <TakeAll head=head.clone() rows=rows.clone() taking/> });
    let listed = u32::try_from(rows.len()).unwrap_or(u32::MAX).saturating_add(more);
    let summary = format!("The {}", counted(listed, "outage"));
    let cut = (more > 0).then(|| view! { <p class="quiet">{format!("And {} more.", grouped(more))}</p> });
    view! {
        <article class="incident panel">
            <div class="top">
                <h3><Mark status=mark/>{size(&head)}</h3>
                <span class="quiet">"began "{when}</span>
                {left}
                <div class="right">{taken}{on_wall}{take}</div>
            </div>
            <p class="why">{head.why()}"."</p>
            <details>
                <summary>{summary}</summary>
                <Rows rows caring/>
                {cut}
            </details>
        </article>
    }
}

/// Of an incident, those that last, are nobody's and may be looked after by who asks.
fn free(rows: &[OpenOutage]) -> u32 {
    let free = |row: &&OpenOutage| row.may_care && row.outage.ended_at.is_none() && !row.outage.care.is_taken();
    u32::try_from(rows.iter().filter(free).count()).unwrap_or(u32::MAX)
}

#[component]
fn TakeAll(head: Head, rows: Vec<OpenOutage>, taking: Taking) -> impl IntoView {
    let free = free(&rows);
    (free > 0).then(|| {
        let word = if free == head.lasting {
            format!("Take all {}", grouped(free))
        } else if head.lasting as usize > rows.len() {
            // Not all have a row, so not all are counted.
            "Take all".to_owned()
        } else {
            format!("Take {}", grouped(free))
        };
        let label = format!("{word}: the outages of {}", size(&head));
        view! {
            <ActionForm action=taking.0>
                <input type="hidden" name="incident" value=head.id.to_string()/>
                <input type="hidden" name="back" value=HERE/>
                <button class="btn small" type="submit" disabled=taking.0.pending() aria-label=label>{word}</button>
            </ActionForm>
        }
    })
}

#[component]
fn Rows(rows: Vec<OpenOutage>, caring: Caring) -> impl IntoView {
    let rows = rows.into_iter().map(|row| view! { <Row row caring/> }).collect_view();
    view! { <WholeTable caption="Outages of the incident, those that last first">{rows}</WholeTable> }
}

#[component]
fn Row(row: OpenOutage, caring: Caring) -> impl IntoView {
    let OpenOutage { outage, customer, customer_name, may_care } = row;
    let here = CareHere { caring, may: may_care, back: HERE.to_owned() };
    // Who may look after a customer's outages may open the customer.
    let link = move |href: String, name: String| {
        if may_care { view! { <A href=href>{name}</A> }.into_any() } else { view! { <span>{name}</span> }.into_any() }
    };
    let ended = outage.ended_at.map(|at| view! { <small class="quiet">"over since "<When at/></small> });
    view! {
        <tr>
            <th scope="row">
                <span class="name">
                    <Mark status=outage.status/>{link(format!("/monitors/{}", outage.monitor), outage.monitor_name.clone())}
                </span>
            </th>
            <td class="nowrap">{link(format!("/customers/{customer}"), customer_name)}</td>
            <td class="what">{outage.status.label()}<small class="quiet" title=outage.reason.clone()>{outage.reason.clone()}</small></td>
            <td class="quiet num"><When at=outage.started_at/>{ended}</td>
            <td><Care outage here/></td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f13_an_incident_says_how_large_it_is_and_what_is_left() {
        let mut head = Head {
            id: model::OutageId::from_u128(1),
            began_at: 0,
            span_ms: 0,
            monitors: 1_034,
            customers: 6,
            lasting: 1_034,
            shared: Vec::new(),
        };
        assert_eq!((size(&head).as_str(), left(&head)), ("1,034 monitors of 6 customers", None));
        head.lasting = 20;
        assert_eq!(left(&head).as_deref(), Some("20 not well again yet"));
    }
}
