//! The catalogue's three lists.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    Refusal,
    catalogue::{Catalogue, LevelRow, Part, RatesRow, ServiceTypeRow},
    roles::{Action, Relation, may},
};

use super::{ChooseDefault, DeletePart, PATH, read_catalogue};
use crate::{
    failure::Failure,
    reading::read_blocking,
    shell::{Myself, Refused},
    ui::{Banner, BannerKind, Glyph, Icon, Reading, grouped},
};

/// What can be done beside a form. The actions outlive each new reading of the page.
#[derive(Clone, Copy)]
struct Doing {
    delete: ServerAction<DeletePart>,
    default: ServerAction<ChooseDefault>,
    may: bool,
}

impl Doing {
    fn refusal(self) -> Option<Refusal> {
        let refused = |answer: Option<Result<String, Failure>>| answer?.err().map(|failure| failure.0);
        refused(self.delete.value().get()).or_else(|| refused(self.default.value().get()))
    }

    fn forget(self) {
        self.delete.value().set(None);
        self.default.value().set(None);
    }

    fn pending(self) -> bool {
        self.delete.pending().get() || self.default.pending().get()
    }
}

#[component]
pub fn CataloguePage() -> impl IntoView {
    let catalogue = read_blocking(|| (), |()| read_catalogue());
    let doing = Doing { delete: ServerAction::new(), default: ServerAction::new(), may: false };
    Effect::new(move |before: Option<usize>| {
        let done = doing.delete.version().get() + doing.default.version().get();
        if before.is_some_and(|before| before != done) {
            catalogue.refetch();
        }
        done
    });
    let Myself(me) = expect_context();
    view! {
        <Title text="Catalogue"/>
        <div class="head">
            <h1>"Catalogue"</h1>
            <span class="quiet">"What customers are offered, and what it costs"</span>
        </div>
        {move || doing.refusal().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                let may_change = me.await.is_ok_and(|me| may(me.role, Action::Administer, Relation::None));
                match catalogue.await {
                    Ok(catalogue) => view! { <Lists catalogue doing=Doing { may: may_change, ..doing }/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Lists(catalogue: Catalogue, doing: Doing) -> impl IntoView {
    let add = move |what: &'static str, label: &'static str| {
        doing.may.then(|| {
            view! { <a class="btn small" href=format!("{PATH}/new-{what}")><Icon glyph=Glyph::Plus/>{label}</a> }
        })
    };
    let levels = catalogue
        .levels
        .iter()
        .map(|level| view! { <Level level=level.clone() catalogue=catalogue.clone() doing/> })
        .collect_view();
    let services = catalogue.services.iter().map(|service| view! { <Service service=service.clone() doing/> }).collect_view();
    let rates = catalogue
        .rates
        .iter()
        .map(|rates| view! { <Rates rates=rates.clone() catalogue=catalogue.clone() doing/> })
        .collect_view();
    let has_rates = !catalogue.rates.is_empty();
    view! {
        <div class="catalogue">
            <section aria-labelledby="levels">
                <div class="head"><h2 id="levels">"Program levels"</h2>{add("level", "Add program level")}</div>
                <div class="tw">
                    <table class="levels">
                        <caption class="unseen">"Program levels"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Name"</th>
                                <th scope="col" class="about">"Description"</th>
                                <th scope="col">"Service plans"</th>
                                <th scope="col" class="about">"Rate template"</th>
                                <th scope="col" class="r">"Customers"</th>
                                <th scope="col"><span class="unseen">"Actions"</span></th>
                            </tr>
                        </thead>
                        <tbody>{levels}</tbody>
                    </table>
                </div>
            </section>
            <section aria-labelledby="services">
                <div class="head"><h2 id="services">"Service types"</h2>{add("service", "Add service type")}</div>
                <div class="tw">
                    <table>
                        <caption class="unseen">"Service types"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Name"</th>
                                <th scope="col">"Unit"</th>
                                <th scope="col" class="r">"Customers"</th>
                                <th scope="col"><span class="unseen">"Actions"</span></th>
                            </tr>
                        </thead>
                        <tbody>{services}</tbody>
                    </table>
                </div>
                <p class="hint">"New customers get the program level and the service type that are marked as default."</p>
            </section>
            <section aria-labelledby="rates">
                <div class="head"><h2 id="rates">"Rate templates"</h2>{add("rates", "Add rate template")}</div>
                {if has_rates {
                    view! {
                        <div class="tw">
                            <table class="rates">
                                <caption class="unseen">"Rate templates"</caption>
                                <thead>
                                    <tr>
                                        <th scope="col">"Name"</th>
                                        <th scope="col">"Currency"</th>
                                        <th scope="col">"Rates"</th>
                                        <th scope="col"><span class="unseen">"Actions"</span></th>
                                    </tr>
                                </thead>
                                <tbody>{rates}</tbody>
                            </table>
                        </div>
                    }.into_any()
                } else {
                    view! { <p class="panel quiet">"None yet. A rate template says what one unit of each service type costs."</p> }.into_any()
                }}
            </section>
        </div>
    }
}

/// A name, which leads to its form for those who may fill it in.
#[component]
fn Name(part: Part, name: String, is_default: bool, doing: Doing) -> impl IntoView {
    let shown = if doing.may {
        view! { <a href=format!("{PATH}/{part}") title=name.clone()>{name.clone()}</a> }.into_any()
    } else {
        view! { <span title=name.clone()>{name.clone()}</span> }.into_any()
    };
    view! { <span class="name">{shown}{is_default.then(|| view! { <small class="pill a">"Default"</small> })}</span> }
}

#[component]
fn Level(level: LevelRow, catalogue: Catalogue, doing: Doing) -> impl IntoView {
    let part = Part::Level(level.id.clone());
    let rates = level.rates.as_ref().and_then(|rates| catalogue.rates(rates)).map(|rates| rates.name.clone());
    let plans = level
        .plans
        .iter()
        .map(|plan| {
            let services: Vec<&str> =
                plan.services.iter().filter_map(|id| catalogue.service(id)).map(|service| service.name.as_str()).collect();
            let services = services.join(", ");
            let name = if doing.may {
                view! { <a href=format!("{PATH}/{}", plan.id)>{plan.name.clone()}</a> }.into_any()
            } else {
                plan.name.clone().into_any()
            };
            view! { <li>{name}{(!services.is_empty()).then(|| view! { <small class="quiet">{services}</small> })}</li> }
        })
        .collect_view();
    let add = format!("{PATH}/new-plan?level={}", level.id);
    let label = format!("Add plan to {}", level.name);
    view! {
        <tr>
            <th scope="row"><Name part=part.clone() name=level.name.clone() is_default=level.is_default doing/></th>
            <td class="wrap quiet about">{level.description.clone()}</td>
            <td class="wrap">
                <ul class="plans">
                    {plans}
                    {doing.may.then(|| view! { <li><a class="add" href=add aria-label=label>"Add plan"</a></li> })}
                </ul>
            </td>
            <td class="quiet about">{rates.unwrap_or_else(|| "None".into())}</td>
            <td class="r num">{grouped(level.customers)}</td>
            <td class="do"><Offers part name=level.name is_default=level.is_default can_be_default=true doing/></td>
        </tr>
    }
}

#[component]
fn Service(service: ServiceTypeRow, doing: Doing) -> impl IntoView {
    let part = Part::Service(service.id.clone());
    view! {
        <tr>
            <th scope="row"><Name part=part.clone() name=service.name.clone() is_default=service.is_default doing/></th>
            <td class="quiet">{service.unit}</td>
            <td class="r num">{grouped(service.customers)}</td>
            <td class="do"><Offers part name=service.name is_default=service.is_default can_be_default=true doing/></td>
        </tr>
    }
}

#[component]
fn Rates(rates: RatesRow, catalogue: Catalogue, doing: Doing) -> impl IntoView {
    let part = Part::Rates(rates.id.clone());
    let lines = rates
        .rates
        .iter()
        .filter_map(|(id, money)| Some((catalogue.service(id)?, money)))
        .map(|(service, money)| view! { <li>{service.name.clone()}<small class="quiet num">{format!("{money} per {}", service.unit)}</small></li> })
        .collect_view();
    view! {
        <tr>
            <th scope="row"><Name part=part.clone() name=rates.name.clone() is_default=false doing/></th>
            <td>{rates.currency}</td>
            <td class="wrap"><ul class="plans">{lines}</ul></td>
            <td class="do"><Offers part name=rates.name is_default=false can_be_default=false doing/></td>
        </tr>
    }
}

/// What can be done to a row.
#[component]
fn Offers(part: Part, name: String, is_default: bool, can_be_default: bool, doing: Doing) -> impl IntoView {
    doing.may.then(|| {
        let (chosen, label) = (part.to_string(), format!("Make default: {name}"));
        view! {
            {(can_be_default && !is_default).then(|| view! {
                <ActionForm action=doing.default on:submit=move |_| doing.forget()>
                    <input type="hidden" name="part" value=chosen/>
                    <button class="btn small" type="submit" aria-label=label disabled=move || doing.pending()>"Make default"</button>
                </ActionForm>
            })}
            <Delete part name doing/>
        }
    })
}

#[component]
fn Delete(part: Part, name: String, doing: Doing) -> impl IntoView {
    let label = format!("Delete {name}");
    let what = match part {
        Part::Level(_) => " also deletes its service plans. It is refused while a customer has it.",
        Part::Service(_) => " also takes it out of plans and rate templates. It is refused while a customer has it.",
        Part::Rates(_) => " is refused while a customer has a program level with it. What customers have keeps its rate.",
        Part::Plan(_) => " takes it out of its program level.",
    };
    view! {
        <details class="menu confirm" name="catalogue-menu">
            <summary class="btn quiet small" title=label.clone() aria-label=label><Icon glyph=Glyph::Trash/></summary>
            <div>
                <p>"Deleting "<b>{name}</b>{what}</p>
                <ActionForm action=doing.delete on:submit=move |_| doing.forget()>
                    <input type="hidden" name="part" value=part.to_string()/>
                    <button class="btn main danger" type="submit" disabled=move || doing.pending()>"Delete"</button>
                </ActionForm>
            </div>
        </details>
    }
}
