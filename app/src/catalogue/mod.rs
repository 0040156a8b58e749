//! The catalogue (DOMAIN A8): program levels with their service plans, service types, and rate templates; and which of them new
//! customers get (A14).

mod list;
mod part;

pub use list::CataloguePage;
pub use part::CataloguePartPage;

use leptos::prelude::*;
use model::{
    catalogue::{Catalogue, LevelInput, LevelRow, PlanInput, RatesInput, ServiceTypeInput},
    services::ServiceSheet,
};
use serde::{Deserialize, Serialize};

use crate::{
    answer::{Answer, problem_at},
    failure::Failure,
    ui::SelectField,
};

/// What a form of the catalogue offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    pub catalogue: Catalogue,
    /// Code and name.
    pub currencies: Vec<(String, String)>,
}

#[server(prefix = "/fn", endpoint = "catalogue")]
pub async fn read_catalogue() -> Result<Catalogue, Failure> {
    let actor = crate::caller::actor()?;
    Ok(crate::caller::handles().store.catalogue(&actor).await?)
}

/// The same with what a form offers, once it is sure that the person may fill one in.
#[server(prefix = "/fn", endpoint = "catalogue-basis")]
pub async fn read_basis() -> Result<Basis, Failure> {
    use model::roles::{Action, Relation};
    let actor = crate::caller::actor()?;
    actor.require(Action::Administer, Relation::None)?;
    let catalogue = crate::caller::handles().store.catalogue(&actor).await?;
    let currencies = store::currencies::CURRENCIES.iter().map(|(code, _, name)| ((*code).to_owned(), (*name).to_owned()));
    Ok(Basis { catalogue, currencies: currencies.collect() })
}

/// Adds a program level where `id` is empty, or replaces the settings of that one.
#[server(prefix = "/fn", endpoint = "catalogue-level")]
pub async fn save_level(
    #[server(default)] id: String,
    #[server(default)] version: i64,
    input: LevelInput,
) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let existing = caller::maybe_id(&id)?;
    let saved = caller::handles().store.save_level(&actor, existing.as_ref().map(|id| (id, version)), &input).await;
    saved.inspect_err(|_| caller::keep_typed(&(version, &input)))?;
    Ok(caller::goes_to(PATH.into()))
}

/// The same for a service plan of a program level.
#[server(prefix = "/fn", endpoint = "catalogue-plan")]
pub async fn save_plan(
    level: String,
    #[server(default)] id: String,
    #[server(default)] version: i64,
    input: PlanInput,
) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let (level, existing) = (caller::id(&level)?, caller::maybe_id(&id)?);
    let saved = caller::handles().store.save_plan(&actor, &level, existing.as_ref().map(|id| (id, version)), &input).await;
    saved.inspect_err(|_| caller::keep_typed(&(version, &input)))?;
    Ok(caller::goes_to(PATH.into()))
}

/// The same for a service type.
#[server(prefix = "/fn", endpoint = "catalogue-service")]
pub async fn save_service_type(
    #[server(default)] id: String,
    #[server(default)] version: i64,
    input: ServiceTypeInput,
) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let existing = caller::maybe_id(&id)?;
    let saved = caller::handles().store.save_service_type(&actor, existing.as_ref().map(|id| (id, version)), &input).await;
    saved.inspect_err(|_| caller::keep_typed(&(version, &input)))?;
    Ok(caller::goes_to(PATH.into()))
}

/// The same for a rate template.
#[server(prefix = "/fn", endpoint = "catalogue-rates")]
pub async fn save_rates(
    #[server(default)] id: String,
    #[server(default)] version: i64,
    input: RatesInput,
) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let existing = caller::maybe_id(&id)?;
    let saved = caller::handles().store.save_rates(&actor, existing.as_ref().map(|id| (id, version)), &input).await;
    saved.inspect_err(|_| caller::keep_typed(&(version, &input)))?;
    Ok(caller::goes_to(PATH.into()))
}

/// Makes a program level or a service type the one that new customers get.
#[server(prefix = "/fn", endpoint = "catalogue-default")]
pub async fn choose_default(part: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let part = caller::id::<model::catalogue::Part>(&part)?;
    caller::handles().store.make_default(&actor, &part).await?;
    Ok(caller::goes_to(PATH.into()))
}

