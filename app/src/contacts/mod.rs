//! A customer's contacts (DOMAIN A10): the list, and the form that adds and edits one.

mod form;

pub use form::ContactFields;

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::{
    Refusal,
    contacts::{ContactInput, ContactRow, ContactSheet, PortalAccess},
};

use crate::{
    answer::{load_after, read_anew_after, refusal_beside_fields},
    customers::{HeldHead, HeldPage},
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Banner, BannerKind, Glyph, Icon, Reading, address},
};

use form::ContactForm;

#[server(prefix = "/fn", endpoint = "customer-contacts")]
pub async fn read_contacts(customer: String) -> Result<ContactSheet, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().store.contacts_of_customer(&actor, &crate::caller::id(&customer)?).await?)
}

/// Adds a contact where `id` is empty, or replaces the settings of that one.
#[server(prefix = "/fn", endpoint = "contact-save")]
pub async fn save_contact(
    customer: String,
    #[server(default)] id: String,
    #[server(default)] version: i64,
    input: ContactInput,
) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let (customer, existing) = (caller::id(&customer)?, caller::maybe_id(&id)?);
    let saved = caller::handles().store.save_contact(&actor, &customer, existing.as_ref().map(|id| (id, version)), &input).await;
    saved.inspect_err(|_| caller::keep_typed(&(&id, version, &input)))?;
    Ok(caller::goes_to(HeldPage::Contacts.path(&customer)))
}

#[server(prefix = "/fn", endpoint = "contact-delete")]
pub async fn delete_contact(customer: String, id: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let customer = caller::id(&customer)?;
    let contact = caller::id::<model::ContactId>(&id)?;
    caller::handles().store.delete_contact(&actor, &customer, &contact).await?;
    Ok(caller::goes_to(HeldPage::Contacts.path(&customer)))
}

/// The actions outlive each new reading of the page.
#[derive(Clone, Copy)]
struct Doing {
    save: ServerAction<SaveContact>,
    delete: ServerAction<DeleteContact>,
}

#[component]
pub fn ContactsPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let customer = Memo::new(move |_| params.with(|params| params.get("customer").unwrap_or_default()));
    let edited = Memo::new(move |_| query.with(|query| query.get("edit").unwrap_or_default()));
    let sheet = read_blocking(move || customer.get(), read_contacts);
    let doing = Doing { save: ServerAction::new(), delete: ServerAction::new() };
    let read_anew = move || sheet.refetch();
    read_anew_after(doing.delete.value().into(), read_anew);
    load_after(doing.save.value().into());
    let refusal = refusal_beside_fields(doing.delete.value().into());
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
fn Sheet(sheet: ContactSheet, edited: String, doing: Doing) -> impl IntoView {
    let path = HeldPage::Contacts.path(&sheet.customer);
    let row = sheet.rows.iter().find(|row| row.id.to_string() == edited).cloned();
    if !edited.is_empty() && row.is_none() {
        return view! { <Refused refusal=Refusal::NotFound/> }.into_any();
    }
    let rows = sheet
        .rows
        .iter()
        .map(|row| {
            let (may, may_invite) = (sheet.may_manage, sheet.may_invite);
            view! { <Row row=row.clone() customer=sheet.customer.to_string() path=path.clone() may may_invite doing/> }
        })
        .collect_view();
    let list = if sheet.rows.is_empty() {
        view! { <p class="panel quiet">"No contacts yet."</p> }.into_any()
    } else {
        view! {
            <div class="tw" tabindex="0">
                <table class="contacts">
                    <caption class="unseen">"Contacts"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col" class="title">"Role or title"</th>
                            <th scope="col">"Location"</th>
                            <th scope="col" class="email">"Email"</th>
                            <th scope="col" class="phone">"Phone"</th>
                            <th scope="col" class="access">"Portal access"</th>
                            <th scope="col"><span class="unseen">"Actions"</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    let form = if !sheet.may_manage {
        ().into_any()
    } else if sheet.locations.is_empty() {
        let locations = HeldPage::Locations.path(&sheet.customer);
        view! {
            <section class="aside panel" aria-label="Add contact">
                <p>{Refusal::NoLocation.to_string()}</p>
                <div class="actions"><a class="btn main" href=locations>"Add location"</a></div>
            </section>
        }
        .into_any()
    } else {
        view! { <ContactForm sheet=sheet.clone() row path action=doing.save/> }.into_any()
    };
    view! {
        <HeldHead page=HeldPage::of(&sheet.customer) name=sheet.customer_name.clone() here=HeldPage::Contacts/>
        <div class="holding">
            <section aria-label="List">{list}</section>
            {form}
        </div>
    }
    .into_any()
}

#[component]
fn Row(row: ContactRow, customer: String, path: String, may: bool, may_invite: bool, doing: Doing) -> impl IntoView {
    let name = row.input.name();
    let invite = (may_invite && row.access != PortalAccess::None).then(|| {
        let page = format!("/customers/{customer}/users/invite");
        let href = address(&page, &[("email", &row.input.email), ("name", &name)]);
        view! { <a class="btn small" href=href aria-label=format!("Invite {name}")>"Invite"</a> }
    });
    let edit = format!("{path}?edit={}", row.id);
    let shown = if may {
        view! { <a href=edit rel="external" title=name.clone()>{name.clone()}</a> }.into_any()
    } else {
        view! { <span title=name.clone()>{name.clone()}</span> }.into_any()
    };
    let ContactInput { email, phone, title, .. } = row.input;
    let write = (!email.is_empty())
        .then(|| view! { <a href=format!("mailto:{email}") rel="external" title=email.clone()>{email.clone()}</a> });
    view! {
        <tr>
            <th scope="row"><span class="name">{shown}</span></th>
            <td class="quiet title">{title}</td>
            <td title=row.location_name.clone()>{row.location_name.clone()}</td>
            <td class="email">{write}</td>
            <td class="quiet num phone">{phone}</td>
            <td class="access">{row.access.label()}</td>
            <td class="do">{invite}{may.then(|| view! { <Delete id=row.id.to_string() name customer doing/> })}</td>
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
                <p>"Deleting "<b>{name}</b>" cannot be undone."</p>
                <ActionForm action=doing.delete>
                    <input type="hidden" name="customer" value=customer/>
                    <input type="hidden" name="id" value=id/>
                    <button class="btn main danger" type="submit" disabled=doing.delete.pending()>"Delete this contact"</button>
                </ActionForm>
            </div>
        </details>
    }
}
