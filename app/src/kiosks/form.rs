//! The form that makes a kiosk link.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use model::{
    CustomerId, Refusal,
    kiosks::{DAYS, DAYS_PRESET, Scope, View},
    roles::{Action, Relation, may},
};
use serde::{Deserialize, Serialize};

use super::CreateKiosk;
use crate::{
    answer::{Answer, follow, problem_at, refusal_beside_fields, typed_before},
    failure::Failure,
    groups::{
        ChooseCustomers, GroupSheet, read_group,
        ticking::{self, Ticking},
    },
    reading::read_blocking,
    shell::{Myself, Refused},
    ui::{Banner, BannerKind, Reading, SelectField, TextField},
};

/// The form as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Typed {
    pub(super) name: String,
    pub(super) days: String,
    pub(super) view: String,
    pub(super) scope: String,
    pub(super) shown: String,
    pub(super) tick: Vec<String>,
}

impl Default for Typed {
    fn default() -> Self {
        Self {
            name: String::new(),
            days: DAYS_PRESET.to_string(),
            view: View::default().key().to_owned(),
            scope: Scope::default().key().to_owned(),
            shown: String::new(),
            tick: Vec::new(),
        }
    }
}

impl Typed {
    /// What a search without JavaScript carries in the address.
    fn in_address(params: &ParamsMap) -> Self {
        let ticking::Typed { name, shown, tick, .. } = ticking::Typed::in_address(params);
        let value = |field: &str| params.get(field).unwrap_or_default();
        Self { name, days: value("days"), view: value("view"), scope: value("scope"), shown, tick }
    }

    fn ticks(&self) -> ticking::Typed {
        ticking::Typed { shown: self.shown.clone(), tick: self.tick.clone(), ..ticking::Typed::default() }
    }
}

#[component]
pub fn KioskNewPage() -> impl IntoView {
    let (typed, search) = use_query_map().with_untracked(|params| {
        let in_address = params.get("name").map(|_| Typed::in_address(params));
        let typed: Typed = typed_before().or(in_address).unwrap_or_default();
        (typed, params.get("q").unwrap_or_default())
    });
    let ticked: Vec<CustomerId> = typed.ticks().said().into_iter().filter(|(_, ticked)| *ticked).map(|(id, _)| id).collect();
    let sheet = {
        let search = search.clone();
        read_blocking(|| (), move |()| read_group(String::new(), search.clone(), ticked.clone()))
    };
    let action = ServerAction::<CreateKiosk>::new();
    let answer = Signal::from(action.value());
    follow(answer);
    let begun = StoredValue::new((typed, search));
    let Myself(me) = expect_context();
    view! {
        <Title text="Make a kiosk link"/>
        <Suspense fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                let may_manage = me.await.is_ok_and(|me| may(me.role, Action::Administer, Relation::None));
                match sheet.await {
                    Ok(_) if !may_manage => view! { <Refused refusal=Refusal::Forbidden/> }.into_any(),
                    Ok(sheet) => {
                        let (typed, search) = begun.get_value();
                        view! {
                            <nav class="crumbs" aria-label="Where you are"><a href="/kiosks">"Kiosk links"</a></nav>
                            <div class="head"><h1>"Make a kiosk link"</h1></div>
                            <ActionForm action=action attr:class="form panel group kiosk-form" attr:novalidate=true>
                                // What Enter does, before the search's own button.
                                <button class="unseen" type="submit" tabindex="-1" aria-hidden="true">"Make the link"</button>
                                <Fields typed search sheet answer/>
                                <div class="actions">
                                    <button class="btn main" type="submit" disabled=action.pending()>"Make the link"</button>
                                    <a class="btn" href="/kiosks">"Cancel"</a>
                                </div>
                            </ActionForm>
                        }
                        .into_any()
                    }
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Fields(typed: Typed, search: String, sheet: GroupSheet, answer: Answer) -> impl IntoView {
    let ticking = Ticking::new(sheet.offer, typed.ticks().said(), &sheet.ticked);
    let refusal = refusal_beside_fields(answer);
    let days = DAYS.iter().map(|days| (days.to_string(), days_in_words(*days))).collect();
    let views = View::ALL.iter().map(|view| (view.key().to_owned(), view.label().to_owned())).collect();
    let nobody = problem_at(answer, "customers");
    let Typed { name, days: chosen_days, view: chosen_view, scope, .. } = typed;
    view! {
        {move || refusal.get().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
        <TextField name="name" label="Name" required=true placeholder="Screen in the operations room" autocomplete="off"
            hint="So that you know later which screen it is. The screen itself does not show it."
            value=Signal::stored(name) error=problem_at(answer, "name")/>
        <SelectField name="days" label="Ends after" options=days hint="Every link ends. It can be revoked before."
            value=Signal::stored(chosen_days) error=problem_at(answer, "days")/>
        <SelectField name="view" label="Begins with" options=views hint="Whoever stands at the screen can choose another view."
            value=Signal::stored(chosen_view) error=problem_at(answer, "view")/>
        <Scopes chosen=scope answer/>
        <div class="only chosen">
            {move || nobody.get().map(|problem| view! { <p class="error" role="alert">{problem.to_string()}</p> })}
            <ChooseCustomers group=None ticking search own="/kiosks/new".to_owned()/>
        </div>
    }
}

#[component]
fn Scopes(chosen: String, answer: Answer) -> impl IntoView {
    let problem = problem_at(answer, "scope");
    let choices = [(Scope::All, "All that you see, also later ones"), (Scope::Chosen, "Chosen customers")]
        .into_iter()
        .map(|(scope, label)| {
            view! {
                <label>
                    <input type="radio" name="scope" value=scope.key() checked=scope.key() == chosen/>
                    <span>{label}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="choices">
            <legend>"It shows"</legend>
            <div>{choices}</div>
            {move || problem.get().map(|problem| view! { <p class="error" role="alert">{problem.to_string()}</p> })}
        </fieldset>
    }
}

fn days_in_words(days: u32) -> String {
    match days {
        1 => "1 day".to_owned(),
        365 => "1 year".to_owned(),
        _ => format!("{days} days"),
    }
}