#[server(prefix = "/fn", endpoint = "catalogue-delete")]
pub async fn delete_part(part: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let part = caller::id::<model::catalogue::Part>(&part)?;
    caller::handles().store.delete_part(&actor, &part).await?;
    Ok(caller::goes_to(PATH.into()))
}

const PATH: &str = "/catalogue";

/// What a customer's program level is chosen from. It stands in a form of its own or in a larger one.
#[component]
pub fn ProgramLevelFields(
    /// The control's name.
    name: &'static str,
    levels: Vec<LevelRow>,
    /// The id of the one that is chosen; empty for what new customers get.
    #[prop(into)]
    value: Signal<String>,
    #[prop(optional, into)] on_change: Option<Callback<String>>,
    answer: Answer,
) -> impl IntoView {
    let chosen = value.get_untracked();
    let usual = levels.iter().find(|level| level.is_default).map(|level| level.id.to_string()).unwrap_or_default();
    let value = Signal::derive(move || Some(value.get()).filter(|value| !value.is_empty()).unwrap_or_else(|| usual.clone()));
    let hint = levels
        .iter()
        .find(|level| if chosen.is_empty() { level.is_default } else { level.id.to_string() == chosen })
        .map(|level| level.description.clone())
        .unwrap_or_default();
    let options = levels.into_iter().map(|level| (level.id.to_string(), level.name)).collect::<Vec<_>>();
    view! {
        <SelectField name label="Program level" options value
            on_change=Callback::new(move |chosen| if let Some(on_change) = on_change { on_change.run(chosen) })
            error=problem_at(answer, "level") hint/>
    }
}

/// A program level with its service plans, their service types, and what its rate template says of each (DOMAIN A8).
pub(crate) fn level_facts(level: &LevelRow, catalogue: &Catalogue) -> impl IntoView + use<> {
    let rates = level.rates.as_ref().and_then(|rates| catalogue.rates(rates)).cloned();
    let plans = level
        .plans
        .iter()
        .map(|plan| {
            let services: Vec<String> =
                plan.services.iter().filter_map(|id| catalogue.service(id)).map(|service| service.name.clone()).collect();
            view! {
                <li>
                    <b>{plan.name.clone()}</b>
                    {(!plan.description.is_empty()).then(|| view! { <p class="quiet">{plan.description.clone()}</p> })}
                    <p class="quiet">{if services.is_empty() { "No service types".to_owned() } else { services.join(", ") }}</p>
                </li>
            }
        })
        .collect_view();
    let services = catalogue
        .services_of(level)
        .into_iter()
        .map(|service| {
            let rate = rates.as_ref().and_then(|rates| rates.rates.iter().find(|(id, _)| *id == service.id));
            let rate = rate.map(|(_, money)| money.to_string());
            view! {
                <tr>
                    <th scope="row">{service.name.clone()}</th>
                    <td class="quiet">{format!("per {}", service.unit)}</td>
                    <td class="r num">{rate.unwrap_or_else(|| "—".into())}</td>
                </tr>
            }
        })
        .collect_view();
    let has_services = !catalogue.services_of(level).is_empty();
    let title = rates.map_or_else(|| "No rate template".to_owned(), |rates| format!("Rate template: {}", rates.name));
    view! {
        {(!level.description.is_empty()).then(|| view! { <p class="lines">{level.description.clone()}</p> })}
        <h3>"Service plans"</h3>
        {if level.plans.is_empty() {
            view! { <p class="quiet">"This level has none."</p> }.into_any()
        } else {
            view! { <ul class="plans">{plans}</ul> }.into_any()
        }}
        <h3>"Service types"</h3>
        <p class="quiet">{title}</p>
        {has_services.then(|| view! {
            <div class="tw">
                <table>
                    <caption class="unseen">"Service types of this level and their rates"</caption>
                    <thead><tr><th scope="col">"Service"</th><th scope="col">"Unit"</th><th scope="col" class="r">"Rate"</th></tr></thead>
                    <tbody>{services}</tbody>
                </table>
            </div>
        })}
    }
}

/// The level of a customer, where it has one.
pub(crate) fn level_of(sheet: &ServiceSheet) -> Option<&LevelRow> {
    sheet.level.as_ref().and_then(|level| sheet.catalogue.level(level))
}
