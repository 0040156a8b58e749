//! What a person sees who may not open a customer of their own MSP (DOMAIN C5): why, and for an MSP Admin the one click.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{CustomerId, Refusal};

use super::calls::Associate;
use crate::{
    answer::refusal_of,
    ui::{Banner, BannerKind},
};

/// `on_done` is run once the person is associated.
#[component]
pub(crate) fn NotYours(customer: CustomerId, name: String, may_associate: bool, on_done: Callback<()>) -> impl IntoView {
    let refusal = Refusal::NotAssociated { customer: customer.clone(), name: name.clone(), may_associate };
    #[cfg(feature = "ssr")]
    crate::caller::set_status(refusal.http_status());
    view! {
        <Title text=name.clone()/>
        <div class="state">
            <h1>{name}</h1>
            <p>{refusal.to_string()}</p>
            {if may_associate {
                view! { <AssociateMe customer on_done/> }.into_any()
            } else {
                view! {
                    <p>"Ask an MSP Admin to associate you with it."</p>
                    <div class="actions"><a class="btn" href="/customers">"All customers"</a></div>
                }
                    .into_any()
            }}
        </div>
    }
}

#[component]
fn AssociateMe(customer: CustomerId, on_done: Callback<()>) -> impl IntoView {
    let action = ServerAction::<Associate>::new();
    let answer = Signal::from(action.value());
    let refusal = refusal_of(answer);
    Effect::new(move || {
        if let Some(Ok(_)) = answer.get() {
            on_done.run(());
        }
    });
    view! {
        <p>"As an MSP Admin you can associate yourself with it. The audit trail keeps that you did."</p>
        {move || refusal.get().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
        <ActionForm action=action>
            <input type="hidden" name="customer" value=customer.to_string()/>
            <div class="actions">
                <button class="btn main" type="submit" disabled=action.pending()>"Associate me"</button>
                <a class="btn" href="/customers">"All customers"</a>
            </div>
        </ActionForm>
    }
}
