//! A group's page: for an MSP Admin the form, for others what is in it (DOMAIN C1).

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::{
    CustomerId, GroupId, Refusal, UserId,
    groups::{GroupDetail, GroupUser, OfferedCustomer},
    people::StaffRow,
    roles::{Action, Relation, may},
};

use super::{
    AssociateGroup, CreateGroup, DeleteGroup, DissociateGroup, EditGroup, GroupSheet,
    choose::ChooseCustomers,
    page_of, read_group,
    ticking::{Ticking, Typed},
};
use crate::{
    answer::{Answer, follow, problem_at, refusal_beside_fields, refusal_of, typed_before},
    failure::Failure,
    monitors::words,
    reading::read_blocking,
    shell::{Myself, Refused},
    ui::{Banner, BannerKind, Glyph, Icon, Reading, TextField, grouped},
};

/// What the form begins with: what was refused or searched with before, where that was without JavaScript.
#[derive(Debug, Clone)]
struct Begun {
    typed: Option<Typed>,
    search: String,
}

impl Begun {
    fn read() -> Self {
        use_query_map().with_untracked(|params| {
            let in_address = params.get("name").map(|_| Typed::in_address(params));
            Self { typed: typed_before().or(in_address), search: params.get("q").unwrap_or_default() }
        })
    }

    fn ticked(&self) -> Vec<CustomerId> {
        let said = self.typed.as_ref().map(Typed::said).unwrap_or_default();
        said.into_iter().filter(|(_, ticked)| *ticked).map(|(id, _)| id).collect()
    }
}

