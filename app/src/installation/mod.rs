//! The installation's own page (DOMAIN K2): what comes in, how long it takes, who watches, and which program runs.

use std::time::Duration;

use leptos::prelude::*;
use leptos_meta::Title;
use model::vitals::{MailVitals, Rate, SourceVitals, Vitals};

use crate::{
    failure::Failure,
    monitors::words::capital,
    reading::read_blocking,
    shell::Refused,
    ui::{Ago, Banner, BannerKind, Reading, grouped, span},
};

/// How often the page reads itself anew while it can be seen.
const AGAIN: Duration = Duration::from_secs(5);
/// Boards that were last proven so long ago make the page say so, in milliseconds.
const OLD_MS: i64 = 10_000;

/// Reads the installation's vitals.
#[server(prefix = "/fn", endpoint = "vitals")]
#[allow(clippy::unused_async, reason = "a server function is async, whatever it waits for")]
pub async fn read_vitals() -> Result<Vitals, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().live.vitals(&actor, env!("CARGO_PKG_VERSION"))?)
}

#[component]
pub fn InstallationPage() -> impl IntoView {
    let vitals = read_blocking(|| (), |()| read_vitals());
    let shown = RwSignal::new(None::<Vitals>);
    Effect::new(move || {
        let read = move || {
            if document().hidden() {
                return;
            }
            leptos::task::spawn_local(async move {
                if let Ok(vitals) = read_vitals().await {
                    let _ = shown.try_set(Some(vitals));
                }
            });
        };
        if let Ok(clock) = set_interval_with_handle(read, AGAIN) {
            on_cleanup(move || clock.clear());
        }
    });
    view! {
        <Title text="Installation"/>
        <div class="head"><h1>"Installation"</h1><span class="quiet">"Reads itself anew every five seconds"</span></div>
        <Suspense fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match vitals.await {
                    Ok(first) => view! { {move || view! { <Shown vitals=shown.get().unwrap_or_else(|| first.clone())/> }} }.into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Shown(vitals: Vitals) -> impl IntoView {
    let age = vitals.now - vitals.as_of;
    let old = (age > OLD_MS).then(|| {
        view! {
            <Banner kind=BannerKind::Error>
                {format!("Statuses have not been stored for {}: walls say that their data are old.", span(age))}
            </Banner>
        }
    });
    let memory = vitals.memory.map(|bytes| format!("{} MiB", bytes / 1024 / 1024));
    let commits = if vitals.commit_worst_us == 0 {
        "none in the last minute".to_owned()
    } else {
        format!("{}, {} at worst", milliseconds(vitals.commit_us), milliseconds(vitals.commit_worst_us))
    };
    view! {
        {old}
        <div class="vitals">
            <section aria-labelledby="intake">
                <h2 id="intake">"Intake"</h2>
                <dl class="facts panel num">
                    <div><dt>"Verdicts"</dt><dd>{rate(vitals.verdicts)}</dd></div>
                    <div><dt>"Changes of status"</dt><dd>{rate(vitals.transitions)}</dd></div>
                    <div><dt>"Refused by the database"</dt><dd>{rate(vitals.refused)}</dd></div>
                    <div><dt>"Waiting"</dt><dd>{format!("{} of {} batches", vitals.waiting, vitals.waiting_most)}</dd></div>
                    <div><dt>"Commits"</dt><dd>{commits}</dd></div>
                    <div><dt>"Checks begin late by"</dt><dd>{format!("{} ms at worst", grouped(vitals.late_ms))}</dd></div>
                </dl>
            </section>
            <section aria-labelledby="boards">
                <h2 id="boards">"Boards"</h2>
                <dl class="facts panel num">
                    <div><dt>"Monitors"</dt><dd>{grouped(vitals.monitors)}</dd></div>
                    <div><dt>"Open live streams"</dt><dd>{grouped(vitals.watchers)}</dd></div>
                    <div><dt>"Proven to be true"</dt><dd>{format!("{} ms ago", grouped(u32::try_from(age.max(0)).unwrap_or(u32::MAX)))}</dd></div>
                </dl>
            </section>
            <section aria-labelledby="mail">
                <h2 id="mail">"Mail"</h2>
                <dl class="facts panel num">
                    {mail_facts(vitals.mail)}
                    <div><dt>"Each one"</dt><dd><a href="/outbox">"Outbox"</a></dd></div>
                </dl>
            </section>
            <section aria-labelledby="program">
                <h2 id="program">"Program"</h2>
                <dl class="facts panel num">
                    <div><dt>"Version"</dt><dd>{vitals.version}</dd></div>
                    <div><dt>"Build"</dt><dd><code>{vitals.build}</code></dd></div>
                    <div><dt>"Database"</dt><dd>{vitals.engine}</dd></div>
                    <div><dt>"Started"</dt><dd><Ago at=vitals.started_at/></dd></div>
                    <div><dt>"Memory"</dt><dd>{memory.unwrap_or_else(|| "not known on this system".into())}</dd></div>
                </dl>
            </section>
        </div>
        <Sources sources=vitals.sources/>
    }
}

fn mail_facts(mail: Option<MailVitals>) -> AnyView {
    let Some(MailVitals { sent, delayed, refused }) = mail else {
        return view! { <div><dt>"Mail server"</dt><dd>"None is set: mails wait in the outbox."</dd></div> }.into_any();
    };
    view! {
        <div><dt>"Sent"</dt><dd>{rate(sent)}</dd></div>
        <div><dt>"Delayed, to be tried again"</dt><dd>{rate(delayed)}</dd></div>
        <div><dt>"Refused for good"</dt><dd>{rate(refused)}</dd></div>
    }
    .into_any()
}

#[component]
fn Sources(sources: Vec<SourceVitals>) -> impl IntoView {
    if sources.is_empty() {
        return view! { <p class="quiet">"No verdict has come yet since the start."</p> }.into_any();
    }
    let rows = sources
        .into_iter()
        .map(|known| {
            view! {
                <tr>
                    <td>{capital(known.source.label())}</td>
                    <td class="num">{whole(known.verdicts.minute)}</td>
                    <td class="num">{whole(known.verdicts.total)}</td>
                    <td><Ago at=known.last_at/></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <h2>"Where verdicts come from"</h2>
        <div class="tw" tabindex="0">
            <table>
                <caption class="unseen">"Sources of verdicts"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Source"</th>
                        <th scope="col">"Last minute"</th>
                        <th scope="col">"Since the start"</th>
                        <th scope="col">"Last verdict"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn rate(rate: Rate) -> String {
    format!("{} in the last minute, {} since the start", whole(rate.minute), whole(rate.total))
}

fn whole(count: u64) -> String {
    grouped(u32::try_from(count).unwrap_or(u32::MAX))
}

fn milliseconds(us: u32) -> String {
    format!("{:.1} ms", f64::from(us) / 1000.0)
}
