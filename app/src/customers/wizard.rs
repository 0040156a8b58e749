//! Adding a customer (DOMAIN A3): a wizard whose sections can be jumped to. Each step sends its section and comes back as a page of
//! its own, with and without JavaScript alike; what is wrong is told by the server from the draft that it keeps, so nothing typed is
//! ever lost. With JavaScript a draft is kept while one types as well.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_query_map},
};
use model::{
    FieldError, Problem, Refusal,
    customers::CustomerInput,
    drafts::{CONTACTS, Draft, DraftRow, GROUPS, INVITE_EMAIL, ITEMS, LEVEL, LOCATIONS, Offers, PEOPLE, Section},
    services::ItemInput,
};

use super::{
    drafts::{Building, CreateFromDraft, DiscardDraft, SaveDraft, Wizard, path_of, read_wizard},
    fields::{Fields, Typing},
    keeping::{Keeping, Kept},
};
use crate::{
    answer::{Answer, refusal_of},
    captcha::Captcha,
    failure::Failure,
    reading::{Content, read_blocking},
    shell::{Myself, Refused},
    ui::{Banner, BannerKind, Glyph, Icon, Reading, When},
};

/// The section's form.
pub(super) const FORM: &str = "wizard";

/// What can be done on this page. The actions outlive each section.
#[derive(Clone, Copy)]
struct Doing {
    save: ServerAction<SaveDraft>,
    create: ServerAction<CreateFromDraft>,
    discard: ServerAction<DiscardDraft>,
    /// Whether the person has gone on from a section: the next one then takes the focus.
    moved: RwSignal<bool>,
}

