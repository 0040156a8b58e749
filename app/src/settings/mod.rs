//! The MSP's settings: what new customers begin with, and the numbers that accounts and the health view go by.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{
    Refusal,
    msps::{LANGUAGES, MspSettings, MspSettingsInput},
};
use serde::{Deserialize, Serialize};

use crate::{
    answer::{Answer, follow, problem_at, refusal_beside_fields, typed_before},
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Banner, BannerKind, Reading, SelectField, TextField},
};

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsSheet {
    pub settings: MspSettings,
    /// The time zones that there are.
    pub zones: Vec<String>,
}

#[server(prefix = "/fn", endpoint = "settings")]
pub async fn read_settings() -> Result<SettingsSheet, Failure> {
    use model::roles::{Action, Relation};
    let actor = crate::caller::actor()?;
    actor.require(Action::Administer, Relation::None)?;
    let settings = crate::caller::handles().store.msp_settings(&actor).await?;
    Ok(SettingsSheet { settings, zones: store::occurrences::zone_names() })
}

#[server(prefix = "/fn", endpoint = "settings-edit")]
pub async fn edit_settings(version: i64, input: MspSettingsInput) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let edited = caller::handles().live.edit_msp_settings(&actor, version, &input).await;
    edited.inspect_err(|_| caller::keep_typed(&(version, &input)))?;
    Ok(caller::goes_to("/settings?done=saved".into()))
}

#[component]
pub fn SettingsPage() -> impl IntoView {
    let sheet = read_blocking(|| (), |()| read_settings());
    let action = ServerAction::<EditSettings>::new();
    let answer = Signal::from(action.value());
    follow(answer);
    Effect::new(move || {
        if let Some(Ok(_)) = answer.get() {
            sheet.refetch();
        }
    });
    view! {
        <Title text="Settings"/>
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match sheet.await {
                    Ok(sheet) => view! { <Form sheet action answer/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Form(sheet: SettingsSheet, action: ServerAction<EditSettings>, answer: Answer) -> impl IntoView {
    // With the version that was edited, so that a conflict stays one until the page is read anew.
    let (version, typed) = typed_before().unwrap_or_else(|| (sheet.settings.version, MspSettingsInput::from(&sheet.settings)));
    let MspSettingsInput { name, language, report_zone, free_monitors, restore_days, refresh_minutes } = typed;
    let languages = LANGUAGES.iter().map(|(tag, name)| ((*tag).to_owned(), (*name).to_owned())).collect();
    let zones = sheet.zones.into_iter().map(|zone| (zone.clone(), zone)).collect();
    view! {
        <div class="head">
            <h1>"Settings"</h1>
            <span class="quiet">"For everyone in this MSP"</span>
            <div class="right"><a class="btn also" href="/kiosks">"Kiosk links"</a></div>
        </div>
        <Saved/>
        <ActionForm action=action attr:class="form panel" attr:novalidate=true>
            <Whole answer/>
            <input type="hidden" name="version" value=version.to_string()/>
            <fieldset>
                <legend>"This MSP"</legend>
                <TextField name="input[name]" label="Name" required=true hint="Customers read it: in mails, and where an account's Super Admin is asked."
                    value=Signal::stored(name) error=problem_at(answer, "name")/>
            </fieldset>
            <fieldset>
                <legend>"New customers begin with"</legend>
                <SelectField name="input[language]" label="Language" options=languages value=Signal::stored(language) error=problem_at(answer, "language")/>
                <SelectField name="input[report_zone]" label="Report time zone" options=zones value=Signal::stored(report_zone) error=problem_at(answer, "report_zone")/>
            </fieldset>
            <fieldset>
                <legend>"Accounts"</legend>
                <TextField name="input[free_monitors]" label="Monitors that a Free account keeps" required=true inputmode="numeric"
                    hint="The oldest ones. Accounts that are Free already keep what they have."
                    value=Signal::stored(free_monitors) error=problem_at(answer, "free_monitors")/>
                <TextField name="input[restore_days]" label="Days in which a termination can be undone" required=true inputmode="numeric"
                    hint="Also for accounts that are terminated already."
                    value=Signal::stored(restore_days) error=problem_at(answer, "restore_days")/>
            </fieldset>
            <fieldset>
                <legend>"Health view"</legend>
                <TextField name="input[refresh_minutes]" label="Refreshes itself every so many minutes" required=true inputmode="numeric"
                    hint="Colours turn at once in any case; this is for everything else on the cards."
                    value=Signal::stored(refresh_minutes) error=problem_at(answer, "refresh_minutes")/>
            </fieldset>
            <div class="actions">
                <button class="btn main" type="submit" disabled=action.pending()>"Save"</button>
            </div>
        </ActionForm>
    }
}

/// What was just done, also without JavaScript.
#[component]
fn Saved() -> impl IntoView {
    let query = use_query_map();
    move || {
        query
            .with(|query| query.get_str("done") == Some("saved"))
            .then(|| view! { <Banner kind=BannerKind::Info>"The settings are saved."</Banner> })
    }
}

/// What was refused about the whole. After a conflict the form offers to be read anew.
#[component]
fn Whole(answer: Answer) -> impl IntoView {
    let refusal = refusal_beside_fields(answer);
    move || {
        let refusal = refusal.get()?;
        let reload = (refusal == Refusal::Conflict)
            .then(|| view! { <p><a href="/settings" rel="external">"Reload, and lose what you typed"</a></p> });
        Some(view! { <Banner kind=BannerKind::Error><p>{refusal.to_string()}</p>{reload}</Banner> })
    }
}
