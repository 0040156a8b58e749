//! Which columns the list shows: a person's choice, remembered by the browser, so that the server draws the first frame right.

use leptos::prelude::*;
use model::customers::CustomerQuery;

use super::address::address_of;
use crate::{
    failure::Failure,
    ui::{Glyph, Icon, remember, remembered},
};

/// The cookie that remembers the choice.
const COOKIE: &str = "customer-columns";
/// Stands for none of them.
const NONE: &str = "none";

/// A column that can be left out. The name always stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Id,
    Email,
    Status,
    Services,
    Monitors,
    Alerts,
    Admins,
    Added,
    Modified,
}

impl Column {
    pub(super) const ALL: [Self; 9] = [
        Self::Id,
        Self::Email,
        Self::Status,
        Self::Services,
        Self::Monitors,
        Self::Alerts,
        Self::Admins,
        Self::Added,
        Self::Modified,
    ];

    /// The word in the cookie and the form, and the class of the column's cells.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Email => "email",
            Self::Status => "state",
            Self::Services => "services",
            Self::Monitors => "monitors",
            Self::Alerts => "alerts",
            Self::Admins => "admins",
            Self::Added => "added",
            Self::Modified => "modified",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Id => "Customer id",
            Self::Email => "Email",
            Self::Status => "Status",
            Self::Services => "Services",
            Self::Monitors => "Monitors",
            Self::Alerts => "Open alerts",
            Self::Admins => "MSP Admins",
            Self::Added => "Added",
            Self::Modified => "Modified",
        }
    }

    fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.key() == key)
    }
}

/// The columns that are shown; `None` while nothing was chosen, and the screen's width decides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns(RwSignal<Option<Vec<Column>>>);

impl Columns {
    pub(super) fn remembered() -> Self {
        Self(RwSignal::new(remembered(COOKIE).map(|words| read(&words))))
    }

    fn has(self, column: Column) -> bool {
        self.0.with(|chosen| chosen.as_ref().is_none_or(|chosen| chosen.contains(&column)))
    }

    fn choose(self, column: Column, shown: bool) {
        let mut chosen = self.0.get_untracked().unwrap_or_else(|| Column::ALL.to_vec());
        chosen.retain(|known| *known != column);
        if shown {
            chosen.push(column);
        }
        remember(COOKIE, &written(&chosen));
        self.0.set(Some(chosen));
    }

    /// The classes of the table: what is left out is hidden by them.
    pub(super) fn class(self) -> String {
        self.0.with(|chosen| match chosen {
            None => "tw customers-list".to_owned(),
            Some(chosen) => {
                let left_out = Column::ALL.into_iter().filter(|column| !chosen.contains(column));
                left_out.fold("tw customers-list chosen".to_owned(), |class, column| format!("{class} no-{}", column.key()))
            }
        })
    }
}

fn read(words: &str) -> Vec<Column> {
    words.split('.').filter_map(Column::from_key).collect()
}

fn written(columns: &[Column]) -> String {
    let words: Vec<&str> = Column::ALL.into_iter().filter(|column| columns.contains(column)).map(Column::key).collect();
    if words.is_empty() { NONE.to_owned() } else { words.join(".") }
}

/// Remembers the columns that a form without JavaScript chose. Leads back to the list.
#[server(prefix = "/fn", endpoint = "customer-columns")]
#[allow(clippy::unused_async, reason = "a server function is async, whatever it waits for")]
pub async fn choose_columns(#[server(default)] show: Vec<String>, #[server(default)] back: String) -> Result<String, Failure> {
    use crate::caller;
    caller::actor()?;
    let columns: Vec<Column> = show.iter().filter_map(|key| Column::from_key(key)).collect();
    remember(COOKIE, &written(&columns));
    Ok(caller::goes_to(caller::back_to(&back, "/customers")))
}

#[component]
pub(super) fn ChooseColumns(columns: Columns, query: CustomerQuery) -> impl IntoView {
    let action = ServerAction::<ChooseColumns>::new();
    let boxes = Column::ALL
        .into_iter()
        .map(|column| {
            view! {
                <label class="check">
                    <input type="checkbox" name="show[]" value=column.key() checked=columns.has(column)
                        on:change:target=move |event| columns.choose(column, event.target().checked())/>
                    <span>{column.label()}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <details class="menu columns">
            <summary class="btn"><Icon glyph=Glyph::Columns/>"Columns"</summary>
            <div>
                <ActionForm action=action>
                    <fieldset>
                        <legend class="unseen">"Columns that are shown"</legend>
                        {boxes}
                    </fieldset>
                    <input type="hidden" name="back" value=address_of(&query)/>
                    <button type="submit" class="btn small before-script">"Show these"</button>
                </ActionForm>
            </div>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a1_a_choice_of_columns_is_remembered_in_their_order() {
        assert_eq!(written(&[Column::Added, Column::Email]), "email.added");
        assert_eq!(read("email.added.colour"), [Column::Email, Column::Added]);
        assert_eq!((written(&[]).as_str(), read(NONE)), (NONE, Vec::new()));
    }

    #[test]
    fn a1_what_is_left_out_is_named_in_the_class() {
        Owner::new().with(|| {
            assert_eq!(Columns(RwSignal::new(None)).class(), "tw customers-list");
            let some = Column::ALL.into_iter().filter(|column| *column != Column::Email).collect();
            assert_eq!(Columns(RwSignal::new(Some(some))).class(), "tw customers-list chosen no-email");
        });
    }
}
