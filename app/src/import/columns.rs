//! What each column of the file is taken as: recognised by its name, and changed by a choice.

use leptos::prelude::*;
use model::import::{Column, ImportDetail, targets};

use super::{IGNORED, MapImport};
use crate::ui::{Banner, BannerKind};

#[component]
pub(super) fn Columns(
    detail: ImportDetail,
    map: ServerAction<MapImport>,
    /// The id of its heading.
    #[prop(default = "import-result")]
    heading: &'static str,
) -> impl IntoView {
    let flaws = detail.flaws();
    let ignored = ignored(&detail.columns);
    let rows = detail.columns.into_iter().enumerate().map(|(place, column)| view! { <ColumnRow place column/> }).collect_view();
    view! {
        <ActionForm action=map attr:class="form panel import-columns" attr:novalidate=true>
            <h2 id=heading tabindex="-1">"What the columns are"</h2>
            {(!flaws.is_empty()).then(|| view! {
                <Banner kind=BannerKind::Warn>{flaws.iter().map(|flaw| view! { <p>{flaw.to_string()}</p> }).collect_view()}</Banner>
            })}
            {ignored.map(|words| view! { <p class="quiet">{words}</p> })}
            <input type="hidden" name="import" value=detail.id.to_string()/>
            <input type="hidden" name="version" value=detail.version.to_string()/>
            <div class="tw">
                <table>
                    <caption class="unseen">"The columns of the file"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Column"</th>
                            <th scope="col">"Is taken as"</th>
                            <th scope="col" class="samples">"Its first values"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class="hint">"Several groups in one cell are separated by a semicolon. Groups that are not there yet are made. Where a column is
                missing, the account manager is you."</p>
            <div class="actions">
                <button class="btn main" type="submit" disabled=map.pending()>"Check every line"</button>
            </div>
        </ActionForm>
    }
}

#[component]
fn ColumnRow(place: usize, column: Column) -> impl IntoView {
    let Column { name, samples, target } = column;
    let options = std::iter::once((IGNORED, "Ignored")).chain(targets()).map(|(value, label)| {
        let selected = value == target || (value == IGNORED && target.is_empty());
        view! { <option value=value selected=selected>{label}</option> }
    });
    view! {
        <tr>
            <th scope="row" id=format!("column-{place}")>{name}</th>
            <td><select name="map[]" aria-labelledby=format!("column-{place}")>{options.collect_view()}</select></td>
            <td class="quiet samples">{samples.join(" · ")}</td>
        </tr>
    }
}

/// Which columns nothing is taken from.
pub(super) fn ignored(columns: &[Column]) -> Option<String> {
    let names: Vec<&str> = columns.iter().filter(|column| column.target.is_empty()).map(|column| column.name.as_str()).collect();
    match names.as_slice() {
        [] => None,
        [name] => Some(format!("The column \"{name}\" is ignored.")),
        names => Some(format!("{} columns are ignored: {}.", names.len(), names.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a18_what_is_ignored_is_named() {
        let column = |name: &str, target: &str| Column { name: name.into(), target: target.into(), ..Column::default() };
        assert_eq!(ignored(&[column("Email", "email")]), None);
        assert_eq!(ignored(&[column("Shoe size", "")]).as_deref(), Some("The column \"Shoe size\" is ignored."));
        assert_eq!(ignored(&[column("a", ""), column("b", "")]).as_deref(), Some("2 columns are ignored: a, b."));
    }
}
