//! What a customer has of the catalogue (DOMAIN A8): its program level, which shows service plans, service types and rates, and its
//! service items.

mod form;

pub use form::ItemFields;

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::{
    Refusal,
    services::{ItemInput, ItemRow, ServiceSheet, quantity},
};

use crate::{
    answer::{Answer, load_after, read_anew_after, refusal_beside_fields},
    catalogue::{ProgramLevelFields, level_facts, level_of},
    customers::{HeldHead, HeldPage},
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Banner, BannerKind, Glyph, Icon, Reading},
};

use form::ItemForm;

#[server(prefix = "/fn", endpoint = "customer-services")]
pub async fn read_services(customer: String) -> Result<ServiceSheet, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().store.services_of_customer(&actor, &crate::caller::id(&customer)?).await?)
}

/// Gives the customer another program level.
#[server(prefix = "/fn", endpoint = "customer-level")]
pub async fn choose_level(customer: String, level: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let customer = caller::id(&customer)?;
    caller::handles().store.choose_level(&actor, &customer, &level).await?;
    Ok(caller::goes_to(HeldPage::Services.path(&customer)))
}

/// Adds a service item where `id` is empty, or replaces the settings of that one.
#[server(prefix = "/fn", endpoint = "service-item-save")]
pub async fn save_item(
    customer: String,
    #[server(default)] id: String,
    #[server(default)] version: i64,
    input: ItemInput,
) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let (customer, existing) = (caller::id(&customer)?, caller::maybe_id(&id)?);
    let saved = caller::handles().store.save_item(&actor, &customer, existing.as_ref().map(|id| (id, version)), &input).await;
    saved.inspect_err(|_| caller::keep_typed(&(&id, version, &input)))?;
    Ok(caller::goes_to(HeldPage::Services.path(&customer)))
}

#[server(prefix = "/fn", endpoint = "service-item-delete")]
pub async fn delete_item(customer: String, id: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let customer = caller::id(&customer)?;
    let item = caller::id::<model::ItemId>(&id)?;
    caller::handles().store.delete_item(&actor, &customer, &item).await?;
    Ok(caller::goes_to(HeldPage::Services.path(&customer)))
}

/// The actions outlive each new reading of the page.
#[derive(Clone, Copy)]
struct Doing {
    level: ServerAction<ChooseLevel>,
    save: ServerAction<SaveItem>,
    delete: ServerAction<DeleteItem>,
}

impl Doing {
    fn forget(self) {
        self.level.value().set(None);
        self.delete.value().set(None);
    }
}

