//! What the dry run found, line by line, and the form that imports.

use leptos::{either::Either, prelude::*};
use model::{
    customers::PAGE_ROWS,
    import::{ImportDetail, NotImported, ReportLine, ReportPage, Shown, Summary, label},
};

use super::{
    MapImport, RunImport, UPLOAD,
    columns::{Columns, ignored},
    page::{Asked, own, report_file},
};
use crate::{
    monitors::words,
    ui::{Banner, BannerKind, Pager, grouped},
};

#[component]
pub(super) fn Report(
    detail: ImportDetail,
    report: ReportPage,
    asked: Asked,
    map: ServerAction<MapImport>,
    run: ServerAction<RunImport>,
) -> impl IntoView {
    let summary = detail.summary.clone().unwrap_or_default();
    let own = own(&detail);
    let href = {
        let own = own.clone();
        Callback::new(move |page: u32| Asked { page, ..asked }.href(&own))
    };
    let file = report_file(&detail);
    let ReportPage { lines, matching, page } = report;
    let table = if lines.is_empty() {
        Either::Left(view! { <p class="panel quiet">"No such line."</p> })
    } else {
        Either::Right(view! { <Lines lines/><Pager page rows_per_page=PAGE_ROWS matching href/> })
    };
    view! {
        <section class="panel import-summary" aria-labelledby="import-result">
            <h2 id="import-result" tabindex="-1">{headline(&summary)}</h2>
            {(summary.good > summary.room).then(|| view! {
                <Banner kind=BannerKind::Warn>{NotImported::Quota { customers: summary.good, room: summary.room }.to_string()}</Banner>
            })}
            <ul class="plain">{facts(&detail, &summary).into_iter().map(|fact| view! { <li>{fact}</li> }).collect_view()}</ul>
            {if summary.wrong == 0 {
                Either::Left(view! { <Run import=detail.id.to_string() summary=summary.clone() run/> })
            } else {
                Either::Right(view! {
                    <p>"Correct these lines in your file, and upload it again; or take a column as something else."</p>
                    <div class="actions"><a class="btn main" href=UPLOAD>"Upload again"</a></div>
                })
            }}
        </section>
        <details class="import-again">
            <summary>"Change what the columns are"</summary>
            <Columns detail map heading="import-columns"/>
        </details>
        <section aria-labelledby="import-lines">
            <div class="import-lines-head">
                <h2 id="import-lines">"Line by line"</h2>
                <a href=file rel="external" download="import-report.csv">"Download as CSV"</a>
            </div>
            <nav class="chips num" aria-label="Lines">
                <Chip own=own.clone() asked shown=Shown::All label="All" count=summary.good + summary.wrong/>
                <Chip own=own.clone() asked shown=Shown::Wrong label="With errors" count=summary.wrong/>
                <Chip own asked shown=Shown::Doubtful label="Perhaps there already" count=summary.doubtful/>
            </nav>
            {table}
        </section>
    }
}

#[component]
fn Run(import: String, summary: Summary, run: ServerAction<RunImport>) -> impl IntoView {
    let leaves = summary.doubtful > 0;
    let label = format!("Leave out the {} that may be there already", words::counted(summary.doubtful, "customer"));
    view! {
        <ActionForm action=run attr:class="import-run">
            <input type="hidden" name="import" value=import/>
            {leaves.then(|| view! {
                <label class="check"><input type="checkbox" name="leave_out" value="on"/><span>{label}</span></label>
            })}
            <button class="btn main" type="submit" disabled=run.pending()>{format!("Import {}", words::counted(summary.good, "customer"))}</button>
        </ActionForm>
    }
}

#[component]
fn Chip(own: String, asked: Asked, shown: Shown, label: &'static str, count: u32) -> impl IntoView {
    let current = (asked.shown == shown).then_some("true");
    let href = Asked { shown, page: 1 }.href(&own);
    view! { <a class="chip" href=href aria-current=current>{label}" "<b>{grouped(count)}</b></a> }
}

#[component]
fn Lines(lines: Vec<ReportLine>) -> impl IntoView {
    view! {
        <div class="tw">
            <table class="import-lines">
                <caption class="unseen">"What was found in each line"</caption>
                <thead>
                    <tr>
                        <th scope="col" class="r">"Line"</th>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Result"</th>
                    </tr>
                </thead>
                <tbody>{lines.into_iter().map(|line| view! { <Line line/> }).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Line(line: ReportLine) -> impl IntoView {
    let errors = line.errors.iter().map(|error| {
        let field = label(&error.field).unwrap_or_default();
        view! { <p class="error"><b>{field}</b>": "{error.problem.to_string()}</p> }
    });
    let errors = errors.collect_view();
    let doubts = line.doubts.iter().map(|doubt| view! { <p class="quiet">{doubt.to_string()}</p> }).collect_view();
    let is_well = line.errors.is_empty() && line.doubts.is_empty();
    let name = if line.name.is_empty() {
        Either::Left(view! { <span class="quiet">"No name"</span> })
    } else {
        Either::Right(line.name)
    };
    view! {
        <tr>
            <td class="r num">{grouped(line.line)}</td>
            <th scope="row">{name}</th>
            <td>{is_well.then_some("OK")}{errors}{doubts}</td>
        </tr>
    }
}

fn headline(summary: &Summary) -> String {
    match (summary.good, summary.wrong) {
        (good, 0) => format!("{} can be imported", words::counted(good, "customer")),
        (_, 1) => "One line has errors".to_owned(),
        (_, wrong) => format!("{} lines have errors", grouped(wrong)),
    }
}

fn facts(detail: &ImportDetail, summary: &Summary) -> Vec<String> {
    let mut facts = vec!["Nothing is imported yet.".to_owned()];
    if summary.wrong > 0 {
        facts.push(format!(
            "{} without errors. As long as one line has errors, none is imported.",
            words::counted(summary.good, "line")
        ));
    }
    if summary.doubtful > 0 {
        facts.push(format!("{} may be there already.", words::counted(summary.doubtful, "customer")));
    }
    if summary.new_groups_count > 0 {
        let more = if summary.new_groups_count as usize > summary.new_groups.len() { " …" } else { "" };
        let (count, names) = (words::counted(summary.new_groups_count, "new group"), summary.new_groups.join(", "));
        facts.push(format!("{count}: {names}{more}"));
    }
    if detail.columns.iter().any(|column| column.target == "mobile") {
        facts.push("Mobile numbers are taken as they stand in the file: none is asked for a code.".to_owned());
    }
    facts.extend(ignored(&detail.columns));
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a18_the_headline_says_what_can_be_done() {
        assert_eq!(headline(&Summary { good: 50, ..Summary::default() }), "50 customers can be imported");
        assert_eq!(headline(&Summary { good: 50, wrong: 1, ..Summary::default() }), "One line has errors");
        assert_eq!(headline(&Summary { good: 0, wrong: 1200, ..Summary::default() }), "1,200 lines have errors");
    }
}
