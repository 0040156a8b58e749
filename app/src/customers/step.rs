//! The page that asks before an account changes its state (DOMAIN B1, B2, B3, B5).

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::{
    Refusal,
    lifecycle::{FREE_MONITORS, RESTORE_DAYS, Step, WrongStep},
};

use super::{
    calls::{StepBasis, TakeStep, read_step_basis, take_step},
    customer_in_path, page_of,
};
use crate::{
    answer::{Answer, follow, problem_at, refusal_beside_fields},
    failure::Failure,
    shell::Refused,
    ui::{Banner, BannerKind, Reading, TextField, Toasts},
};

#[component]
pub fn CustomerStepPage() -> impl IntoView {
    let params = use_params_map();
    let step = Memo::new(move |_| params.with(|params| params.get_str("step").and_then(Step::from_key)));
    let customer = customer_in_path();
    let basis = Resource::new_blocking(move || customer.get(), read_step_basis);
    let action = ServerAction::<TakeStep>::new();
    let answer = Signal::from(action.value());
    follow(answer);
    view! {
        <Transition fallback=|| view! { <Reading/> }>
            {move || {
                let step = step.get();
                Suspend::new(async move {
                    match asked(step, basis.await) {
                        Ok((step, basis)) => view! { <Confirm step basis action answer/> }.into_any(),
                        Err(refusal) => view! { <Refused refusal/> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

/// The step and whom it is about, where there is anything to ask.
fn asked(step: Option<Step>, basis: Result<StepBasis, Failure>) -> Result<(Step, StepBasis), Refusal> {
    let step = step.ok_or(Refusal::NotFound)?;
    let basis = basis.map_err(|Failure(refusal)| refusal)?;
    match basis.known {
        Some(known) if !Step::offered(known.state).contains(&step) => Err(WrongStep { step, state: known.state }.into()),
        Some(_) | None => Ok((step, basis)),
    }
}

#[component]
fn Confirm(step: Step, basis: StepBasis, action: ServerAction<TakeStep>, answer: Answer) -> impl IntoView {
    let button = button_text(step, &basis.name);
    let back = if basis.known.is_some() { page_of(&basis.customer) } else { "/customers".into() };
    let refusal = refusal_beside_fields(answer);
    let is_terminate = step == Step::Terminate;
    if is_terminate {
        offer_undo(answer, basis.customer.to_string(), basis.name.clone());
    }
    let (form, class) = if is_terminate { ("form grave", "btn main danger") } else { ("form panel", "btn main") };
    let submit = move || view! { <button class=class type="submit" disabled=action.pending()>{button.clone()}</button> };
    let cancel = move || view! { <a class="btn" href=back.clone()>"Cancel"</a> };
    view! {
        <Title text=button_text(step, &basis.name)/>
        <nav class="crumbs" aria-label="Where you are"><a href="/customers">"Customers"</a></nav>
        <div class="head"><h1>{button_text(step, &basis.name)}"?"</h1></div>
        <ActionForm action=action attr:class=form>
            {move || {
                refusal
                    .get()
                    .map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })
            }}
            <p>{what_it_does(step)}</p>
            <input type="hidden" name="customer" value=basis.customer.to_string()/>
            <input type="hidden" name="step" value=step.key()/>
            {basis.known.map(|known| view! { <input type="hidden" name="version" value=known.version.to_string()/> })}
            {is_terminate.then(|| view! { <Reason answer/> })}
            // What cannot be taken back lightly is not the first thing that the tab key finds.
            <div class="actions">
                {is_terminate.then(|| cancel.clone()())}
                {submit()}
                {(!is_terminate).then(cancel)}
            </div>
        </ActionForm>
    }
}

/// Says that the account was terminated, and offers the way back.
fn offer_undo(answer: Answer, customer: String, name: String) {
    let toasts: Toasts = expect_context();
    Effect::new(move || {
        if let Some(Ok(_)) = answer.get() {
            let (customer, name) = (customer.clone(), name.clone());
            toasts.offer(format!("{name} is terminated."), move || restore(customer.clone(), name.clone()));
        }
    });
}

async fn restore(customer: String, name: String) -> Result<String, Failure> {
    take_step(customer, Step::Restore.key().to_owned(), String::new(), None).await?;
    Ok(format!("{name} is restored."))
}

#[component]
fn Reason(answer: Answer) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    view! {
        <TextField name="reason" label="Reason" kind="textarea" required=true hint="It stands on the customer's page and in the audit trail."
            value=typed on_change=Callback::new(move |text| typed.set(text)) error=problem_at(answer, "reason")/>
    }
}

fn button_text(step: Step, name: &str) -> String {
    match step {
        Step::Downgrade => format!("Downgrade {name} to Free"),
        Step::Upgrade => format!("Upgrade {name} to Active"),
        Step::Terminate => format!("Terminate {name}"),
        Step::Restore => format!("Restore {name}"),
    }
}

fn what_it_does(step: Step) -> String {
    match step {
        Step::Downgrade => {
            format!(
                "The account keeps its {FREE_MONITORS} oldest monitors; the others are suspended. An upgrade brings them back."
            )
        }
        Step::Upgrade => {
            "Monitors that the downgrade suspended are checked again. Those that a person suspended stay suspended.".to_owned()
        }
        Step::Terminate => format!(
            "At once its checks stop and its users are signed out. The account can be restored for {RESTORE_DAYS} days; then this is final."
        ),
        Step::Restore => {
            "The account becomes what it was before it was terminated: its monitors are checked again, and its users can sign in."
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{CustomerId, lifecycle::State};

    use crate::customers::calls::Known;

    fn basis(known: Option<State>) -> Result<StepBasis, Failure> {
        let known = known.map(|state| Known { state, version: 3 });
        Ok(StepBasis { customer: CustomerId::from_u128(1), name: "Harbor Logistics".into(), known })
    }

    #[test]
    fn b1_only_a_step_that_leads_anywhere_is_asked_about() {
        assert!(asked(Some(Step::Terminate), basis(Some(State::Active))).is_ok());
        assert!(asked(Some(Step::Terminate), basis(None)).is_ok());
        let wrong = WrongStep { step: Step::Upgrade, state: State::Active };
        assert_eq!(asked(Some(Step::Upgrade), basis(Some(State::Active))).err(), Some(wrong.into()));
        assert_eq!(asked(None, basis(Some(State::Active))).err(), Some(Refusal::NotFound));
    }

    #[test]
    fn b2_the_button_says_what_it_does() {
        assert_eq!(button_text(Step::Terminate, "Harbor Logistics"), "Terminate Harbor Logistics");
    }
}
