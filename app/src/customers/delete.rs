//! The page that asks before a customer is deleted (DOMAIN A11): what is lost, and the person's own email as the confirmation.

use leptos::{prelude::*, server_fn::codec::Json};
use leptos_meta::Title;
use model::customers::deletion::{DeletionBasis, Losses};

use super::customer_in_path;
use crate::{
    answer::{Answer, follow, problem_at, refusal_beside_fields},
    failure::Failure,
    monitors::words,
    reading::read_blocking,
    shell::{Myself, Refused},
    ui::{Banner, BannerKind, Reading, TextField, Toasts},
};

/// What the button of the deletion sends; the other one, which Enter presses, sends nothing.
const YES: &str = "delete";

#[server(prefix = "/fn", endpoint = "customer-deletion", input = Json)]
pub async fn read_deletion(customer: String) -> Result<DeletionBasis, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().live.deletion_basis(&actor, &crate::caller::id(&customer)?).await?)
}

/// Deletes the customer where `answer` says so; else leads back.
#[server(prefix = "/fn", endpoint = "customer-delete")]
pub async fn delete_customer(
    customer: String,
    #[server(default)] email: String,
    #[server(default)] answer: String,
) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let customer = caller::id(&customer)?;
    if answer != YES {
        let basis = caller::handles().live.deletion_basis(&actor, &customer).await?;
        return Ok(caller::goes_to(back_of(&basis)));
    }
    caller::handles().live.delete_customer(&actor, &customer, &email).await?;
    Ok(caller::goes_to("/customers".into()))
}

/// Where who does not want it goes: to the customer's page, or to the list where they cannot open it.
#[cfg(feature = "ssr")]
fn back_of(basis: &DeletionBasis) -> String {
    if basis.associated { super::page_of(&basis.customer) } else { "/customers".into() }
}

#[component]
pub fn CustomerDeletePage() -> impl IntoView {
    let customer = customer_in_path();
    let basis = read_blocking(move || customer.get(), read_deletion);
    let action = ServerAction::<DeleteCustomer>::new();
    let answer = Signal::from(action.value());
    follow(answer);
    let Myself(me) = expect_context();
    view! {
        <Suspense fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                let own = me.await.map(|me| me.email).unwrap_or_default();
                match basis.await {
                    Ok(basis) => view! { <Ask basis own action answer/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Ask(basis: DeletionBasis, own: String, action: ServerAction<DeleteCustomer>, answer: Answer) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let refusal = refusal_beside_fields(answer);
    let title = format!("Delete {}", basis.name);
    let meant = StoredValue::new(false);
    say_so(answer, meant, basis.name.clone());
    let lost = lost(basis.losses).into_iter().map(|words| view! { <li>{words}</li> }).collect_view();
    view! {
        <Title text=title.clone()/>
        <nav class="crumbs" aria-label="Where you are"><a href="/customers">"Customers"</a></nav>
        <div class="head"><h1>{title.clone()}"?"</h1></div>
        <ActionForm action=action attr:class="form grave" attr:novalidate=true>
            {move || {
                refusal.get().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })
            }}
            <p>"This is permanent, and cannot be undone. What goes with "<b>{basis.name.clone()}</b>":"</p>
            <ul class="losses">{lost}</ul>
            <p>"The audit trail keeps what was done, and that it was deleted."</p>
            <input type="hidden" name="customer" value=basis.customer.to_string()/>
            <TextField name="email" label="Your own email address" required=true autocomplete="off" inputmode="email"
                hint=format!("To confirm, type the address that you sign in with: {own}")
                value=typed on_change=Callback::new(move |text| typed.set(text)) error=problem_at(answer, "email")/>
            // The first button is the one that Enter presses.
            <div class="actions">
                <button class="btn" type="submit" name="answer" value="" on:click=move |_| meant.set_value(false)>"Cancel"</button>
                <button class="btn main danger" type="submit" name="answer" value=YES disabled=action.pending()
                    on:click=move |_| meant.set_value(true)>{title}</button>
            </div>
        </ActionForm>
    }
}

/// Says that it is gone, where that was meant.
fn say_so(answer: Answer, meant: StoredValue<bool>, name: String) {
    let toasts: Toasts = expect_context();
    Effect::new(move || {
        if answer.with(|answer| matches!(answer, Some(Ok(_)))) && meant.get_value() {
            toasts.say(format!("{name} is deleted."));
        }
    });
}

fn lost(losses: Losses) -> Vec<String> {
    let Losses { monitors, outages, users, windows, groups, people } = losses;
    vec![
        format!("{}, with all that was measured", words::counted(monitors, "monitor")),
        words::counted(outages, "outage"),
        format!("{}, who can no longer sign in", words::counted(users, "customer user")),
        words::counted(windows, "maintenance window"),
        format!("its place in {}, and {} of staff", words::counted(groups, "group"), words::counted(people, "association")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a11_the_page_counts_what_is_lost() {
        let losses = Losses { monitors: 1200, outages: 1, users: 0, windows: 2, groups: 1, people: 3 };
        let words = lost(losses);
        assert_eq!(words[0], "1,200 monitors, with all that was measured");
        assert_eq!(words[1], "1 outage");
        assert_eq!(words[4], "its place in 1 group, and 3 associations of staff");
    }
}
