//! A customer's locations (DOMAIN A9): the list, and the form that adds and edits one.

mod form;

pub use form::LocationFields;

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::{
    Refusal,
    locations::{LocationInput, LocationRow, LocationSheet},
};

use crate::{
    answer::{load_after, read_anew_after, refusal_beside_fields},
    customers::{HeldHead, HeldPage},
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Banner, BannerKind, Glyph, Icon, Reading, grouped},
};

use form::LocationForm;

#[server(prefix = "/fn", endpoint = "customer-locations")]
pub async fn read_locations(customer: String) -> Result<LocationSheet, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().store.locations_of_customer(&actor, &crate::caller::id(&customer)?).await?)
}

/// Adds a location where `id` is empty, or replaces the settings of that one.
#[server(prefix = "/fn", endpoint = "location-save")]
pub async fn save_location(
    customer: String,
    #[server(default)] id: String,
    #[server(default)] version: i64,
    input: LocationInput,
) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let (customer, existing) = (caller::id(&customer)?, caller::maybe_id(&id)?);
    let saved = caller::handles().store.save_location(&actor, &customer, existing.as_ref().map(|id| (id, version)), &input).await;
    saved.inspect_err(|_| caller::keep_typed(&(&id, version, &input)))?;
    Ok(caller::goes_to(HeldPage::Locations.path(&customer)))
}

#[server(prefix = "/fn", endpoint = "location-default")]
pub async fn choose_default_location(customer: String, id: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let customer = caller::id(&customer)?;
    let location = caller::id::<model::LocationId>(&id)?;
    caller::handles().store.make_default_location(&actor, &customer, &location).await?;
    Ok(caller::goes_to(HeldPage::Locations.path(&customer)))
}

#[server(prefix = "/fn", endpoint = "location-delete")]
pub async fn delete_location(customer: String, id: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let customer = caller::id(&customer)?;
    let location = caller::id::<model::LocationId>(&id)?;
    caller::handles().store.delete_location(&actor, &customer, &location).await?;
    Ok(caller::goes_to(HeldPage::Locations.path(&customer)))
}

/// The actions outlive each new reading of the page.
#[derive(Clone, Copy)]
struct Doing {
    save: ServerAction<SaveLocation>,
    default: ServerAction<ChooseDefaultLocation>,
    delete: ServerAction<DeleteLocation>,
}

impl Doing {
    fn forget(self) {
        self.default.value().set(None);
        self.delete.value().set(None);
    }
}

#[component]
pub fn LocationsPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let customer = Memo::new(move |_| params.with(|params| params.get("customer").unwrap_or_default()));
    let edited = Memo::new(move |_| query.with(|query| query.get("edit").unwrap_or_default()));
    let sheet = read_blocking(move || customer.get(), read_locations);
    let doing = Doing { save: ServerAction::new(), default: ServerAction::new(), delete: ServerAction::new() };
    let read_anew = move || sheet.refetch();
    read_anew_after(doing.default.value().into(), read_anew);
    read_anew_after(doing.delete.value().into(), read_anew);
    load_after(doing.save.value().into());
    let refusal =
        refusal_beside_fields(Signal::derive(move || doing.delete.value().get().or_else(|| doing.default.value().get())));
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
fn Sheet(sheet: LocationSheet, edited: String, doing: Doing) -> impl IntoView {
    let path = HeldPage::Locations.path(&sheet.customer);
    let row = sheet.rows.iter().find(|row| row.id.to_string() == edited).cloned();
    if !edited.is_empty() && row.is_none() {
        return view! { <Refused refusal=Refusal::NotFound/> }.into_any();
    }
    let rows = sheet
        .rows
        .iter()
        .map(|row| {
            let may = sheet.may_manage;
            view! { <Row row=row.clone() customer=sheet.customer.to_string() path=path.clone() may doing/> }
        })
        .collect_view();
    let list = if sheet.rows.is_empty() {
        view! { <p class="panel quiet">"No locations yet. The first one becomes the default."</p> }.into_any()
    } else {
        view! {
            <div class="tw" tabindex="0">
                <table class="locations">
                    <caption class="unseen">"Locations"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col" class="address">"Address"</th>
                            <th scope="col" class="zone">"Time zone"</th>
                            <th scope="col" class="shown">"On dashboard"</th>
                            <th scope="col" class="r">"Contacts"</th>
                            <th scope="col" class="r count">"Monitors"</th>
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
        <HeldHead page=HeldPage::of(&sheet.customer) name=sheet.customer_name.clone() here=HeldPage::Locations/>
        <div class="holding">
            <section aria-label="List">{list}</section>
            {sheet.may_manage.then(|| view! { <LocationForm sheet row path action=doing.save/> })}
        </div>
    }
    .into_any()
}

#[component]
fn Row(row: LocationRow, customer: String, path: String, may: bool, doing: Doing) -> impl IntoView {
    let (name, address) = (row.input.name.clone(), row.address());
    let edit = format!("{path}?edit={}", row.id);
    let shown = if may {
        view! { <a href=edit rel="external" title=name.clone()>{name.clone()}</a> }.into_any()
    } else {
        view! { <span title=name.clone()>{name.clone()}</span> }.into_any()
    };
    let zone = if row.input.zone.is_empty() { "The customer's".to_owned() } else { row.input.zone.clone() };
    let dashboard = if row.input.is_on_dashboard() { "Shown" } else { "Hidden" };
    view! {
        <tr>
            <th scope="row">
                <span class="name">{shown}{row.is_default.then(|| view! { <small class="pill a">"Default"</small> })}</span>
            </th>
            <td class="quiet address" title=address.clone()>{address.clone()}</td>
            <td class="quiet zone">{zone}</td>
            <td class="quiet shown">{dashboard}</td>
            <td class="r num">{grouped(row.contacts)}</td>
            <td class="r num count">{grouped(row.monitors)}</td>
            <td class="do">{may.then(|| view! { <Offers row customer doing/> })}</td>
        </tr>
    }
}

/// What can be done to a row.
#[component]
fn Offers(row: LocationRow, customer: String, doing: Doing) -> impl IntoView {
    let (id, name) = (row.id.to_string(), row.input.name);
    let (default, delete) = (format!("Make default: {name}"), format!("Delete {name}"));
    let (chosen, whose) = (id.clone(), customer.clone());
    let at = match row.monitors {
        0 => "",
        1 => " Its monitor stays, at no location.",
        _ => " Its monitors stay, at no location.",
    };
    view! {
        {(!row.is_default).then(|| view! {
            <ActionForm action=doing.default on:submit=move |_| doing.forget()>
                <input type="hidden" name="customer" value=whose/>
                <input type="hidden" name="id" value=chosen/>
                <button class="btn small" type="submit" aria-label=default disabled=doing.default.pending()>"Make default"</button>
            </ActionForm>
        })}
        <details class="menu confirm" name="held-menu">
            <summary class="btn quiet small" title=delete.clone() aria-label=delete><Icon glyph=Glyph::Trash/></summary>
            <div>
                <p>"Deleting "<b>{name}</b>" cannot be undone."{at}</p>
                <ActionForm action=doing.delete on:submit=move |_| doing.forget()>
                    <input type="hidden" name="customer" value=customer/>
                    <input type="hidden" name="id" value=id/>
                    <button class="btn main danger" type="submit" disabled=doing.delete.pending()>"Delete this location"</button>
                </ActionForm>
            </div>
        </details>
    }
}
