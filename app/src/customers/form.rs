//! Editing a customer (DOMAIN A6): every section on one page.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    FieldError, Refusal,
    customers::CustomerDetail,
    drafts::{Draft, Section},
    lifecycle::State,
    roles::{Action, Role, may},
};

use super::{
    calls::{EditBasis, EditCustomer, read_edit_basis},
    customer_in_path,
    fields::{Fields, Typing},
    page_of, relation,
};
use crate::{
    answer::{Answer, follow, refusal_beside_fields, typed_before},
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Banner, BannerKind, Reading},
};

#[component]
pub fn CustomerEditPage() -> impl IntoView {
    let customer = customer_in_path();
    let basis = read_blocking(move || customer.get(), read_edit_basis);
    let action = ServerAction::<EditCustomer>::new();
    follow(Signal::from(action.value()));
    view! {
        <Suspense fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match basis.await {
                    Ok(basis) => match why_not(&basis.detail, basis.role) {
                        None => view! { <EditForm basis action/> }.into_any(),
                        Some(refusal) => view! { <Refused refusal/> }.into_any(),
                    },
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Suspense>
    }
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
fn EditForm(basis: EditBasis, action: ServerAction<EditCustomer>) -> impl IntoView {
    let EditBasis { detail, typed: before, offers, .. } = basis;
    let answer = Signal::from(action.value());
    let page = page_of(&detail.id);
    let title = format!("Edit {}", detail.name);
    // With what was edited: a conflict stays one until the page is read anew, and what others did to groups and people is not undone.
    let joined = |ids: Vec<String>| ids.join(",");
    let (version, groups_before, people_before, typed): (i64, String, String, Draft) = typed_before().unwrap_or_else(|| {
        let groups = joined(before.groups.iter().map(ToString::to_string).collect());
        let people = joined(before.people.iter().map(ToString::to_string).collect());
        (detail.version, groups, people, before)
    });
    let typing = Typing { typed: RwSignal::new(typed), problems: problems_of(answer), offers: StoredValue::new(offers) };
    provide_context(typing);
    view! {
        <Title text=title.clone()/>
        <nav class="crumbs" aria-label="Where you are">
            <a href="/customers">"Customers"</a>
            <span aria-hidden="true">"/"</span>
            <a href=page.clone()>{detail.name}</a>
        </nav>
        <div class="head"><h1>{title}</h1></div>
        <div class="sections">
            <nav aria-label="Sections">
                {Section::OF_ACCOUNT.into_iter().map(|section| view! { <a href=format!("#{}", anchor(section))>{section.label()}</a> }).collect_view()}
            </nav>
            <ActionForm action=action attr:class="form panel" attr:novalidate=true>
                <Whole answer reload=format!("{page}/edit")/>
                <input type="hidden" name="customer" value=detail.id.to_string()/>
                <input type="hidden" name="version" value=version.to_string()/>
                <input type="hidden" name="groups_before" value=groups_before/>
                <input type="hidden" name="people_before" value=people_before/>
                {Section::OF_ACCOUNT
                    .into_iter()
                    .map(|section| view! {
                        <fieldset id=anchor(section)>
                            <legend>{section.label()}</legend>
                            <Fields section typing adds=false/>
                        </fieldset>
                    })
                    .collect_view()}
                <div class="actions">
                    <button class="btn main" type="submit" disabled=action.pending()>"Save"</button>
                    <a class="btn" href=page>"Cancel"</a>
                </div>
            </ActionForm>
        </div>
    }
}

fn anchor(section: Section) -> String {
    format!("section-{}", section.key())
}

/// What the answer says at fields.
fn problems_of(answer: Answer) -> Signal<Vec<FieldError>> {
    Signal::derive(move || {
        answer.with(|answer| match answer {
            Some(Err(Failure(Refusal::Invalid(errors)))) => errors.clone(),
            Some(_) | None => Vec::new(),
        })
    })
}

/// What was refused about the whole. After a conflict the form offers to be read anew, from `reload`.
#[component]
fn Whole(answer: Answer, #[prop(into)] reload: String) -> impl IntoView {
    let refusal = refusal_beside_fields(answer);
    move || {
        let refusal = refusal.get()?;
        let reload = (refusal == Refusal::Conflict).then(|| reload.clone());
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
    use model::{CustomerId, customers::CustomerInput, health::Counts};

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
