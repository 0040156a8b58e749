//! The wall as a table, for people who cannot see a canvas (DOMAIN F14): the same monitors, filters and counts. The server writes
//! a page of it; in the browser only the rows in view are there, whatever the list's length, and they keep in step.

use leptos::{html, prelude::*};
use leptos_router::hooks::use_query_map;
use model::{
    Status,
    replay::{Moment, NotReplayed},
    roll::{Column, ROLL_ROWS, Roll, RollRow, Sorting},
};

use super::{Filtering, facts::Screen, replay::Replay};
use crate::{
    failure::Failure,
    ui::{Ago, Mark, Pager, When, address, iso},
};

/// Reads one page. `status` and `customer` are lists with commas, `incident` is an id or empty, `sort` a column's word; what means nothing
/// is passed over.
#[server(prefix = "/fn", endpoint = "wall-table")]
pub async fn read_roll(
    status: String,
    customer: String,
    #[server(default)] incident: String,
    sort: String,
    descending: bool,
    page: u32,
) -> Result<Roll, Failure> {
    use super::filter::Filter;
    let actor = crate::caller::actor()?;
    let by_customer = Filter::parse(Some(&status), Some(&customer));
    let by_status = by_customer.clone();
    let sorting = Sorting { column: Column::from_slug(&sort).unwrap_or_default(), descending };
    let takes_customer = move |customer: &model::CustomerId| by_customer.takes_customer(customer);
    let live = crate::caller::handles().live;
    let among = match incident.parse() {
        Ok(incident) => Some(live.monitors_of_incident(&actor, &incident).await?.into_iter().collect()),
        Err(model::ids::NotAnId) => None,
    };
    Ok(live.roll(&actor, sorting, page, among, takes_customer, move |status| by_status.takes(status)).await?)
}

/// What the address says beside the filter: of the tiles, or of the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) as_table: bool,
    /// The tiles: what is wrong large enough for five metres (DOMAIN F8).
    pub(super) far: bool,
    /// The tiles: the worst first, not by customer.
    pub(super) by_severity: bool,
    pub(super) sorting: Sorting,
    pub(super) page: u32,
    /// The wall as it was then (DOMAIN F12); `None` is the present.
    pub(super) at: Option<Result<Moment, NotReplayed>>,
}

impl Asked {
    pub(super) fn read() -> Memo<Self> {
        let query = use_query_map();
        Memo::new(move |_| {
            query.with(|query| Self {
                as_table: query.get_str("as") == Some("table"),
                far: query.get_str("view") == Some("far"),
                by_severity: query.get_str("order") == Some("severity"),
                sorting: Sorting {
                    column: query.get_str("sort").and_then(Column::from_slug).unwrap_or_default(),
                    descending: query.get_str("order") == Some("desc"),
                },
                page: query.get_str("page").and_then(|page| page.parse().ok()).unwrap_or(1),
                at: query.get_str("at").map(Moment::parse),
            })
        })
    }

    /// The address of the wall that says it, and `filter` with it; without a page.
    pub(super) fn address(self, filter: &str) -> String {
        self.address_at("/wall", filter)
    }

    /// The same of a wall at another path.
    pub(super) fn address_at(self, path: &str, filter: &str) -> String {
        let query = self.query(filter);
        if query.is_empty() { address(path, &[]) } else { format!("{path}?{query}") }
    }

    /// The query that says it, and `filter` with it; without a page.
    pub(super) fn query(self, filter: &str) -> String {
        let mut parts = Vec::new();
        if let Some(at) = self.at {
            parts.push(format!("at={}", at_text(at)));
        }
        if self.as_table {
            parts.push("as=table".to_owned());
            if self.sorting.column != Column::default() {
                parts.push(format!("sort={}", self.sorting.column.slug()));
            }
            if self.sorting.descending {
                parts.push("order=desc".to_owned());
            }
        } else {
            if self.far {
                parts.push("view=far".to_owned());
            }
            if self.by_severity {
                parts.push("order=severity".to_owned());
            }
        }
        if !filter.is_empty() {
            parts.push(filter.to_owned());
        }
        parts.join("&")
    }
}

fn at_text(at: Result<Moment, NotReplayed>) -> String {
    match at {
        Ok(Moment::At(at)) => iso(at),
        Ok(Moment::Latest) => Moment::LATEST.to_owned(),
        Err(_) => "unreadable".to_owned(),
    }
}

