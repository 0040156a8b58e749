//! The wizard's server functions: drafts are read, kept, thrown away, and become customers (DOMAIN A3).

#![allow(clippy::too_many_arguments, reason = "a server function has one for each kind of control that its form has")]

use leptos::{prelude::*, server_fn::codec::Json};
use model::{
    DraftId, FieldError,
    contacts::ContactInput,
    customers::CustomerInput,
    drafts::{Draft, DraftRow, Offers, Section},
    locations::LocationInput,
    services::ItemInput,
};
use serde::{Deserialize, Serialize};

use crate::{failure::Failure, ui::address};

/// What 'add customer' shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wizard {
    /// There are drafts to go on with.
    Choose(Vec<DraftRow>),
    Build(Box<Building>),
}

/// One section of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Building {
    pub id: DraftId,
    pub section: Section,
    /// As it was typed.
    pub draft: Draft,
    /// What is wrong in the sections that the person has been through.
    pub problems: Vec<FieldError>,
    pub offers: Offers,
}

/// The address of a draft's section.
pub(super) fn path_of(id: &DraftId, section: Section) -> String {
    address("/customers/new", &[("draft", &id.to_string()), ("section", section.key())])
}

/// Reads a draft where `draft` names one; without, the person's drafts, or where there are none or a section is asked for a new one.
#[server(prefix = "/fn", endpoint = "draft", input = Json)]
pub async fn read_wizard(draft: String, section: String) -> Result<Wizard, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let handles = caller::handles();
    let wanted = Section::from_key(&section);
    if draft.is_empty() && wanted.is_none() {
        let drafts = handles.store.drafts(&actor).await?;
        if !drafts.is_empty() {
            return Ok(Wizard::Choose(drafts));
        }
    }
    let (id, draft, section) = if draft.is_empty() {
        let (id, draft) = handles.store.new_draft(&actor).await?;
        (id, draft, Section::default())
    } else {
        let id: DraftId = caller::id(&draft)?;
        let (draft, section) = handles.store.draft(&actor, &id).await?;
        (id, draft, wanted.unwrap_or(section))
    };
    let mut problems = handles.store.problems(&draft).await?;
    let is_seen = |problem: &FieldError| Section::of_field(&problem.field).is_some_and(|section| draft.seen.contains(&section));
    problems.retain(|problem| section == Section::Review || is_seen(problem));
    let offers = handles.store.offers(&actor, handles.sms.is_some()).await?;
    Ok(Wizard::Build(Box::new(Building { id, section, draft, problems, offers })))
}

/// Keeps what a section's form holds. `to` says where the person goes: `next`, a section, or `keep` for nowhere; or `remove` names a
/// row that goes. Leads there.
#[server(prefix = "/fn", endpoint = "draft-save")]
pub async fn save_draft(
    draft: String,
    section: String,
    #[server(default)] to: String,
    #[server(default)] remove: String,
    #[server(default)] input: CustomerInput,
    #[server(default)] industry: Vec<String>,
    #[server(default)] group: Vec<String>,
    #[server(default)] person: Vec<String>,
    #[server(default)] invite: String,
    #[server(default)] invite_email: String,
    #[server(default)] level: String,
    #[server(default)] items: Vec<ItemInput>,
    #[server(default)] locations: Vec<LocationInput>,
    #[server(default)] contacts: Vec<ContactInput>,
) -> Result<String, Failure> {
    use crate::caller;
    use model::{Refusal, drafts::Go};
    let actor = caller::actor()?;
    let id: DraftId = caller::id(&draft)?;
    let section = Section::from_key(&section).ok_or(Refusal::BadRequest)?;
    // 'Save and close' keeps, and goes elsewhere.
    let closes = to == "close";
    let go = match (closes, remove.is_empty()) {
        (true, _) => Go::Nowhere,
        (false, true) => Go::from_key(&to).ok_or(Refusal::BadRequest)?,
        (false, false) => Go::To(section),
    };
    let account = typed(input, &industry, &group, &person)?;
    let mut typed = Draft { invite: !invite.is_empty(), invite_email, level, items, locations, contacts, ..account };
    if !remove.is_empty() {
        typed.remove_row(&remove).ok_or(Refusal::BadRequest)?;
    }
    let at = caller::handles().store.save_draft(&actor, &id, section, &typed, go).await?;
    Ok(caller::goes_to(if closes { "/customers".to_owned() } else { path_of(&id, at) }))
}

/// Throws a draft away. Leads to the others, or to the list.
#[server(prefix = "/fn", endpoint = "draft-discard")]
pub async fn discard_draft(draft: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let store = caller::handles().store;
    store.discard_draft(&actor, &caller::id(&draft)?).await?;
    let left = store.drafts(&actor).await?;
    Ok(caller::goes_to(if left.is_empty() { "/customers" } else { "/customers/new" }.to_owned()))
}

/// Makes a customer of a draft. Leads to its page; to the page of its code where its number is verified first; or back to the
/// section where something is wrong.
#[server(prefix = "/fn", endpoint = "draft-create")]
pub async fn create_from_draft(draft: String, #[server(default)] captcha: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let id: DraftId = caller::id(&draft)?;
    let (drafted, problems) = caller::handles().store.judge_draft(&actor, &id).await?;
    if let Some(section) = problems.first().and_then(|problem| Section::of_field(&problem.field)) {
        return Ok(caller::goes_to(path_of(&id, section)));
    }
    caller::spend_captcha(&actor, &captcha).await?;
    Ok(caller::goes_to(finish(&actor, &drafted, Some(&id)).await?))
}

/// Makes the customer, or lets it wait for its code. Where that leads.
#[cfg(feature = "ssr")]
pub(super) async fn finish(actor: &store::Actor, draft: &Draft, from: Option<&DraftId>) -> Result<String, Failure> {
    use crate::caller;
    use store::verification::Whose;
    let handles = caller::handles();
    if handles.sms.is_none() || draft.input.mobile.trim().is_empty() {
        return Ok(super::page_of(&handles.live.add_customer(actor, draft, from).await?));
    }
    let (id, text) = handles.store.hold_customer(actor, draft, from).await?;
    // The page of the number says it, and offers to send another.
    let _ = caller::text(actor, &Whose::Draft(id.clone()), &text).await;
    Ok(super::waiting::page_of_waiting(&id))
}

/// What a form holds: ticked industries become the field's text, where there are any.
#[cfg(feature = "ssr")]
pub(super) fn typed(
    mut input: CustomerInput,
    industry: &[String],
    group: &[String],
    person: &[String],
) -> Result<Draft, model::Refusal> {
    if !industry.is_empty() {
        input.industries = industry.join(", ");
    }
    let groups = ids(group.iter().map(String::as_str))?;
    let people = ids(person.iter().map(String::as_str))?;
    Ok(Draft { input, groups, people, ..Draft::default() })
}

/// The ids that a form sent. A text that is no id is like an id that is not there.
#[cfg(feature = "ssr")]
pub(super) fn ids<'a, T: std::str::FromStr>(texts: impl Iterator<Item = &'a str>) -> Result<Vec<T>, model::Refusal> {
    let id = |text: &str| text.parse().map_err(|_| model::Refusal::NotFound);
    texts.filter(|text| !text.is_empty()).map(id).collect()
}
