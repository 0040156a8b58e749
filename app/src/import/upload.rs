//! Where a file is chosen. The form is sent as it is, with and without JavaScript: the server answers with the file's page, or with
//! this one and what is wrong.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    Refusal,
    import::{Encoding, FILE_MOST, ImportRow, NotImported, ROWS_MOST},
    roles::{Action, Relation, may},
};

use super::{list_imports, page_of};
use crate::{
    failure::Failure,
    monitors::words,
    reading::read_blocking,
    shell::{Myself, Refused},
    ui::{Ago, Banner, BannerKind, Reading, grouped},
};

#[component]
pub fn ImportUploadPage() -> impl IntoView {
    let Myself(me) = expect_context();
    let imports = read_blocking(|| (), |()| list_imports());
    let refused = StoredValue::new(use_query_map().with_untracked(|query| reason(query.get_str("refused")?)));
    view! {
        <Title text="Import customers"/>
        <Suspense fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                let may_import = me.await.is_ok_and(|me| may(me.role, Action::AddCustomer, Relation::None));
                match imports.await {
                    Ok(imports) if may_import => view! { <Upload imports refused=refused.get_value()/> }.into_any(),
                    Ok(_) => view! { <Refused refusal=Refusal::Forbidden/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// Why a file was not taken. Only what this program itself says of one: whatever else stands in the address is no reason.
fn reason(text: &str) -> Option<Refusal> {
    let refusal = serde_json::from_str(text).ok()?;
    matches!(refusal, Refusal::Import(_) | Refusal::BadRequest | Refusal::Unavailable | Refusal::Internal).then_some(refusal)
}

#[component]
fn Upload(imports: Vec<ImportRow>, refused: Option<Refusal>) -> impl IntoView {
    let (error, banner) = match refused {
        Some(Refusal::Import(NotImported::File(unreadable))) => {
            (Some(view! { <p class="error" id="file-error" role="alert">{unreadable.to_string()}</p> }), None)
        }
        other => (None, other.map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })),
    };
    let invalid = error.is_some().then_some("true");
    let describedby = if error.is_some() { "file-error file-hint" } else { "file-hint" };
    let limits = format!("At most {} customers and {} MiB.", grouped(ROWS_MOST), FILE_MOST / 1024 / 1024);
    let encodings = Encoding::ALL
        .into_iter()
        .map(|encoding| view! { <option value=encoding.key()>{encoding.label()}</option> })
        .collect_view();
    view! {
        <nav class="crumbs" aria-label="Where you are"><a href="/customers">"Customers"</a></nav>
        <div class="head"><h1>"Import customers"</h1></div>
        {banner}
        <div class="import-upload">
            <form method="post" action="/imports" enctype="multipart/form-data" class="form panel">
                <div class="entry">
                    <label for="file">"CSV file"<span class="needed" aria-hidden="true">"*"</span></label>
                    <input type="file" id="file" name="file" accept=".csv,.tsv,.txt,text/csv,text/tab-separated-values,text/plain"
                        aria-required="true" aria-invalid=invalid aria-describedby=describedby/>
                    <p class="hint" id="file-hint">"The first line names the columns. "{limits}</p>
                    {error}
                </div>
                <div class="entry">
                    <label for="encoding">"Encoding"</label>
                    <select id="encoding" name="encoding">{encodings}</select>
                </div>
                <div class="actions">
                    <button class="btn main" type="submit">"Upload"</button>
                    <a class="btn" href="/customers">"Cancel"</a>
                </div>
            </form>
            <section class="panel" aria-labelledby="import-how">
                <h2 id="import-how">"How it goes"</h2>
                <ol class="plain">
                    <li>"You choose what each column is taken as. What is called like a field here is recognised."</li>
                    <li>"Every line is checked, and you see what is wrong where. Nothing is imported yet."</li>
                    <li>"Then all customers are imported, or none: never a part of them."</li>
                </ol>
                <p><a href="/imports/template.csv" rel="external" download="customers.csv">"Download a template"</a>" with every column that is known."</p>
            </section>
        </div>
        {(!imports.is_empty()).then(|| view! { <Earlier imports/> })}
    }
}

/// What the person has uploaded within the last day.
#[component]
fn Earlier(imports: Vec<ImportRow>) -> impl IntoView {
    let rows = imports
        .into_iter()
        .map(|import| {
            view! {
                <tr>
                    <th scope="row"><span class="name"><a href=page_of(&import.id)>{import.file_name}</a></span></th>
                    <td>{import.stage.label()}</td>
                    <td class="r num">{words::counted(import.customers, "customer")}</td>
                    <td class="quiet num uploaded"><Ago at=import.created_at/></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="import-earlier" aria-labelledby="import-earlier">
            <h2 id="import-earlier">"Your files of the last 24 hours"</h2>
            <div class="tw">
                <table>
                    <caption class="unseen">"Files that you uploaded"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"File"</th>
                            <th scope="col">"State"</th>
                            <th scope="col" class="r">"Customers"</th>
                            <th scope="col" class="uploaded">"Uploaded"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
}