/// A row as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Line {
    /// From 0, in the whole list.
    pub(super) index: u32,
    pub(super) slot: u32,
    pub(super) href: String,
    pub(super) name: String,
    pub(super) customer: String,
    pub(super) status: Status,
    pub(super) since: i64,
    pub(super) reason: String,
    pub(super) stale: bool,
}

/// The rows that are there, and how long the list is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct View {
    pub(super) lines: Vec<Line>,
    pub(super) total: u32,
    /// CSS pixels of a row; 0 where the server has made the rows.
    pub(super) row: u32,
}

impl View {
    fn printed(roll: Roll) -> Self {
        let line = |(index, row): (u32, RollRow)| Line {
            index,
            slot: index,
            href: format!("/monitors/{}", row.monitor),
            name: row.name,
            customer: row.customer_name,
            status: row.status,
            since: row.since,
            reason: row.reason,
            stale: row.stale,
        };
        let first = roll.page.saturating_sub(1) * ROLL_ROWS;
        Self { lines: (first..).zip(roll.rows).map(line).collect(), total: roll.matching, row: 0 }
    }

    fn above(&self) -> u32 {
        self.lines.first().map_or(0, |line| line.index) * self.row
    }

    fn below(&self) -> u32 {
        let end = self.lines.last().map_or(0, |line| line.index + 1);
        self.total.saturating_sub(end) * self.row
    }

    fn is_live(&self) -> bool {
        self.row > 0
    }
}

/// What the table shows and where its cursor is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sheet {
    pub(super) view: RwSignal<View>,
    /// The slot of the row that the keyboard is on.
    pub(super) cursor: RwSignal<Option<u32>>,
}

/// The names of the columns, and by what they sort.
const COLUMNS: [(&str, Option<Column>); 6] = [
    ("Status", Some(Column::Status)),
    ("Monitor", Some(Column::Monitor)),
    ("Customer", Some(Column::Customer)),
    ("Since", Some(Column::Since)),
    ("Reason", None),
    ("Stale", Some(Column::Stale)),
];

/// `first` is the page that the server has made.
#[component]
pub(super) fn Table(
    filtering: Filtering,
    screen: Screen,
    asked: Memo<Asked>,
    replay: Replay,
    first: Option<Roll>,
) -> impl IntoView {
    let pages = first.as_ref().map(|roll| (roll.page, roll.matching));
    let sheet = Sheet { view: RwSignal::new(first.map(View::printed).unwrap_or_default()), cursor: RwSignal::new(None) };
    let around = NodeRef::<html::Div>::new();
    let table = NodeRef::<html::Table>::new();
    #[cfg(feature = "hydrate")]
    super::roller::mount((around, table), filtering.now, asked, replay, screen, sheet);
    #[cfg(not(feature = "hydrate"))]
    let _ = (screen, replay);
    let is_live = Memo::new(move |_| sheet.view.read().is_live());
    // Scrolled away from, its row is no longer in the page.
    let active = move || {
        let cursor = sheet.cursor.get()?;
        sheet.view.read().lines.iter().any(|line| line.slot == cursor).then(|| format!("row-{cursor}"))
    };
    // Before the wasm has come there are no rows but these: by links.
    let pager = move || {
        let (page, matching) = pages.filter(|_| !is_live.get())?;
        let query = asked.get().query(&filtering.now.read().query());
        let href = Callback::new(move |page: u32| format!("/wall?{query}&page={page}"));
        Some(view! { <Pager page rows_per_page=ROLL_ROWS matching href/> })
    };
    view! {
        {asked.with_untracked(|asked| asked.at.is_some()).then(|| view! { <p class="banner info no-script">"A replay needs JavaScript."</p> })}
        <div class="roll" node_ref=around>
            <div style:padding-top=move || pixels(sheet.view.read().above()) style:padding-bottom=move || pixels(sheet.view.read().below())>
                <table
                    node_ref=table
                    role=move || is_live.get().then_some("grid")
                    tabindex=move || is_live.get().then_some("0")
                    aria-label="All monitors"
                    aria-rowcount=move || is_live.get().then(|| (sheet.view.read().total + 1).to_string())
                    aria-activedescendant=active
                    aria-readonly=move || is_live.get().then_some("true")
                >
                    <thead><tr aria-rowindex="1">{heads(filtering, asked)}</tr></thead>
                    <tbody>
                        <For each=move || sheet.view.read().lines.clone() key=Clone::clone let:line>
                            <Row line sheet past=replay.is_on.get_untracked()/>
                        </For>
                    </tbody>
                </table>
            </div>
            {pager}
        </div>
    }
}

/// `None` before the browser has measured: the page's policy drops a style that the server renders.
fn pixels(length: u32) -> Option<String> {
    (length > 0).then(|| format!("{length}px"))
}