#[component]
pub fn CustomerNewPage() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|query| (query.get("draft").unwrap_or_default(), query.get("section").unwrap_or_default()))
    });
    let wizard = read_blocking(move || asked.get(), |(draft, section)| read_wizard(draft, section));
    let doing = Doing {
        save: ServerAction::new(),
        create: ServerAction::new(),
        discard: ServerAction::new(),
        moved: RwSignal::new(false),
    };
    for answer in [doing.save.value().into(), doing.create.value().into(), doing.discard.value().into()] {
        go_where_it_leads(answer, wizard, doing.moved);
    }
    view! {
        <Title text="Add customer"/>
        <nav class="crumbs" aria-label="Where you are"><a href="/customers">"Customers"</a></nav>
        <div class="head">
            <h1>"Add customer"</h1>
            <div class="right"><a class="btn" href="/customers/existing">"Existing customer instead"</a></div>
        </div>
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match wizard.await {
                    Ok(Wizard::Choose(drafts)) => view! { <Drafts drafts doing/> }.into_any(),
                    // A closure is drawn anew: no control keeps what was typed into another section's.
                    Ok(Wizard::Build(building)) => (move || view! { <Step building=(*building).clone() doing/> }).into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// Goes on to the answer's address; where that is this page already, it is read anew.
fn go_where_it_leads(answer: Answer, wizard: Content<Result<Wizard, Failure>>, moved: RwSignal<bool>) {
    let Myself(me) = expect_context();
    let navigate = use_navigate();
    let location = use_location();
    Effect::new(move || {
        let Some(Ok(path)) = answer.get() else { return };
        moved.set(true);
        let search = location.search.get_untracked();
        let here = format!("{}{}{search}", location.pathname.get_untracked(), if search.is_empty() { "" } else { "?" });
        if path == here {
            wizard.refetch();
            return;
        }
        if !path.starts_with("/customers/new") {
            // The dock counts customers.
            me.refetch();
        }
        navigate(&path, NavigateOptions::default());
    });
}

/// What was begun before and not finished.
#[component]
fn Drafts(drafts: Vec<DraftRow>, doing: Doing) -> impl IntoView {
    let rows = drafts
        .into_iter()
        .map(|draft| {
            let label = format!("Discard {}", draft.name);
            view! {
                <li>
                    <a href=path_of(&draft.id, draft.section)>{draft.name}</a>
                    <span class="quiet">{draft.section.label()}", "<When at=draft.changed_at/></span>
                    <ActionForm action=doing.discard>
                        <input type="hidden" name="draft" value=draft.id.to_string()/>
                        <button class="btn small" type="submit" aria-label=label disabled=doing.discard.pending()>"Discard"</button>
                    </ActionForm>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="panel drafts" aria-labelledby="drafts">
            <h2 id="drafts">"Go on with a draft"</h2>
            <ul>{rows}</ul>
        </section>
        <a class="btn main" href="/customers/new?section=company"><Icon glyph=Glyph::Plus/>"Begin a new customer"</a>
    }
}

#[component]
fn Step(building: Building, doing: Doing) -> impl IntoView {
    let Building { id, section, draft, problems, offers } = building;
    let marks = Marks::of(&draft, &problems);
    take_focus(doing.moved);
    if section == Section::Review {
        return view! {
            <div class="sections wizard">
                <Progress marks section links=Some(id.clone())/>
                <Review id draft problems offers doing/>
            </div>
        }
        .into_any();
    }
    let draft_id = id.to_string();
    let busy = Signal::derive(move || doing.save.pending().get() || doing.discard.pending().get() || doing.moved.get());
    let refused = Signal::derive(move || doing.save.value().with(|answer| matches!(answer, Some(Err(_)))));
    let keeping = Keeping::new(busy, refused);
    let typing = Typing { typed: RwSignal::new(draft), problems: Signal::stored(problems), offers: StoredValue::new(offers) };
    provide_context(typing);
    let refusal = refusal_of(doing.save.value().into());
    let back = section.before().map(|before| {
        view! { <button class="btn" type="submit" name="to" value=before.key() disabled=doing.save.pending()>"Back"</button> }
    });
    let place = Section::ALL.into_iter().position(|one| one == section).unwrap_or_default() + 1;
    view! {
        <div class="sections wizard" on:input=move |_| keeping.typed() on:change=move |_| keeping.changed()
            on:submit:capture=move |event| keeping.submitted(&event)>
            // What Enter in a field does: the first button of a form is the one.
            <button class="unseen" form=FORM type="submit" name="to" value="next" tabindex="-1" aria-hidden="true">"Next"</button>
            <Progress marks section links=None/>
            <div>
                <ActionForm action=doing.save attr:id=FORM attr:class="form panel" attr:novalidate=true>
                    {move || refusal.get().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
                    <input type="hidden" name="draft" value=draft_id/>
                    <input type="hidden" name="section" value=section.key()/>
                    <div class="heading">
                        <h2 id="section" tabindex="-1">{section.label()}</h2>
                        <span class="quiet num">{format!("Step {place} of {}", Section::ALL.len())}</span>
                    </div>
                    // What is typed while the answer is on its way would be lost.
                    <fieldset class="all" disabled=busy>
                        <legend class="unseen">{section.label()}</legend>
                        <Fields section typing adds=true/>
                    </fieldset>
                    <div class="actions">
                        <button class="btn main" type="submit" name="to" value="next" disabled=doing.save.pending()>"Next"</button>
                        {back}
                        <button class="btn" type="submit" name="to" value="close" disabled=doing.save.pending()>"Save and close"</button>
                    </div>
                </ActionForm>
                <div class="beside">
                    <p class="hint" role="status">{move || keeping.kept.get().words()}</p>
                    <Discard id doing/>
                </div>
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn Discard(id: model::DraftId, doing: Doing) -> impl IntoView {
    view! {
        <details class="menu confirm">
            <summary class="btn quiet small"><Icon glyph=Glyph::Trash/>"Discard"</summary>
            <div>
                <p>"What you typed is thrown away. This cannot be undone."</p>
                <ActionForm action=doing.discard>
                    <input type="hidden" name="draft" value=id.to_string()/>
                    <button class="btn main danger" type="submit" disabled=doing.discard.pending()>"Discard this draft"</button>
                </ActionForm>
            </div>
        </details>
    }
}

/// How a section stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Open,
    Done,
    /// So many of its fields are wrong.
    Wrong(usize),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Marks(Vec<(Section, Mark)>);

impl Marks {
    fn of(draft: &Draft, problems: &[FieldError]) -> Self {
        let mark = |section: Section| {
            let wrong = problems.iter().filter(|problem| section.place_of(&problem.field).is_some()).count();
            match wrong {
                0 if draft.seen.contains(&section) => Mark::Done,
                0 => Mark::Open,
                _ => Mark::Wrong(wrong),
            }
        };
        Self(Section::ALL.into_iter().map(|section| (section, mark(section))).collect())
    }
}

/// The sections, how each stands, and the way to each: a button that keeps what is typed, or a link where nothing is.
#[component]
fn Progress(marks: Marks, section: Section, links: Option<model::DraftId>) -> impl IntoView {
    let items = marks
        .0
        .into_iter()
        .map(|(one, mark)| {
            let (class, said) = match mark {
                Mark::Open => ("step", String::new()),
                Mark::Done => ("step done", ", done".to_owned()),
                Mark::Wrong(1) => ("step wrong", ", 1 error".to_owned()),
                Mark::Wrong(count) => ("step wrong", format!(", {count} errors")),
            };
            let current = (one == section).then_some("step");
            let words = view! { <span class="dot" aria-hidden="true"></span><span>{one.label()}<span class="unseen">{said}</span></span> };
            let way = match &links {
                Some(id) => view! { <a class=class href=path_of(id, one) aria-current=current>{words}</a> }.into_any(),
                None => view! {
                    <button class=class form=FORM type="submit" name="to" value=one.key() aria-current=current>{words}</button>
                }
                .into_any(),
            };
            view! { <li>{way}</li> }
        })
        .collect_view();
    view! { <nav aria-label="Sections"><ol>{items}</ol></nav> }
}

/// Everything once more.
#[component]
fn Review(id: model::DraftId, draft: Draft, problems: Vec<FieldError>, offers: Offers, doing: Doing) -> impl IntoView {
    let answer: Answer = doing.create.value().into();
    let refusal = refusal_of(answer);
    let waits = verification(&draft, &offers);
    let pack = offers
        .pack
        .clone()
        .map(|(_, service)| format!("It begins with the service {service}. All of it can be changed afterwards."));
    let back = path_of(&id, Section::Contacts);
    let blocks = Section::ALL
        .into_iter()
        .filter(|section| *section != Section::Review)
        .map(|section| {
            let lines = lines(section, &draft, &problems, &offers);
            let change = path_of(&id, section);
            view! {
                <section aria-label=section.label()>
                    <div class="heading">
                        <h3>{section.label()}</h3>
                        <a href=change aria-label=format!("Change {}", section.label())>"Change"</a>
                    </div>
                    {if lines.is_empty() {
                        view! { <p class="quiet">"Nothing given."</p> }.into_any()
                    } else {
                        let lines = lines.into_iter().map(|line| view! { <ReviewLine line/> }).collect_view();
                        view! { <dl class="facts">{lines}</dl> }.into_any()
                    }}
                </section>
            }
        })
        .collect_view();
    view! {
        <div>
            <ActionForm action=doing.create attr:class="form panel review" attr:novalidate=true>
                {move || refusal.get().and_then(|refusal| in_words(&refusal)).map(|words| view! { <Banner kind=BannerKind::Error>{words}</Banner> })}
                <input type="hidden" name="draft" value=id.to_string()/>
                <div class="heading"><h2 id="section" tabindex="-1">{Section::Review.label()}</h2></div>
                {blocks}
                {pack.map(|words| view! { <p class="hint">{words}</p> })}
                {waits.map(|words| view! { <p class="hint">{words}</p> })}
                <Captcha answer/>
                <div class="actions">
                    <button class="btn main" type="submit" disabled=doing.create.pending()>"Create customer"</button>
                    <a class="btn" href=back>"Back"</a>
                </div>
            </ActionForm>
        </div>
    }
}

/// What a refusal of the whole says; what the captcha says stands at the captcha.
fn in_words(refusal: &Refusal) -> Option<String> {
    match refusal {
        Refusal::Invalid(errors) => {
            let error = errors.iter().find(|error| error.field != model::captcha::FIELD)?;
            Some(format!("{}: {}", label_of(&error.field), error.problem))
        }
        other => Some(other.to_string()),
    }
}

/// What becomes of the mobile number (DOMAIN A5).
fn verification(draft: &Draft, offers: &Offers) -> Option<String> {
    if draft.input.mobile.trim().is_empty() {
        return None;
    }
    Some(if offers.verifies {
        format!("A code goes to {} by text message. The customer stands in the list once it is typed in.", draft.input.mobile)
    } else {
        "This installation sends no text messages: the mobile number is not verified.".to_owned()
    })
}

/// One field as it will be: its label, its value, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    label: String,
    value: String,
    problem: Option<Problem>,
}

#[component]
fn ReviewLine(line: Line) -> impl IntoView {
    let problem = line.problem.map(|problem| view! { <p class="error">{problem.to_string()}</p> });
    view! { <div><dt>{line.label}</dt><dd>{line.value}{problem}</dd></div> }
}

/// The section's fields that are filled in or wrong.
fn lines(section: Section, draft: &Draft, problems: &[FieldError], offers: &Offers) -> Vec<Line> {
    let line = |field: &&'static str| {
        let value = value_of(field, draft, offers);
        let is_here = |error: &&FieldError| section.place_of(&error.field).is_some_and(|place| section.fields()[place] == *field);
        let problem = problems.iter().find(is_here).map(|error| error.problem.clone());
        (!value.is_empty() || problem.is_some()).then(|| Line { label: label_of(field), value, problem })
    };
    section.fields().iter().filter_map(line).collect()
}

fn value_of(field: &str, draft: &Draft, offers: &Offers) -> String {
    if field == GROUPS {
        let named = offers.groups.iter().filter(|(id, _)| draft.groups.contains(id)).map(|(_, name)| name.as_str());
        return named.collect::<Vec<_>>().join(", ");
    }
    if field == PEOPLE {
        let named = offers.people.iter().filter(|person| draft.people.contains(&person.id)).map(|person| person.name.as_str());
        return named.collect::<Vec<_>>().join(", ");
    }
    if let Some(rows) = rows_of(field, draft, offers) {
        return rows;
    }
    if field == INVITE_EMAIL {
        return if draft.invite { draft.invited().to_owned() } else { String::new() };
    }
    let known = CustomerInput::FIELDS.iter().find(|known| known.name == field);
    known.map(|known| (known.get)(&draft.input).trim().to_owned()).unwrap_or_default()
}

/// What a customer begins with besides its account, in a line each; `None` for a field of the account.
fn rows_of(field: &str, draft: &Draft, offers: &Offers) -> Option<String> {
    let named = |list: &[(String, String)], id: &str| list.iter().find(|(known, _)| known == id).map(|(_, name)| name.clone());
    let rows: Vec<String> = match field {
        LEVEL => vec![named(&offers.levels, &draft.level).or(offers.pack.clone().map(|(level, _)| level)).unwrap_or_default()],
        ITEMS => {
            let name = |item: &ItemInput| named(&offers.services, &item.service).unwrap_or_default();
            draft.items.iter().map(|item| format!("{} × {}", item.quantity.trim(), name(item))).collect()
        }
        LOCATIONS => draft.locations.iter().map(|location| location.name.trim().to_owned()).collect(),
        CONTACTS => draft.contacts.iter().map(|contact| format!("{} ({})", contact.name(), contact.location)).collect(),
        _ => return None,
    };
    Some(rows.join(", "))
}

/// A field as the form calls it.
pub(super) fn label_of(field: &str) -> String {
    let field = field.split('[').next().unwrap_or(field);
    let label = match field {
        LEVEL => "Program level",
        ITEMS => "Service items",
        LOCATIONS => "Locations",
        CONTACTS => "Contacts",
        GROUPS => "Customer groups",
        PEOPLE => "Associated MSP users",
        INVITE_EMAIL => "Invitation goes to",
        _ => CustomerInput::FIELDS.iter().find(|known| known.name == field).map_or(field, |known| known.label),
    };
    label.to_owned()
}

/// Once the person has gone on, the first thing that is wrong takes the focus, or else the section's heading: who does not see the
/// page hears where they are.
fn take_focus(moved: RwSignal<bool>) {
    #[cfg(feature = "hydrate")]
    Effect::new(move || {
        if !moved.get_untracked() {
            return;
        }
        moved.set(false);
        request_animation_frame(|| {
            use wasm_bindgen::JsCast;
            let find = |selector| document().query_selector(selector).ok().flatten();
            let first = find(".wizard form [aria-invalid='true']").or_else(|| find("#section"));
            if let Some(element) = first.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
                let _ = element.focus();
            }
        });
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = moved;
}

impl Kept {
    /// As the page says it.
    const fn words(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Draft => "Draft saved.",
            Self::Failed => "The draft could not be saved. It is tried again as you go on.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a3_the_list_of_sections_shows_where_errors_are() {
        let draft = Draft { seen: vec![Section::Company, Section::Contact], ..Draft::default() };
        let problems = [FieldError::new("email", Problem::Required), FieldError::new("mobile", Problem::NotAPhoneNumber)];
        let Marks(marks) = Marks::of(&draft, &problems);
        let marks: Vec<Mark> = marks.into_iter().map(|(_, mark)| mark).collect();
        assert_eq!(marks[..4], [Mark::Done, Mark::Open, Mark::Wrong(2), Mark::Open]);
    }

    #[test]
    fn a3_the_review_shows_what_is_given_and_what_is_wrong() {
        let mut draft = Draft::default();
        draft.input.contact_first = "Zoë".into();
        draft.invite_email = "not@asked.example".into();
        let problems = [FieldError::new("email", Problem::Required)];
        let shown = lines(Section::Contact, &draft, &problems, &Offers::default());
        let shown: Vec<(&str, &str, bool)> =
            shown.iter().map(|line| (line.label.as_str(), line.value.as_str(), line.problem.is_some())).collect();
        assert_eq!(shown, [("First name", "Zoë", false), ("Email", "", true)]);
        assert_eq!(lines(Section::Portal, &draft, &[], &Offers::default()), []);
    }

    #[test]
    fn a5_the_wizard_says_what_becomes_of_the_number() {
        let mut draft = Draft::default();
        assert_eq!(verification(&draft, &Offers::default()), None);
        draft.input.mobile = "+44 7400 123456".into();
        assert!(verification(&draft, &Offers::default()).unwrap().contains("sends no text messages"));
        let verifies = Offers { verifies: true, ..Offers::default() };
        assert!(verification(&draft, &verifies).unwrap().contains("+44 7400 123456"));
    }
}
