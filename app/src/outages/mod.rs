//! Outages: a table whose page chooses its columns, the list of those that last, and one outage with who looks after it.

mod anew;
mod calls;
mod care;
pub(crate) mod incidents;
mod list;
mod page;

pub use care::{CareHere, CareRefused, Caring};
pub use list::OutagesPage;
pub use page::OutagePageView;

use leptos::{either::Either, prelude::*};
use model::{OutageId, customers::OutageRow};

use care::Care;

use crate::{
    monitors::words,
    ui::{Ago, Mark, When},
};

/// What a column says of an outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The monitor's name, as a link to its page.
    MonitorLink,
    /// The monitor's name alone.
    Monitor,
    /// The status, with the reason below it.
    What,
    Status,
    /// The status with its mark, where no monitor's name carries it.
    MarkedStatus,
    Started,
    Ended,
    Duration,
    Age,
    Reason,
    /// Who looks after it; the page provides a [`CareHere`].
    Care,
}

/// The address of an outage's page.
fn page_of(outage: &OutageId) -> String {
    format!("/outages/{outage}")
}

impl Column {
    const fn label(self) -> &'static str {
        match self {
            Self::MonitorLink | Self::Monitor => "Monitor",
            Self::What => "What",
            Self::Status | Self::MarkedStatus => "Status",
            Self::Started => "Started",
            Self::Ended => "Ended",
            Self::Duration => "Duration",
            Self::Age => "Age",
            Self::Reason => "Reason",
            Self::Care => "Who looks after it",
        }
    }
}

/// One row for each outage, in the order given. `caption` is for those who do not see the page around it.
#[component]
pub fn OutageTable(outages: Vec<OutageRow>, caption: &'static str, columns: &'static [Column]) -> impl IntoView {
    let heads = columns.iter().map(|column| view! { <th scope="col">{column.label()}</th> }).collect_view();
    let rows = outages
        .into_iter()
        .map(|outage| view! { <tr>{columns.iter().map(|column| cell(*column, &outage)).collect_view()}</tr> })
        .collect_view();
    view! {
        <div class="tw" tabindex="0">
            <table>
                <caption class="unseen">{caption}</caption>
                <thead><tr>{heads}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn cell(column: Column, outage: &OutageRow) -> AnyView {
    let OutageRow { status, started_at, ended_at, .. } = *outage;
    let (name, reason) = (outage.monitor_name.clone(), outage.reason.clone());
    match column {
        Column::MonitorLink => {
            let page = format!("/monitors/{}", outage.monitor);
            view! { <th scope="row"><span class="name"><Mark status/><a href=page title=name.clone()>{name.clone()}</a></span></th> }
                .into_any()
        }
        Column::Monitor => view! { <td><span class="name"><Mark status/><span>{name}</span></span></td> }.into_any(),
        Column::What => {
            view! { <td class="what">{status.label()}<small class="quiet" title=reason.clone()>{reason.clone()}</small></td> }
                .into_any()
        }
        Column::Status => view! { <td>{status.label()}</td> }.into_any(),
        Column::MarkedStatus => view! { <td><span class="status"><Mark status/>{status.label()}</span></td> }.into_any(),
        Column::Started => view! { <td class="quiet num"><When at=started_at/></td> }.into_any(),
        Column::Ended => view! { <td class="quiet num"><Ended at=ended_at/></td> }.into_any(),
        Column::Duration => view! { <td class="num"><Duration started_at ended_at/></td> }.into_any(),
        Column::Age => view! { <td class="quiet"><Ago at=started_at/></td> }.into_any(),
        Column::Care => use_context::<CareHere>().map_or_else(
            || view! { <td></td> }.into_any(),
            |here| view! { <td><Care outage=outage.clone() here/></td> }.into_any(),
        ),
        Column::Reason => view! { <td class="reason" title=reason.clone()>{reason.clone()}</td> }.into_any(),
    }
}

#[component]
fn Ended(at: Option<i64>) -> impl IntoView {
    match at {
        Some(at) => Either::Left(view! { <When at/> }),
        None => Either::Right(view! { <span class="pill">"Open"</span> }),
    }
}

#[component]
fn Duration(started_at: i64, ended_at: Option<i64>) -> impl IntoView {
    match ended_at {
        Some(at) => Either::Left(words::lasted(at - started_at)),
        None => Either::Right(view! { "began "<Ago at=started_at/> }),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use model::{MonitorId, Status};

    #[test]
    fn an_outage_that_lasts_is_open() {
        let outage = OutageRow {
            id: OutageId::from_u128(1),
            monitor: MonitorId::from_u128(1),
            monitor_name: "web shop".into(),
            status: Status::Down,
            reason: "Connection refused".into(),
            started_at: 0,
            ended_at: None,
            care: model::outages::Care::default(),
        };
        let table = |outage: OutageRow| {
            const COLUMNS: &[Column] = &[Column::Monitor, Column::Ended, Column::Duration];
            Owner::new().with(|| view! { <OutageTable outages=vec![outage] caption="Outages" columns=COLUMNS/> }.to_html())
        };
        let open = table(outage.clone());
        assert!(open.contains("web shop") && open.contains("Open") && open.contains("began"), "{open}");
        let ended = table(OutageRow { ended_at: Some(240_000), ..outage });
        assert!(ended.contains("1970-01-01 00:04 UTC") && ended.contains("4 min") && !ended.contains("Open"), "{ended}");
    }
}
