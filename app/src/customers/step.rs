//! The page that asks before an account changes its state (DOMAIN B1, B2, B3, B5).

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::{
    Refusal,
    accounts::StepBasis,
    lifecycle::{Step, WrongStep},
};

use super::{
    calls::{TakeStep, read_step_basis, take_step},
    customer_in_path, page_of,
};
use crate::{
    answer::{Answer, follow, problem_at, refusal_beside_fields, typed_before},
    captcha::Captcha,
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Banner, BannerKind, Reading, TextField, Toasts, When},
};

#[component]
pub fn CustomerStepPage() -> impl IntoView {
    let params = use_params_map();
    let step = Memo::new(move |_| params.with(|params| params.get_str("step").and_then(Step::from_key)));
    let customer = customer_in_path();
    let basis = read_blocking(move || customer.get(), read_step_basis);
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
    let leads = Step::offered(basis.state).contains(&step) && !(step == Step::Restore && basis.is_final);
    if leads { Ok((step, basis)) } else { Err(WrongStep { step, state: basis.state }.into()) }
}

#[component]
fn Confirm(step: Step, basis: StepBasis, action: ServerAction<TakeStep>, answer: Answer) -> impl IntoView {
    let button = button_text(step, &basis.name);
    let back = if basis.may_open { page_of(&basis.customer) } else { "/customers".into() };
    let now = back.clone();
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
                refusal.get().map(|refusal| {
                    let see = matches!(refusal, Refusal::Overtaken { .. } | Refusal::WrongStep(_))
                        .then(|| view! { " "<a href=now.clone() rel="external">"See how it is now"</a> });
                    view! { <Banner kind=BannerKind::Error>{refusal.to_string()}{see}</Banner> }
                })
            }}
            <p>{what_it_does(step, &basis)}</p>
            {(step == Step::Restore).then(|| view! { <p>"It can be restored until "<When at=basis.restorable_until/>"."</p> })}
            <input type="hidden" name="customer" value=basis.customer.to_string()/>
            <input type="hidden" name="step" value=step.key()/>
            <input type="hidden" name="version" value=basis.version.to_string()/>
            {is_terminate.then(|| view! { <Reason answer/><Captcha answer/> })}
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
    take_step(customer, Step::Restore.key().to_owned(), String::new(), None, String::new()).await?;
    Ok(format!("{name} is restored."))
}

#[component]
fn Reason(answer: Answer) -> impl IntoView {
    let typed = RwSignal::new(typed_before().unwrap_or_default());
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
        Step::Withdraw => format!("Withdraw the request to {name}"),
        // The Super Admin's, who has pages of their own, and nobody's.
        Step::Approve | Step::Decline | Step::Expire | Step::Leave => step.label().to_owned(),
    }
}

fn what_it_does(step: Step, basis: &StepBasis) -> String {
    match step {
        Step::Downgrade => {
            format!(
                "The account keeps its {} oldest monitors; the others are suspended. An upgrade brings them back.",
                basis.free_monitors
            )
        }
        Step::Upgrade => {
            "Monitors that the downgrade suspended are checked again. Those that a person suspended stay suspended.".to_owned()
        }
        Step::Terminate => format!(
            "At once its checks stop, its users are signed out and its open invitations are void. The account can be restored for {} days; then this is final.",
            basis.restore_days
        ),
        Step::Restore => {
            "The account becomes what it was before it was terminated: its monitors are checked again, and its users can sign in."
                .to_owned()
        }
        Step::Withdraw => {
            "The account leaves this list, and its Super Admin can no longer approve. The audit trail keeps that you asked; you may ask again."
                .to_owned()
        }
        Step::Approve | Step::Decline | Step::Expire | Step::Leave => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{CustomerId, lifecycle::State};

    fn basis(state: State) -> StepBasis {
        StepBasis {
            customer: CustomerId::from_u128(1),
            name: "Harbor Logistics".into(),
            state,
            version: 3,
            free_monitors: 7,
            restore_days: 10,
            restorable_until: 0,
            is_final: false,
            may_open: true,
        }
    }

    #[test]
    fn b1_only_a_step_that_leads_anywhere_is_asked_about() {
        assert!(asked(Some(Step::Terminate), Ok(basis(State::Active))).is_ok());
        assert!(asked(Some(Step::Withdraw), Ok(basis(State::Pending))).is_ok());
        // Approving is not the MSP's.
        for (step, state) in [(Step::Upgrade, State::Active), (Step::Approve, State::Pending), (Step::Leave, State::Active)] {
            let wrong = WrongStep { step, state };
            assert_eq!(asked(Some(step), Ok(basis(state))).err(), Some(wrong.into()));
        }
        assert_eq!(asked(None, Ok(basis(State::Active))).err(), Some(Refusal::NotFound));
    }

    #[test]
    fn b5_what_is_final_is_not_asked_about() {
        assert!(asked(Some(Step::Restore), Ok(basis(State::Inactive))).is_ok());
        let over = StepBasis { is_final: true, ..basis(State::Inactive) };
        assert!(asked(Some(Step::Restore), Ok(over)).is_err());
    }

    #[test]
    fn b2_b3_the_page_says_what_the_step_does_by_the_settings() {
        assert_eq!(button_text(Step::Terminate, "Harbor Logistics"), "Terminate Harbor Logistics");
        assert!(what_it_does(Step::Terminate, &basis(State::Active)).contains("restored for 10 days"));
        assert!(what_it_does(Step::Downgrade, &basis(State::Active)).contains("its 7 oldest monitors"));
    }
}
