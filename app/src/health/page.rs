//! The health view: chips, search, cards, and when they were read.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    components::{A, Redirect},
    hooks::use_query_map,
};
use model::{
    GroupId, Refusal,
    health::HealthView,
    roles::{Action, Relation, may},
};
use std::time::Duration;

use super::{
    asked::{Asked, Look, SHOWN},
    card::StatusCard,
    deck::{Deck, Shown},
    read_health,
    table::CardTable,
};
use crate::{
    answer::in_time,
    failure::Failure,
    groups::ChooseDefault,
    reading::read_blocking,
    shell::{Myself, Refused, i_may},
    ui::{Ago, Banner, BannerKind, Empty, FindBox, Glyph, Icon, Mark, Reading, grouped},
};

#[component]
pub fn HealthPage() -> impl IntoView {
    let fresh = use_query_map().with_untracked(|query| query.get("fresh").is_some());
    let view = read_blocking(|| (), move |()| read_health(fresh));
    let Myself(me) = expect_context();
    view! {
        <Title text="Customer health"/>
        <Suspense fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                let answer = view.await;
                if me.await.is_ok_and(|me| !may(me.role, Action::SeeAll, Relation::None)) {
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

/// How readings come: by themselves every five minutes, or as the MSP has set it, or by the button.
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
            let pause = Duration::from_secs(60 * u64::from(deck.refresh_minutes.get_untracked().max(1)));
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
            let answer = in_time(read_health(fresh)).await;
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
    let asked = Asked::read(deck);
    let find = RwSignal::new(asked.q.get_untracked());
    Effect::new(move || find.set(asked.q.get()));
    #[cfg(feature = "hydrate")]
    super::follow::follow(deck, move || reader.read(false));
    let visible =
        Memo::new(move |_| find.with(|find| asked.group.with(|group| deck.visible(asked.shown.get(), group.as_ref(), find))));
    view! {
        <div class="head">
            <h1>"Customer health"</h1>
            <span class="quiet num">"Refreshed "{move || view! { <Ago at=deck.read_at.get()/> }}</span>
            <div class="right">
                <FindBox path="/" label="Find a customer" q=asked.q kept=Signal::derive(move || asked.kept())
                    on_typed=Callback::new(move |text| find.set(text))/>
                <Looks asked/>
                <Refresh reader asked/>
            </div>
        </div>
        {move || reader.refusal.get().map(|refusal| view! { <Banner kind=BannerKind::Warn>"The cards could not be read anew. "{refusal.to_string()}</Banner> })}
        <Chips deck asked/>
        <Groups deck reader asked/>
        {move || match asked.look.get() {
            Look::Grid => view! {
                <div class="cards">
                    <For each=move || visible.get() key=|card| (card.customer.clone(), card.name.clone()) let:card>
                        <StatusCard card/>
                    </For>
                </div>
            }
            .into_any(),
            Look::List => view! { <CardTable visible/> }.into_any(),
        }}
        {move || visible.with(Vec::is_empty).then(|| view! { <Nothing deck/> })}
    }
}

/// Grid or list: links, and the browser remembers which.
#[component]
fn Looks(asked: Asked) -> impl IntoView {
    let link = |look: Look, label: &'static str, glyph: Glyph| {
        view! {
            <a class="btn" href=move || asked.with_look(look) aria-label=label title=label
                aria-current=move || (asked.look.get() == look).then_some("true") on:click=move |_| look.remember()>
                <Icon glyph/>
            </a>
        }
    };
    view! {
        <div class="looks" role="group" aria-label="Shown as">
            {link(Look::Grid, "Cards", Glyph::Grid)}
            {link(Look::List, "List", Glyph::List)}
        </div>
    }
}

/// The refresh button: a form, for those without JavaScript.
#[component]
fn Refresh(reader: Reader, asked: Asked) -> impl IntoView {
    let kept = move || {
        let parts = asked.kept().into_iter().filter(|(_, value)| !value.is_empty());
        parts.map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()
    };
    view! {
        <form method="get" action="/" on:submit=move |event| {
            event.prevent_default();
            reader.read(true);
        }>
            <input type="hidden" name="fresh" value="1"/>
            <input type="hidden" name="q" value=move || asked.q.get()/>
            {kept}
            <button class="btn" type="submit" aria-busy=move || reader.busy.get().then_some("true")><Icon glyph=Glyph::Sync/>"Refresh"</button>
        </form>
    }
}

#[component]
fn Chips(deck: Deck, asked: Asked) -> impl IntoView {
    let tally = Memo::new(move |_| asked.group.with(|group| deck.tally(group.as_ref())));
    let colours = SHOWN
        .into_iter()
        .map(|shown| {
            let mark = match shown {
                Shown::Health(health) => Some(view! { <Mark status=health.status()/> }),
                Shown::All | Shown::Bare => None,
            };
            view! {
                <a class="chip" href=move || asked.with_shown(shown) aria-current=move || (asked.shown.get() == shown).then_some("true")>
                    {mark}{words_of(shown)}" "<b>{move || grouped(tally.get().of(shown))}</b>
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
            {colours}
            <span class="right">{accounts}</span>
        </div>
    }
}

fn words_of(shown: Shown) -> &'static str {
    match shown {
        Shown::All => "All",
        Shown::Health(health) => health.status().label(),
        Shown::Bare => "No monitors",
    }
}

/// The groups that have a card (DOMAIN C2), and for the one that is shown the star that makes it this person's default.
#[component]
fn Groups(deck: Deck, reader: Reader, asked: Asked) -> impl IntoView {
    let action = ServerAction::<ChooseDefault>::new();
    Effect::new(move || {
        // The reading says which group is the default now.
        if let Some(Ok(_)) = action.value().get() {
            reader.read(false);
        }
    });
    let chips = move || {
        deck.groups
            .get()
            .into_iter()
            .map(|(id, name)| {
                let (at, here) = (id.clone(), id.clone());
                let current = move || asked.group.with(|group| group.as_ref() == Some(&here)).then_some("true");
                view! { <a class="chip" href=move || asked.with_group(Some(&at)) aria-current=current>{name}</a> }
            })
            .collect_view()
    };
    let every = move || asked.group.with(Option::is_none).then_some("true");
    move || {
        deck.groups.with(|groups| !groups.is_empty()).then(|| {
            view! {
                <nav class="chips" aria-label="Customer groups">
                    <a class="chip" href=move || asked.with_group(None) aria-current=every>"All customers"</a>
                    {chips}
                    {move || asked.group.get().map(|shown| view! { <Star shown deck action/> })}
                </nav>
            }
        })
    }
}

#[component]
fn Star(shown: GroupId, deck: Deck, action: ServerAction<ChooseDefault>) -> impl IntoView {
    let id = shown.clone();
    let is_default = Memo::new(move |_| deck.default_group.with(|default| default.as_ref() == Some(&id)));
    let id = shown.to_string();
    let chosen = move || if is_default.get() { String::new() } else { id.clone() };
    let label = move || {
        if is_default.get() { "Home begins with this group: begin with all customers" } else { "Begin Home with this group" }
    };
    view! {
        <ActionForm action=action attr:class="star">
            <input type="hidden" name="group" value=chosen/>
            <input type="hidden" name="shown" value=shown.to_string()/>
            <button class="btn quiet small" type="submit" aria-pressed=move || if is_default.get() { "true" } else { "false" } aria-label=label title=label>
                <Icon glyph=Glyph::Star/>
            </button>
        </ActionForm>
    }
}

/// There is no card, or none that the filters leave.
#[component]
fn Nothing(deck: Deck) -> impl IntoView {
    move || {
        if deck.tally(None).all() == 0 {
            view! { <NoCustomers/> }.into_any()
        } else {
            view! {
                <Empty title="No customer matches" text="No card has this name and fits these filters.">
                    <A href="/?group=all" attr:class="btn">"Show all cards"</A>
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
