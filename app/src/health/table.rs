//! The cards as a dense table (DOMAIN E3): the same figures, a row for each.

use leptos::prelude::*;

use super::{card::words_of, deck::LiveCard, strip::Strip};
use crate::ui::{Mark, grouped};

#[component]
pub(super) fn CardTable(visible: Memo<Vec<LiveCard>>) -> impl IntoView {
    view! {
        <div class="tw" class:none=move || visible.with(Vec::is_empty)>
            <table class="health-list">
                <caption class="unseen">"Customers, the worst first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Customer"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col" class="r">"Down"</th>
                        <th scope="col" class="r">"Trouble"</th>
                        <th scope="col" class="r">"Monitors"</th>
                        <th scope="col" class="day">"Last 24 hours"</th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || visible.get() key=|card| (card.customer.clone(), card.name.clone()) let:card>
                        <Row card/>
                    </For>
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(card: LiveCard) -> impl IntoView {
    let LiveCard { customer, name, counts, health, strip, .. } = card;
    let (said, down, trouble, total) = (counts.clone(), counts.clone(), counts.clone(), counts);
    view! {
        <tr>
            <th scope="row">
                <span class="name">
                    {move || view! { <Mark status=health.get().status() label=true/> }}
                    <a href=format!("/customers/{customer}") title=name.clone()>{name.clone()}</a>
                </span>
            </th>
            <td>{move || words_of(said.get()).0}</td>
            <td class="r num">{move || grouped(down.get().down)}</td>
            <td class="r num">{move || grouped(trouble.get().trouble)}</td>
            <td class="r num">{move || grouped(total.get().total)}</td>
            <td class="day"><Strip strip/></td>
        </tr>
    }
}
