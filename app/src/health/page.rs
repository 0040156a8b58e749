//! The health view: chips, search, cards, and when they were read.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    components::{A, Redirect},
    hooks::use_query_map,
};
use model::{
    Refusal,
    health::{Health, HealthView, REFRESH_MS},
    roles::{Action, Relation, Role},
};
use std::time::Duration;

use super::{card::StatusCard, deck::Deck, read_health};
use crate::{
    failure::Failure,
    shell::{Myself, Refused, i_may},
    ui::{Ago, Banner, BannerKind, Empty, FindBox, Glyph, Icon, Mark, Reading, address, grouped},
};

const COLOURS: [Health; 3] = [Health::Down, Health::Trouble, Health::Up];

#[component]
pub fn HealthPage() -> impl IntoView {
    let fresh = use_query_map().with_untracked(|query| query.get("fresh").is_some());
    let view = Resource::new_blocking(|| (), move |()| read_health(fresh));
    let Myself(me) = expect_context();
    view! {
        <Title text="Customer health"/>
        <Suspense fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                let answer = view.await;
                if me.await.is_ok_and(|me| me.role == Role::Customer) {
                    return view! { <Redirect path="/portal"/> }.into_any();
                }
                match answer {
                    Ok(view) => view! { <Cards view/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// What the address asks to see.
#[derive(Clone, Copy)]
struct Asked {
    show: Memo<Option<Health>>,
    q: Memo<String>,
}

impl Asked {
    fn read() -> Self {
        let query = use_query_map();
        Self {
            show: Memo::new(move |_| {
                query.with(|query| query.get("show").and_then(|slug| COLOURS.into_iter().find(|health| slug_of(*health) == slug)))
            }),
            q: Memo::new(move |_| query.with(|query| query.get("q").unwrap_or_default())),
        }
    }

    fn show_slug(self) -> String {
        self.show.get().map(slug_of).unwrap_or_default().to_owned()
    }

    fn href(self, show: Option<Health>) -> String {
        address("/", &[("q", &self.q.get()), ("show", show.map(slug_of).unwrap_or_default())])
    }
}

const fn slug_of(health: Health) -> &'static str {
    health.status().slug()
}

/// How readings come: by themselves every five minutes, or by the button.
#[derive(Clone, Copy)]
struct Reader {
    deck: Deck,
    busy: RwSignal<bool>,
    /// Readings tried so far.
    rounds: RwSignal<u32>,
    refusal: RwSignal<Option<Refusal>>,
}

impl Reader {
    fn new(deck: Deck) -> Self {
        let reader = Self { deck, busy: RwSignal::new(false), rounds: RwSignal::new(0), refusal: RwSignal::new(None) };
        Effect::new(move || {
            reader.rounds.track();
            let pause = Duration::from_millis(REFRESH_MS.unsigned_abs());
            if let Ok(clock) = set_timeout_with_handle(move || reader.read(false), pause) {
                on_cleanup(move || clock.clear());
            }
        });
        reader
    }

    /// Reads anew; what is shown stays until the answer is there.
    fn read(self, fresh: bool) {
        if self.busy.try_get_untracked() != Some(false) {
            return;
        }
        self.busy.set(true);
        leptos::task::spawn_local(async move {
            let answer = read_health(fresh).await;
            let refusal = answer.as_ref().err().map(|failure| failure.0.clone());
            if let Ok(view) = answer {
                self.deck.take(view);
            }
            let _ = self.refusal.try_set(refusal);
            let _ = self.busy.try_set(false);
            let _ = self.rounds.try_update(|rounds| *rounds += 1);
        });
    }
}

#[component]
fn Cards(view: HealthView) -> impl IntoView {
    let deck = Deck::new(view);
    let reader = Reader::new(deck);
    let asked = Asked::read();
    let find = RwSignal::new(asked.q.get_untracked());
    Effect::new(move || find.set(asked.q.get()));
    #[cfg(feature = "hydrate")]
    super::follow::follow(deck);
    let visible = Memo::new(move |_| find.with(|find| deck.visible(asked.show.get(), find)));
    view! {
        <div class="head">
            <h1>"Customer health"</h1>
            <span class="quiet num">"Refreshed "{move || view! { <Ago at=deck.read_at.get()/> }}</span>
            <div class="right">
                <FindBox path="/" label="Find a customer" q=asked.q kept=Signal::derive(move || vec![("show", asked.show_slug())])
                    on_typed=Callback::new(move |text| find.set(text))/>
                <Refresh reader asked/>
            </div>
        </div>
        {move || reader.refusal.get().map(|refusal| view! { <Banner kind=BannerKind::Warn>"The cards could not be read anew. "{refusal.to_string()}</Banner> })}
        <Chips deck asked/>
        <div class="cards">
            <For each=move || visible.get() key=|card| (card.customer.clone(), card.name.clone()) let:card>
                <StatusCard card/>
            </For>
        </div>
        {move || visible.with(Vec::is_empty).then(|| view! { <Nothing deck/> })}
    }
}

/// The refresh button: a form, for those without JavaScript.
#[component]
fn Refresh(reader: Reader, asked: Asked) -> impl IntoView {
    view! {
        <form method="get" action="/" on:submit=move |event| {
            event.prevent_default();
            reader.read(true);
        }>
            <input type="hidden" name="fresh" value="1"/>
            <input type="hidden" name="q" value=move || asked.q.get()/>
            <input type="hidden" name="show" value=move || asked.show_slug()/>
            <button class="btn" type="submit" aria-busy=move || reader.busy.get().then_some("true")><Icon glyph=Glyph::Sync/>"Refresh"</button>
        </form>
    }
}

#[component]
fn Chips(deck: Deck, asked: Asked) -> impl IntoView {
    let tally = Memo::new(move |_| deck.tally());
    let current = move |show: Option<Health>| (asked.show.get() == show).then_some("true");
    let colours = COLOURS
        .into_iter()
        .enumerate()
        .map(|(place, health)| {
            view! {
                <a class="chip" href=move || asked.href(Some(health)) aria-current=move || current(Some(health))>
                    <Mark status=health.status()/>{health.status().label()}" "<b>{move || grouped(tally.get()[place])}</b>
                </a>
            }
        })
        .collect_view();
    let accounts = [("Active", "active"), ("Free", "free"), ("Inactive", "inactive")]
        .into_iter()
        .enumerate()
        .map(|(place, (label, state))| {
            view! {
                <a class="chip" href=format!("/customers?state={state}")>{label}" "<b>{move || grouped(deck.accounts.get()[place])}</b></a>
            }
        })
        .collect_view();
    view! {
        <div class="chips num">
            <a class="chip" href=move || asked.href(None) aria-current=move || current(None)>
                "All "<b>{move || grouped(tally.get().iter().sum())}</b>
            </a>
            {colours}
            <span class="right">{accounts}</span>
        </div>
    }
}

/// There is no card, or none that the filter leaves.
#[component]
fn Nothing(deck: Deck) -> impl IntoView {
    move || {
        if deck.tally() == [0; 3] {
            view! { <NoCustomers/> }.into_any()
        } else {
            view! {
                <Empty title="No customer matches" text="No card has this name and this colour.">
                    <A href="/" attr:class="btn">"Show all cards"</A>
                </Empty>
            }
            .into_any()
        }
    }
}

#[component]
fn NoCustomers() -> impl IntoView {
    let add = move || {
        i_may(Action::AddCustomer, Relation::None)
            .then(|| view! { <A href="/customers/new" attr:class="btn main"><Icon glyph=Glyph::Plus/>"Add customer"</A> })
    };
    view! { <Empty title="No customers yet" text="Each active customer gets a card here that shows at a glance how it is.">{add}</Empty> }
}
