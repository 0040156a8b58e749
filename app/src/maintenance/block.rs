//! A monitor's or a customer's own maintenance, on its page: what is open and comes, beginning it at once, and planning it.

use leptos::prelude::*;
use model::{
    CustomerId, MonitorId,
    maintenance::{Phase, WindowPage, WindowRow},
};

use super::{Doing, EndNow, Times, at_once_options};
use crate::ui::{Banner, BannerKind, Glyph, Icon};

/// Whose maintenance it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whose {
    Customer(CustomerId),
    Monitor(MonitorId, CustomerId),
}

impl Whose {
    fn page(&self) -> String {
        match self {
            Self::Customer(customer) => format!("/customers/{customer}"),
            Self::Monitor(monitor, _) => format!("/monitors/{monitor}"),
        }
    }

    const fn customer(&self) -> &CustomerId {
        match self {
            Self::Customer(customer) | Self::Monitor(_, customer) => customer,
        }
    }
}

#[component]
pub(crate) fn MaintenanceBlock(whose: Whose, windows: WindowPage, may: bool, doing: Doing) -> impl IntoView {
    let back = whose.page();
    let lines = if windows.rows.is_empty() {
        view! { <p class="quiet">"None is open, and none is planned."</p> }.into_any()
    } else {
        let lines = windows.rows.into_iter().map(|window| view! { <Line window doing back=back.clone()/> }).collect_view();
        view! { <ul class="windows">{lines}</ul> }.into_any()
    };
    view! {
        <section aria-labelledby="maintenance" class="maintenance">
            <h2 id="maintenance">"Maintenance"</h2>
            {move || doing.refusal().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
            <div class="panel">
                {lines}
                {may.then(|| view! { <Begin whose doing/> })}
            </div>
        </section>
    }
}

#[component]
fn Line(window: WindowRow, doing: Doing, back: String) -> impl IntoView {
    let class = if window.phase == Phase::Open { "pill a" } else { "pill" };
    view! {
        <li>
            <span class=class>{window.phase.label()}</span>
            <span class="what"><b>{window.name.clone()}</b><Times window=window.clone()/></span>
            <EndNow window doing back/>
        </li>
    }
}

/// Begins it now; planning it has a page of its own.
#[component]
fn Begin(whose: Whose, doing: Doing) -> impl IntoView {
    let back = whose.page();
    let plan = format!("/customers/{}/maintenance/new", whose.customer());
    let (customer, monitor, label) = match &whose {
        Whose::Customer(customer) => (customer.to_string(), String::new(), "Maintain all monitors for"),
        Whose::Monitor(monitor, _) => (String::new(), monitor.to_string(), "Maintain this monitor for"),
    };
    let options = at_once_options()
        .into_iter()
        .map(|(minutes, words)| view! { <option value=minutes.to_string() selected=minutes == 60>{words}</option> })
        .collect_view();
    view! {
        <ActionForm action=doing.begin attr:class="begin" on:submit=move |_| doing.forget()>
            <input type="hidden" name="customer" value=customer/>
            <input type="hidden" name="monitor" value=monitor/>
            <input type="hidden" name="back" value=back/>
            <label for="maintenance-minutes">{label}</label>
            <select id="maintenance-minutes" name="minutes">{options}</select>
            <button class="btn" type="submit" disabled=move || doing.pending()><Icon glyph=Glyph::Wrench/>"Begin now"</button>
            <a class="btn" href=plan>"Plan maintenance"</a>
        </ActionForm>
    }
}