fn heads(filtering: Filtering, asked: Memo<Asked>) -> impl IntoView {
    COLUMNS
        .into_iter()
        .map(|(label, column)| {
            let Some(column) = column else { return view! { <th scope="col">{label}</th> }.into_any() };
            let is_sorted = move || asked.read().sorting.column == column;
            let order = move || is_sorted().then(|| if asked.read().sorting.descending { "descending" } else { "ascending" });
            let href = move || {
                let descending = is_sorted() && !asked.read().sorting.descending;
                let asked = Asked { sorting: Sorting { column, descending }, ..asked.get() };
                format!("/wall?{}", asked.query(&filtering.now.read().query()))
            };
            view! { <th scope="col" aria-sort=order><a href=href>{label}</a></th> }.into_any()
        })
        .collect_view()
}

#[component]
fn Row(line: Line, sheet: Sheet, past: bool) -> impl IntoView {
    let Line { index, slot, href, name, customer, status, since, reason, stale } = line;
    let is_here = Memo::new(move |_| sheet.cursor.get() == Some(slot));
    let is_live = sheet.view.with_untracked(View::is_live);
    // How long ago it is now says nothing of how long it was so then.
    let since = move || if past { view! { <When at=since/> }.into_any() } else { view! { <Ago at=since/> }.into_any() };
    view! {
        <tr id=format!("row-{slot}") data-status=status.slug() aria-rowindex=(index + 2).to_string() aria-selected=move || is_here.get().to_string()>
            <td><span class="status"><Mark status/>{status.label()}</span></td>
            <td title=name.clone()><a href=href rel="external" tabindex=is_live.then_some("-1")>{name.clone()}</a></td>
            <td title=customer.clone()>{customer.clone()}</td>
            <td class="num">{since()}</td>
            <td class="reason" title=reason.clone()>{reason.clone()}</td>
            <td>{stale.then_some("Stale")}</td>
        </tr>
    }
}

/// The address of the other way to show the same monitors.
pub(super) fn other_way(filtering: Filtering, asked: Memo<Asked>) -> impl Fn() -> String + Clone + Send {
    move || {
        let asked = asked.get();
        Asked { as_table: !asked.as_table, ..asked }.address(&filtering.now.read().query())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f14_the_address_says_how_the_table_is_sorted() {
        let asked =
            Asked { as_table: true, sorting: Sorting { column: Column::Since, descending: true }, page: 3, ..Asked::default() };
        assert_eq!(asked.query("status=down"), "as=table&sort=since&order=desc&status=down");
        assert_eq!(Asked { as_table: true, ..Asked::default() }.query(""), "as=table");
        assert_eq!(Asked { as_table: false, ..asked }.query("status=down"), "status=down");
        assert_eq!(Asked::default().query(""), "");
    }

    #[test]
    fn f8_the_address_says_how_the_tiles_are_shown() {
        let asked = Asked { far: true, by_severity: true, ..Asked::default() };
        assert_eq!(asked.address("customer=cus_1"), "/wall?view=far&order=severity&customer=cus_1");
        assert_eq!(Asked::default().address(""), "/wall");
        assert_eq!(Asked { as_table: true, ..asked }.address(""), "/wall?as=table", "a table has an order of its own");
    }

    #[test]
    fn f12_the_address_says_which_moment_is_shown() {
        let asked = Asked { at: Some(Moment::parse("2026-11-22T09:12:03Z")), by_severity: true, ..Asked::default() };
        assert_eq!(asked.address("status=down"), "/wall?at=2026-11-22T09:12:03Z&order=severity&status=down");
        assert_eq!(Asked { at: Some(Moment::parse("latest")), as_table: true, ..asked }.query(""), "at=latest&as=table");
        assert_eq!(Asked { at: Some(Moment::parse("x")), ..Asked::default() }.query(""), "at=unreadable");
    }

    #[test]
    fn f14_what_is_not_in_view_keeps_its_room() {
        let line = |index| Line {
            index,
            slot: index,
            href: String::new(),
            name: String::new(),
            customer: String::new(),
            status: Status::Up,
            since: 0,
            reason: String::new(),
            stale: false,
        };
        let view = View { lines: (100..140).map(line).collect(), total: 10_000, row: 36 };
        assert_eq!((view.above(), view.below()), (3_600, 9_860 * 36));
        assert_eq!(View { row: 0, ..view }.above(), 0);
        assert_eq!((View::default().above(), View::default().below()), (0, 0));
    }
}
