//! Adding and editing a customer (DOMAIN A3, A6).

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    Refusal,
    customers::{CustomerDetail, CustomerInput},
    lifecycle::State,
    roles::{Action, Relation, Role, may},
    users::Me,
};

use super::{
    calls::{CreateCustomer, EditCustomer, read_customer},
    customer_in_path,
    fields::{Fields, JumpLinks},
    page_of, relation,
};
use crate::{
    answer::{Answer, follow, refusal_beside_fields, typed_before},
    failure::Failure,
    shell::Refused,
    ui::{Banner, BannerKind, Reading},
};

#[component]
pub fn CustomerNewPage() -> impl IntoView {
    // Its own reading of who asks: another reading of it elsewhere on the page never empties a form that is being filled in.
    let me = Resource::new_blocking(|| (), |()| crate::sign_in::who_am_i());
    let action = ServerAction::<CreateCustomer>::new();
    follow(Signal::from(action.value()));
    view! {
        <Title text="Add customer"/>
        <Suspense fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match me.await {
                    Ok(me) if may(me.role, Action::AddCustomer, Relation::None) => view! { <NewForm me action/> }.into_any(),
                    Ok(_) => view! { <Refused refusal=Refusal::Forbidden/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn NewForm(me: Me, action: ServerAction<CreateCustomer>) -> impl IntoView {
    let typed = RwSignal::new(typed_before().unwrap_or_else(|| CustomerInput {
        account_manager_email: me.email,
        language: "en".into(),
        report_zone: "UTC".into(),
        ..CustomerInput::default()
    }));
    let answer = Signal::from(action.value());
    view! {
        <nav class="crumbs" aria-label="Where you are"><a href="/customers">"Customers"</a></nav>
        <div class="head">
            <h1>"Add customer"</h1>
            <div class="right"><a class="btn" href="/customers/existing">"Existing customer instead"</a></div>
        </div>
        <div class="sections">
            <JumpLinks/>
            <ActionForm action=action attr:class="form panel" attr:novalidate=true>
                <Whole answer/>
                <Fields typed answer/>
                <div class="actions">
                    <button class="btn main" type="submit" disabled=action.pending()>"Add customer"</button>
                    <a class="btn" href="/customers">"Cancel"</a>
                </div>
            </ActionForm>
        </div>
    }
}

#[component]
pub fn CustomerEditPage() -> impl IntoView {
    let customer = customer_in_path();
    let basis = Resource::new_blocking(move || customer.get(), edit_basis);
    let action = ServerAction::<EditCustomer>::new();
    follow(Signal::from(action.value()));
    view! {
        <Suspense fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match basis.await {
                    Ok((detail, role)) => match why_not(&detail, role) {
                        None => view! { <EditForm detail action/> }.into_any(),
                        Some(refusal) => view! { <Refused refusal/> }.into_any(),
                    },
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// What is edited, and who asks.
async fn edit_basis(customer: String) -> Result<(CustomerDetail, Role), Failure> {
    let detail = read_customer(customer).await?;
    Ok((detail, crate::sign_in::who_am_i().await?.role))
}

/// Why the server would refuse the edit, so that nobody fills in a form in vain.
fn why_not(detail: &CustomerDetail, role: Role) -> Option<Refusal> {
    if !may(role, Action::EditCustomer, relation(detail.associated)) {
        Some(Refusal::Forbidden)
    } else {
        match detail.state {
            State::Active | State::Free => None,
            State::Pending => Some(Refusal::Pending),
            State::Inactive => Some(Refusal::Inactive),
        }
    }
}

#[component]
fn EditForm(detail: CustomerDetail, action: ServerAction<EditCustomer>) -> impl IntoView {
    let answer = Signal::from(action.value());
    let page = page_of(&detail.id);
    let title = format!("Edit {}", detail.name);
    // With the version that was edited, so that a conflict stays one until the page is read anew.
    let (version, input) = typed_before().unwrap_or((detail.version, detail.input));
    let typed = RwSignal::new(input);
    view! {
        <Title text=title.clone()/>
        <nav class="crumbs" aria-label="Where you are">
            <a href="/customers">"Customers"</a>
            <span aria-hidden="true">"/"</span>
            <a href=page.clone()>{detail.name}</a>
        </nav>
        <div class="head"><h1>{title}</h1></div>
        <div class="sections">
            <JumpLinks/>
            <ActionForm action=action attr:class="form panel" attr:novalidate=true>
                <Whole answer reload=format!("{page}/edit")/>
                <input type="hidden" name="customer" value=detail.id.to_string()/>
                <input type="hidden" name="version" value=version.to_string()/>
                <Fields typed answer/>
                <div class="actions">
                    <button class="btn main" type="submit" disabled=action.pending()>"Save"</button>
                    <a class="btn" href=page>"Cancel"</a>
                </div>
            </ActionForm>
        </div>
    }
}

/// What was refused about the whole. After a conflict the form offers to be read anew, from `reload`.
#[component]
fn Whole(answer: Answer, #[prop(optional, into)] reload: String) -> impl IntoView {
    let refusal = refusal_beside_fields(answer);
    move || {
        let refusal = refusal.get()?;
        let reload = (refusal == Refusal::Conflict && !reload.is_empty()).then(|| reload.clone());
        Some(view! {
            <Banner kind=BannerKind::Error>
                <p>{refusal.to_string()}</p>
                {reload.map(|href| view! { <p><a href=href rel="external">"Reload, and lose what you typed"</a></p> })}
            </Banner>
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{CustomerId, health::Counts};

    #[test]
    fn a6_who_may_not_edit_is_told_so_before_typing() {
        let detail = CustomerDetail {
            id: CustomerId::from_u128(1),
            input: CustomerInput::default(),
            name: "Harbor Logistics".into(),
            state: State::Active,
            state_before: None,
            terminate_reason: String::new(),
            terminated_at: 0,
            restorable_until: 0,
            is_final: false,
            asked: None,
            created_by: String::new(),
            added_at: 0,
            modified_at: 0,
            version: 1,
            counts: Counts::default(),
            associated: true,
            demo: false,
        };
        assert_eq!(why_not(&detail, Role::Admin), None);
        assert_eq!(why_not(&detail, Role::Operator), Some(Refusal::Forbidden));
        let pending = CustomerDetail { state: State::Pending, ..detail.clone() };
        assert_eq!(why_not(&pending, Role::Admin), Some(Refusal::Pending));
        assert_eq!(why_not(&CustomerDetail { state: State::Inactive, ..detail }, Role::Admin), Some(Refusal::Inactive));
    }
}
