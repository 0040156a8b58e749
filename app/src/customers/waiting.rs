//! Customers whose mobile number is not verified yet, and the page that takes the code (DOMAIN A5).

use leptos::{prelude::*, server_fn::codec::Json};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::{
    CustomerId, DraftId, Refusal,
    drafts::{NumberToVerify, WaitingRow},
};

use super::{customer_in_path, page_of};
use crate::{
    answer::{Answer, follow, problem_at, refusal_of},
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Banner, BannerKind, Empty, Glyph, Icon, Reading, TextField, When},
};

/// Where those that wait stand.
const WAITING: &str = "/customers/waiting";

pub(super) fn page_of_waiting(id: &DraftId) -> String {
    format!("{WAITING}/{id}")
}

pub(super) fn page_of_number(id: &CustomerId) -> String {
    format!("{}/mobile", page_of(id))
}

#[server(prefix = "/fn", endpoint = "customers-waiting")]
pub async fn list_waiting() -> Result<Vec<WaitingRow>, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().store.waiting_customers(&actor).await?)
}

/// The number of a customer that waits, or a customer's changed one: `whose` is the id of either.
#[server(prefix = "/fn", endpoint = "mobile-number", input = Json)]
pub async fn read_number(whose: String) -> Result<NumberToVerify, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().store.number_to_verify(&actor, &owner(&whose)?).await?)
}

/// Takes the code. Leads to the customer's page.
#[server(prefix = "/fn", endpoint = "mobile-verify")]
pub async fn verify(whose: String, code: String) -> Result<String, Failure> {
    use crate::caller;
    use store::verification::Verified;
    let actor = caller::actor()?;
    let verified = caller::handles().live.verify_mobile(&actor, &owner(&whose)?, &code).await?;
    Ok(caller::goes_to(match verified {
        Verified::Created(customer) | Verified::Changed(customer) => page_of(&customer),
    }))
}

/// Sends another code.
#[server(prefix = "/fn", endpoint = "mobile-resend")]
pub async fn resend(whose: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let whose = owner(&whose)?;
    let text = caller::handles().store.renew_code(&actor, &whose).await?;
    caller::text(&actor, &whose, &text).await?;
    Ok(caller::goes_to(own_page(&whose)))
}

/// Gives the number up: the customer that waits is gone, or the customer keeps the number that it has.
#[server(prefix = "/fn", endpoint = "mobile-discard")]
pub async fn discard(whose: String) -> Result<String, Failure> {
    use crate::caller;
    use store::verification::Whose;
    let actor = caller::actor()?;
    let whose = owner(&whose)?;
    caller::handles().store.discard_number(&actor, &whose).await?;
    Ok(caller::goes_to(match &whose {
        Whose::Draft(_) => "/customers".to_owned(),
        Whose::Customer(customer) => page_of(customer),
    }))
}

/// Opens a customer that waits again in the wizard. Leads there.
#[server(prefix = "/fn", endpoint = "waiting-reopen")]
pub async fn reopen(whose: String) -> Result<String, Failure> {
    use crate::caller;
    use model::drafts::Section;
    let actor = caller::actor()?;
    let draft = caller::handles().store.reopen_waiting(&actor, &caller::id(&whose)?).await?;
    Ok(caller::goes_to(super::drafts::path_of(&draft, Section::Contact)))
}

#[cfg(feature = "ssr")]
fn owner(whose: &str) -> Result<store::verification::Whose, Failure> {
    use store::verification::Whose;
    if whose.starts_with(CustomerId::PREFIX) {
        Ok(Whose::Customer(crate::caller::id(whose)?))
    } else {
        Ok(Whose::Draft(crate::caller::id(whose)?))
    }
}

#[cfg(feature = "ssr")]
fn own_page(whose: &store::verification::Whose) -> String {
    use store::verification::Whose;
    match whose {
        Whose::Draft(draft) => page_of_waiting(draft),
        Whose::Customer(customer) => page_of_number(customer),
    }
}