#[component]
pub fn ServicesPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let customer = Memo::new(move |_| params.with(|params| params.get("customer").unwrap_or_default()));
    let edited = Memo::new(move |_| query.with(|query| query.get("edit").unwrap_or_default()));
    let sheet = read_blocking(move || customer.get(), read_services);
    let doing = Doing { level: ServerAction::new(), save: ServerAction::new(), delete: ServerAction::new() };
    let read_anew = move || sheet.refetch();
    read_anew_after(doing.level.value().into(), read_anew);
    read_anew_after(doing.delete.value().into(), read_anew);
    load_after(doing.save.value().into());
    let refusal = refusal_beside_fields(Signal::derive(move || doing.delete.value().get().or_else(|| doing.level.value().get())));
    view! {
        {move || refusal.get().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
        <Transition fallback=|| view! { <Reading/> }>
            {move || {
                let edited = edited.get();
                Suspend::new(async move {
                    match sheet.await {
                        Ok(sheet) => view! { <Sheet sheet edited doing/> }.into_any(),
                        Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

#[component]
fn Sheet(sheet: ServiceSheet, edited: String, doing: Doing) -> impl IntoView {
    let path = HeldPage::Services.path(&sheet.customer);
    let level = level_of(&sheet).cloned();
    let name = level.as_ref().map(|level| level.name.clone());
    let row = sheet.items.iter().find(|row| row.id.to_string() == edited).cloned();
    if !edited.is_empty() && row.is_none() {
        return view! { <Refused refusal=Refusal::NotFound/> }.into_any();
    }
    let rows = sheet
        .items
        .iter()
        .map(|row| {
            let may = sheet.may_manage;
            view! { <Row row=row.clone() customer=sheet.customer.to_string() path=path.clone() may doing/> }
        })
        .collect_view();
    let list = if sheet.items.is_empty() {
        view! { <p class="panel quiet">"No service items."</p> }.into_any()
    } else {
        view! {
            <div class="tw" tabindex="0">
                <table class="items">
                    <caption class="unseen">"Service items"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Service"</th>
                            <th scope="col" class="r">"Quantity"</th>
                            <th scope="col" class="r">"Rate"</th>
                            <th scope="col" class="r">"Amount"</th>
                            <th scope="col" class="days">"From"</th>
                            <th scope="col" class="days">"Until"</th>
                            <th scope="col"><span class="unseen">"Actions"</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <HeldHead page=HeldPage::of(&sheet.customer) name=sheet.customer_name.clone() here=HeldPage::Services/>
        <div class="holding">
            <div>
                <section aria-labelledby="items">
                    <h2 id="items">"Service items"</h2>
                    {list}
                </section>
                <section aria-labelledby="program-level">
                    <h2 id="program-level">"Program level"{name.map(|name| format!(": {name}"))}</h2>
                    <div class="panel level">
                        <p class="hint">"What each level offers and costs stands in the "<a href="/catalogue">"catalogue"</a>"."</p>
                        {sheet.may_manage.then(|| view! { <Choose sheet=sheet.clone() doing/> })}
                        {match level {
                            Some(level) => level_facts(&level, &sheet.catalogue).into_any(),
                            None => view! { <p class="quiet">"None yet."</p> }.into_any(),
                        }}
                    </div>
                </section>
            </div>
            {sheet.may_manage.then(|| view! { <ItemForm sheet row path action=doing.save/> })}
        </div>
    }
    .into_any()
}

/// Chooses another level.
#[component]
fn Choose(sheet: ServiceSheet, doing: Doing) -> impl IntoView {
    let value = Signal::stored(sheet.level.as_ref().map(ToString::to_string).unwrap_or_default());
    let answer: Answer = doing.level.value().into();
    view! {
        <ActionForm action=doing.level attr:class="choose" on:submit=move |_| doing.forget()>
            <input type="hidden" name="customer" value=sheet.customer.to_string()/>
            <ProgramLevelFields name="level" levels=sheet.catalogue.levels value answer/>
            <button class="btn" type="submit" disabled=doing.level.pending()>"Change level"</button>
        </ActionForm>
    }
}

#[component]
fn Row(row: ItemRow, customer: String, path: String, may: bool, doing: Doing) -> impl IntoView {
    let total = row.total().map(|money| money.to_string());
    let rate = row.rate.as_ref().map(ToString::to_string);
    let dash = || "—".to_owned();
    let day = |day: &str| if day.is_empty() { dash() } else { day.to_owned() };
    let (edit, name, note) = (format!("{path}?edit={}", row.id), row.service_name.clone(), row.note.clone());
    let shown = if may { view! { <a href=edit rel="external">{name.clone()}</a> }.into_any() } else { name.clone().into_any() };
    view! {
        <tr>
            <th scope="row">
                <span class="name">{shown}</span>
                {(!note.is_empty()).then(|| view! { <small class="quiet" title=note.clone()>{note.clone()}</small> })}
            </th>
            <td class="r num">{quantity(row.quantity)}" "<small>{row.unit.clone()}</small></td>
            <td class="r num">{rate.unwrap_or_else(dash)}</td>
            <td class="r num">{total.unwrap_or_else(dash)}</td>
            <td class="num quiet days">{day(&row.from)}</td>
            <td class="num quiet days">{day(&row.until)}</td>
            <td class="do">{may.then(|| view! { <Delete id=row.id.to_string() name customer doing/> })}</td>
        </tr>
    }
}

#[component]
fn Delete(id: String, name: String, customer: String, doing: Doing) -> impl IntoView {
    let label = format!("Delete {name}");
    view! {
        <details class="menu confirm" name="held-menu">
            <summary class="btn quiet small" title=label.clone() aria-label=label><Icon glyph=Glyph::Trash/></summary>
            <div>
                <p>"The customer no longer has "<b>{name}</b>". The audit trail keeps that it had."</p>
                <ActionForm action=doing.delete on:submit=move |_| doing.forget()>
                    <input type="hidden" name="customer" value=customer/>
                    <input type="hidden" name="id" value=id/>
                    <button class="btn main danger" type="submit" disabled=doing.delete.pending()>"Delete this service item"</button>
                </ActionForm>
            </div>
        </details>
    }
}
