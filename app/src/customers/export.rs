//! Where an emailed link leads (DOMAIN A12): a list that was too long to be given at once.

use leptos::{prelude::*, server_fn::codec::Json};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::customers::export::Export;

use crate::{
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Asked, Download, DownloadProgress, Downloading, Reading, When, grouped},
};

#[server(prefix = "/fn", endpoint = "export", input = Json)]
pub async fn read_export(token: String) -> Result<Export, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().store.export(&actor, &token).await?)
}

#[component]
pub fn ExportPage() -> impl IntoView {
    let params = use_params_map();
    let token = Memo::new(move |_| params.with(|params| params.get("token").unwrap_or_default()));
    let export = read_blocking(move || token.get(), read_export);
    view! {
        <Title text="Customer list to download"/>
        <Suspense fallback=|| view! { <Reading/> }>
            {move || {
                let token = token.get();
                Suspend::new(async move {
                    match export.await {
                        Ok(export) => view! { <Ready export token/> }.into_any(),
                        Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                    }
                })
            }}
        </Suspense>
    }
}

#[component]
fn Ready(export: Export, token: String) -> impl IntoView {
    let downloading = Downloading::new();
    let asked = Asked { address: format!("/exports/{token}/customers.csv"), file: "customers.csv", body: None };
    view! {
        <nav class="crumbs" aria-label="Where you are"><a href="/customers">"Customers"</a></nav>
        <div class="head"><h1>"Customer list to download"</h1></div>
        <section class="panel export" aria-label="The list">
            <p>"You asked for "{grouped(export.rows)}" customers on "<When at=export.asked_at/>". The file holds what you see in the list when you download it."</p>
            <p class="quiet">"This link is good until "<When at=export.expires_at/>", for you alone."</p>
            <div class="actions"><Download downloading asked=Signal::stored(asked) label="Download CSV"/></div>
            <DownloadProgress downloading/>
        </section>
    }
}