#[component]
pub fn GroupNewPage() -> impl IntoView {
    let begun = Begun::read();
    let (search, ticked) = (begun.search.clone(), begun.ticked());
    let sheet = read_blocking(|| (), move |()| read_group(String::new(), search.clone(), ticked.clone()));
    let action = ServerAction::<CreateGroup>::new();
    let answer = Signal::from(action.value());
    follow(answer);
    let begun = StoredValue::new(begun);
    let Myself(me) = expect_context();
    view! {
        <Title text="Add group"/>
        <Suspense fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                let may_manage = me.await.is_ok_and(|me| may(me.role, Action::Administer, Relation::None));
                match sheet.await {
                    Ok(_) if !may_manage => view! { <Refused refusal=Refusal::Forbidden/> }.into_any(),
                    Ok(sheet) => view! {
                        <nav class="crumbs" aria-label="Where you are"><a href="/groups">"Customer groups"</a></nav>
                        <div class="head"><h1>"Add group"</h1></div>
                        <ActionForm action=action attr:class="form panel group" attr:novalidate=true>
                            <Fields sheet begun=begun.get_value() own="/groups/new".to_owned() answer/>
                            <div class="actions">
                                <button class="btn main" type="submit" disabled=action.pending()>"Add group"</button>
                                <a class="btn" href="/groups">"Cancel"</a>
                            </div>
                        </ActionForm>
                    }
                    .into_any(),
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
pub fn GroupPageView() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("group").unwrap_or_default()));
    let begun = Begun::read();
    let (search, ticked) = (begun.search.clone(), begun.ticked());
    let sheet = read_blocking(move || id.get(), move |id| read_group(id, search.clone(), ticked.clone()));
    let edit = ServerAction::<EditGroup>::new();
    follow(Signal::from(edit.value()));
    let delete = ServerAction::<DeleteGroup>::new();
    follow(Signal::from(delete.value()));
    let dissociate = ServerAction::<DissociateGroup>::new();
    let associate = ServerAction::<AssociateGroup>::new();
    let refused = Signal::derive(move || {
        let answers = [delete.value().get(), dissociate.value().get(), associate.value().get()];
        answers.into_iter().flatten().find(Result::is_err)
    });
    let refusal = refusal_of(refused);
    let begun = StoredValue::new(begun);
    let Myself(me) = expect_context();
    view! {
        {move || refusal.get().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                let may_manage = me.await.is_ok_and(|me| may(me.role, Action::Administer, Relation::None));
                match sheet.await {
                    Ok(GroupSheet { detail: Some(detail), offer, ticked, staff }) => {
                        let sheet = GroupSheet { detail: None, offer, ticked, staff };
                        view! { <Group detail sheet begun=begun.get_value() may_manage edit delete dissociate associate/> }.into_any()
                    }
                    Ok(_) => view! { <Refused refusal=Refusal::NotFound/> }.into_any(),
                    Err(Failure(refusal)) => view! { <Title text="Customer groups"/><Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn Group(
    detail: GroupDetail,
    sheet: GroupSheet,
    begun: Begun,
    may_manage: bool,
    edit: ServerAction<EditGroup>,
    delete: ServerAction<DeleteGroup>,
    dissociate: ServerAction<DissociateGroup>,
    associate: ServerAction<AssociateGroup>,
) -> impl IntoView {
    let GroupDetail { id, name, version, customers, .. } = detail.clone();
    let staff = sheet.staff.clone();
    let answer = Signal::from(edit.value());
    let body = if may_manage {
        let begun =
            Begun { typed: begun.typed.or_else(|| Some(Typed { name: name.clone(), version, ..Typed::default() })), ..begun };
        let version = begun.typed.as_ref().map_or(version, |typed| typed.version);
        let own = page_of(&id);
        let group = id.clone();
        view! {
            <ActionForm action=edit attr:class="form panel group" attr:novalidate=true>
                <input type="hidden" name="group" value=group.to_string()/>
                <input type="hidden" name="version" value=version.to_string()/>
                <Fields sheet begun own group answer/>
                <div class="actions">
                    <button class="btn main" type="submit" disabled=edit.pending()>"Save"</button>
                    <a class="btn" href="/groups">"Cancel"</a>
                </div>
            </ActionForm>
        }
        .into_any()
    } else {
        view! { <Members rows=sheet.offer.rows count=customers/> }.into_any()
    };
    view! {
        <Title text=name.clone()/>
        <nav class="crumbs" aria-label="Where you are"><a href="/groups">"Customer groups"</a></nav>
        <div class="head">
            <h1>{name.clone()}</h1>
            <span class="quiet num">{words::counted(customers, "customer")}</span>
            <div class="right">
                <a class="btn" href=format!("/?group={id}")>"Health"</a>
                {may_manage.then(|| view! { <Delete id=id.clone() name=name.clone() delete/> })}
            </div>
        </div>
        <div class="group-sheet">
            {body}
            <People detail staff may_manage dissociate associate/>
        </div>
    }
}

/// Who is associated with the group's customers. Read again by itself after a change of it: what is ticked beside it stays.
#[component]
fn People(
    detail: GroupDetail,
    staff: Vec<StaffRow>,
    may_manage: bool,
    dissociate: ServerAction<DissociateGroup>,
    associate: ServerAction<AssociateGroup>,
) -> impl IntoView {
    let id = detail.id.clone();
    let again = leptos::prelude::Action::new(move |(): &()| read_group(id.to_string(), String::new(), Vec::new()));
    Effect::new(move |before: Option<usize>| {
        let done = dissociate.version().get() + associate.version().get();
        if before.is_some_and(|before| before != done) {
            again.dispatch(());
        }
        done
    });
    let shown = move || {
        let (GroupDetail { id, customers, users, .. }, staff) = match again.value().get() {
            Some(Err(Failure(refusal))) => {
                return view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> }.into_any();
            }
            Some(Ok(GroupSheet { detail: Some(detail), staff, .. })) => (detail, staff),
            Some(Ok(_)) | None => (detail.clone(), staff.clone()),
        };
        let give = (may_manage && customers > 0).then(|| {
            // Who is with all of them already need not be offered.
            let with_all = |user: &UserId| users.iter().any(|one| one.user == *user && one.customers == customers);
            let staff = staff.into_iter().filter(|person| !with_all(&person.id)).collect();
            view! { <Give id=id.clone() customers staff associate/> }
        });
        view! {
            <Users id users may_manage dissociate/>
            {give}
        }
        .into_any()
    };
    view! {
        <section aria-labelledby="group-users">
            <h2 id="group-users">"MSP users of its customers"</h2>
            {shown}
        </section>
    }
}

#[component]
fn Delete(id: GroupId, name: String, delete: ServerAction<DeleteGroup>) -> impl IntoView {
    view! {
        <details class="menu confirm">
            <summary class="btn"><Icon glyph=Glyph::Trash/>"Delete"</summary>
            <div>
                <p>"Deleting "<b>{name}</b>" keeps its customers, and who is associated with them. This cannot be undone."</p>
                <ActionForm action=delete>
                    <input type="hidden" name="group" value=id.to_string()/>
                    <button class="btn main danger" type="submit" disabled=delete.pending()>"Delete this group"</button>
                </ActionForm>
            </div>
        </details>
    }
}

/// Who may not change the group sees what is in it.
#[component]
fn Members(rows: Vec<OfferedCustomer>, count: u32) -> impl IntoView {
    let members: Vec<OfferedCustomer> = rows.into_iter().filter(|row| row.member).collect();
    let more = count.saturating_sub(u32::try_from(members.len()).unwrap_or(u32::MAX));
    view! {
        <section class="panel" aria-labelledby="group-customers">
            <h2 id="group-customers">"Customers"</h2>
            {(count == 0).then(|| view! { <p class="quiet">"None yet."</p> })}
            <ul class="members">
                {members.into_iter().map(|row| view! { <li><a href=format!("/customers/{}", row.id)>{row.name}</a></li> }).collect_view()}
            </ul>
            {(more > 0).then(|| view! { <p class="quiet">"and "{grouped(more)}" more"</p> })}
        </section>
    }
}

#[component]
fn Users(id: GroupId, users: Vec<GroupUser>, may_manage: bool, dissociate: ServerAction<DissociateGroup>) -> impl IntoView {
    if users.is_empty() {
        return view! { <p class="panel quiet">"Nobody is associated with a customer of this group."</p> }.into_any();
    }
    let rows = users
        .into_iter()
        .map(|GroupUser { user, name, email, role, customers }| {
            let (group, whose, label) = (id.to_string(), user.to_string(), format!("Dissociate {name}"));
            let form = may_manage.then(|| {
                view! {
                    <ActionForm action=dissociate>
                        <input type="hidden" name="group" value=group/>
                        <input type="hidden" name="user" value=whose/>
                        <button class="btn small" type="submit" aria-label=label disabled=dissociate.pending()>"Dissociate"</button>
                    </ActionForm>
                }
            });
            view! {
                <tr>
                    <th scope="row"><span class="name"><a href=format!("/users/{user}") title=email>{name.clone()}</a></span></th>
                    <td class="quiet role">{role.label()}</td>
                    <td class="r num">{grouped(customers)}</td>
                    <td class="r">{form}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="tw">
            <table class="group-users">
                <caption class="unseen">"MSP users who are associated with customers of this group"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col" class="role">"Role"</th>
                        <th scope="col" class="r">"Of its customers"</th>
                        <th scope="col"><span class="unseen">"Change"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <p class="hint">"Dissociating somebody here takes away every association with a customer of this group."</p>
    }
    .into_any()
}

/// Associates somebody with all of the group's customers at once.
#[component]
fn Give(id: GroupId, customers: u32, staff: Vec<StaffRow>, associate: ServerAction<AssociateGroup>) -> impl IntoView {
    if staff.is_empty() {
        return None;
    }
    let options = staff
        .into_iter()
        .map(|person| view! { <option value=person.id.to_string()>{format!("{} ({})", person.name, person.role.label())}</option> })
        .collect_view();
    let button = if customers == 1 {
        "Associate with its customer".to_owned()
    } else {
        format!("Associate with all {} customers", grouped(customers))
    };
    Some(view! {
        <ActionForm action=associate attr:class="others">
            <input type="hidden" name="group" value=id.to_string()/>
            <select name="user" aria-label="Somebody to associate">{options}</select>
            <button class="btn" type="submit" disabled=associate.pending()>{button}</button>
        </ActionForm>
    })
}

/// The name, the search, and the customers to tick. `own` is the page's address: without JavaScript a search leads back to it.
#[component]
fn Fields(
    sheet: GroupSheet,
    begun: Begun,
    own: String,
    #[prop(optional)] group: Option<GroupId>,
    answer: Answer,
) -> impl IntoView {
    let Begun { typed, search } = begun;
    let typed = typed.unwrap_or_default();
    let ticking = Ticking::new(sheet.offer, typed.said(), &sheet.ticked);
    let name = RwSignal::new(typed.name);
    let refusal = refusal_beside_fields(answer);
    let again = own.clone();
    view! {
        {move || {
            let refusal = refusal.get()?;
            let again = (refusal == Refusal::Conflict).then(|| again.clone());
            Some(view! {
                <Banner kind=BannerKind::Error>
                    <p>{refusal.to_string()}</p>
                    {again.map(|href| view! { <p><a href=href rel="external">"Reload, and lose what you typed"</a></p> })}
                </Banner>
            })
        }}
        <TextField name="name" label="Name" required=true value=name on_change=Callback::new(move |text| name.set(text))
            error=problem_at(answer, "name") autocomplete="off"/>
        <ChooseCustomers group ticking search own/>
    }
}