/// The changed number of a customer, for who may do something about it.
#[cfg(feature = "ssr")]
pub(super) async fn number_of(
    store: &store::Store,
    actor: &store::Actor,
    customer: &CustomerId,
) -> Result<Option<NumberToVerify>, Failure> {
    use store::verification::Whose;
    match store.number_to_verify(actor, &Whose::Customer(customer.clone())).await {
        Ok(number) => Ok(Some(number)),
        Err(store::Error::Refused(Refusal::NotFound | Refusal::Forbidden)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Says on the customer's page that a changed number waits.
#[component]
pub(super) fn NumberWaits(customer: CustomerId, number: NumberToVerify) -> impl IntoView {
    view! {
        <Banner kind=BannerKind::Info>
            <p>
                "The mobile number "{number.mobile}" waits for its code. "<a href=page_of_number(&customer)>"Enter the code"</a>
            </p>
        </Banner>
    }
}

/// How many wait, as a tab of the list; nothing while none do. Its own reading: the list does not wait for it.
#[component]
pub(super) fn WaitingTab() -> impl IntoView {
    let waiting = read_blocking(|| (), |()| list_waiting());
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let count = waiting.await.map(|rows| rows.len()).unwrap_or_default();
                (count > 0).then(|| view! { <a class="chip" href=WAITING>"Waiting for verification "<b>{count}</b></a> })
            })}
        </Transition>
    }
}

/// Those that wait, the oldest first.
#[component]
pub fn WaitingPage() -> impl IntoView {
    let waiting = read_blocking(|| (), |()| list_waiting());
    view! {
        <Title text="Waiting for verification"/>
        <nav class="crumbs" aria-label="Where you are"><a href="/customers">"Customers"</a></nav>
        <div class="head"><h1>"Waiting for verification"</h1></div>
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match waiting.await {
                    Ok(rows) if rows.is_empty() => view! {
                        <Empty title="Nobody waits" text="A customer waits here until the code that its mobile number got is typed in."/>
                    }
                    .into_any(),
                    Ok(rows) => view! { <Rows rows/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Rows(rows: Vec<WaitingRow>) -> impl IntoView {
    let rows = rows
        .into_iter()
        .map(|row| {
            let page = page_of_waiting(&row.id);
            view! {
                <tr>
                    <th scope="row"><span class="name"><a href=page.clone()>{row.name.clone()}</a></span></th>
                    <td class="quiet email">{row.email}</td>
                    <td class="num">{row.mobile}</td>
                    <td class="quiet by">{row.by}</td>
                    <td class="quiet since"><When at=row.since/></td>
                    <td class="r"><a class="btn small" href=page aria-label=format!("Enter code of {}", row.name)>"Enter code"</a></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="tw" tabindex="0">
            <table class="waiting">
                <caption class="unseen">"Customers that wait for verification"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col" class="email">"Email"</th>
                        <th scope="col">"Mobile number"</th>
                        <th scope="col" class="by">"Added by"</th>
                        <th scope="col" class="since">"Since"</th>
                        <th scope="col"><span class="unseen">"Code"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// The code of a customer that waits.
#[component]
pub fn WaitingCodePage() -> impl IntoView {
    let params = use_params_map();
    let whose = Memo::new(move |_| params.with(|params| params.get("draft").unwrap_or_default()));
    view! { <CodePage whose waits=true/> }
}

/// The code of a customer's changed number.
#[component]
pub fn MobilePage() -> impl IntoView {
    view! { <CodePage whose=customer_in_path() waits=false/> }
}

#[component]
fn CodePage(whose: Memo<String>, waits: bool) -> impl IntoView {
    let number = read_blocking(move || whose.get(), read_number);
    let doing = Doing {
        verify: ServerAction::new(),
        resend: ServerAction::new(),
        discard: ServerAction::new(),
        reopen: ServerAction::new(),
    };
    for answer in [doing.verify.value().into(), doing.discard.value().into(), doing.reopen.value().into()] {
        follow(answer);
    }
    Effect::new(move || {
        if doing.resend.version().get() > 0 {
            number.refetch();
        }
    });
    view! {
        <Title text="Verify the mobile number"/>
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match number.await {
                    Ok(number) => view! { <Code whose=whose.get_untracked() number waits doing/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[derive(Clone, Copy)]
struct Doing {
    verify: ServerAction<Verify>,
    resend: ServerAction<Resend>,
    discard: ServerAction<Discard>,
    reopen: ServerAction<Reopen>,
}

impl Doing {
    /// What is done next has its own answer: none before it stands beside that, or in its way.
    fn forget(self) {
        self.verify.value().set(None);
        self.resend.value().set(None);
        self.discard.value().set(None);
        self.reopen.value().set(None);
    }
}

#[component]
fn Code(whose: String, number: NumberToVerify, waits: bool, doing: Doing) -> impl IntoView {
    let Doing { verify, resend, discard, reopen } = doing;
    let answer: Answer = verify.value().into();
    let typed = RwSignal::new(String::new());
    let crumbs = if waits {
        view! { <a href="/customers">"Customers"</a><span aria-hidden="true">"/"</span><a href=WAITING>"Waiting for verification"</a> }
            .into_any()
    } else {
        let page = format!("/customers/{whose}");
        view! { <a href="/customers">"Customers"</a><span aria-hidden="true">"/"</span><a href=page>{number.name.clone()}</a> }
            .into_any()
    };
    let title = if waits { format!("Verify {}", number.name) } else { "Verify the new mobile number".to_owned() };
    let whose_now = StoredValue::new(whose);
    let hidden = move || view! { <input type="hidden" name="whose" value=whose_now.get_value()/> };
    let give_up = if waits {
        view! {
            <details class="menu confirm">
                <summary class="btn"><Icon glyph=Glyph::Trash/>"Discard"</summary>
                <div>
                    <p>"Everything that was typed of this customer is thrown away. This cannot be undone."</p>
                    <ActionForm action=discard on:submit=move |_| doing.forget()>
                        {hidden()}
                        <button class="btn main danger" type="submit" disabled=discard.pending()>"Discard this customer"</button>
                    </ActionForm>
                </div>
            </details>
        }
        .into_any()
    } else {
        view! {
            <ActionForm action=discard on:submit=move |_| doing.forget()>
                {hidden()}
                <button class="btn" type="submit" disabled=discard.pending()>"Keep the old number"</button>
            </ActionForm>
        }
        .into_any()
    };
    view! {
        <nav class="crumbs" aria-label="Where you are">{crumbs}</nav>
        <div class="head"><h1>{title}</h1></div>
        <div class="code-page">
            <Refusals doing waits/>
            <ActionForm action=verify attr:class="form panel" attr:novalidate=true on:submit=move |_| doing.forget()>
                {hidden()}
                <Sent number waits/>
                <TextField name="code" label="Code" required=true inputmode="numeric" autocomplete="one-time-code" hint="Six digits, good for 10 minutes."
                    value=typed on_change=Callback::new(move |text| typed.set(text)) error=problem_at(answer, "code")/>
                <div class="actions">
                    <button class="btn main" type="submit" disabled=verify.pending()>"Verify"</button>
                </div>
            </ActionForm>
            <div class="actions">
                <ActionForm action=resend on:submit=move |_| doing.forget()>
                    {hidden()}
                    <button class="btn" type="submit" disabled=resend.pending()>"Send a new code"</button>
                </ActionForm>
                {waits.then(|| view! {
                    <ActionForm action=reopen on:submit=move |_| doing.forget()>
                        {hidden()}
                        <button class="btn" type="submit" disabled=reopen.pending()>"Change what was typed"</button>
                    </ActionForm>
                })}
                {give_up}
            </div>
        </div>
    }
}

/// Whether a code is on its way, and what that is for.
#[component]
fn Sent(number: NumberToVerify, waits: bool) -> impl IntoView {
    let NumberToVerify { mobile, sent_at, .. } = number;
    let why = if waits {
        "The customer stands in the list once the code is typed in. Its room is kept until then."
    } else {
        "The customer keeps its old number until the code is typed in."
    };
    if sent_at == 0 {
        return view! {
            <Banner kind=BannerKind::Warn>"The text message to "{mobile}" could not be handed to the gateway. Please send a new code."</Banner>
            <p class="hint">{why}</p>
        }
        .into_any();
    }
    view! {
        <p>"A code went to "<b class="num">{mobile}</b>" by text message on "<When at=sent_at/>"."</p>
        <p class="hint">{why}</p>
    }
    .into_any()
}

/// What was refused beside the code. A customer that waits may have lost its portal name to another meanwhile.
#[component]
fn Refusals(doing: Doing, waits: bool) -> impl IntoView {
    let Doing { verify, resend, discard, reopen } = doing;
    let latest: Answer = Signal::derive(move || {
        let refused = |answer: Option<Result<String, Failure>>| answer.filter(Result::is_err);
        refused(verify.value().get())
            .or_else(|| refused(resend.value().get()))
            .or_else(|| refused(discard.value().get()))
            .or_else(|| refused(reopen.value().get()))
    });
    let refusal = refusal_of(latest);
    move || {
        let words = match refusal.get()? {
            Refusal::Invalid(errors) => {
                let error = errors.into_iter().find(|error| error.field != "code")?;
                let label = super::wizard::label_of(&error.field);
                let way = if waits { " Please change what was typed." } else { "" };
                format!("{label}: {}{way}", error.problem)
            }
            other => other.to_string(),
        };
        Some(view! { <Banner kind=BannerKind::Error>{words}</Banner> })
    }
}
