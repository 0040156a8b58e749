//! The list of kiosk links: which screens show what, until when, and when they last did.

use leptos::prelude::*;
use leptos_meta::Title;
use model::kiosks::{KioskRow, KioskState, Shown};

use super::{FreshLink, KioskList, RevokeKiosk, read_kiosks};
use crate::{
    answer::{read_anew_after, refusal_of},
    failure::Failure,
    reading::read_blocking,
    shell::Refused,
    ui::{Ago, Ahead, Banner, BannerKind, CopyLine, Empty, Glyph, Icon, Reading, When, grouped},
};

#[component]
pub fn KiosksPage() -> impl IntoView {
    let list = read_blocking(|| (), |()| read_kiosks());
    let revoke = ServerAction::<RevokeKiosk>::new();
    let answer = Signal::from(revoke.value());
    read_anew_after(answer, move || list.refetch());
    let refusal = refusal_of(answer);
    // Told once: it stays while the list is read again.
    let made = StoredValue::new(None::<FreshLink>);
    view! {
        <Title text="Kiosk links"/>
        <div class="head">
            <h1>"Kiosk links"</h1>
            <span class="quiet">"The NOC wall on a screen where nobody signs in"</span>
            <div class="right"><a class="btn main" href="/kiosks/new"><Icon glyph=Glyph::Plus/>"Make a link"</a></div>
        </div>
        {move || refusal.get().map(|refusal| view! { <Banner kind=BannerKind::Error>{refusal.to_string()}</Banner> })}
        <Transition fallback=|| view! { <Reading/> }>
            {move || Suspend::new(async move {
                match list.await {
                    Ok(KioskList { rows, fresh }) => {
                        if fresh.is_some() {
                            made.set_value(fresh);
                        }
                        let is_open = |link: &FreshLink| rows.iter().any(|row| row.id == link.id && row.state == KioskState::Open);
                        let made = made.get_value().filter(is_open);
                        view! {
                            {made.map(|link| view! { <Fresh link/> })}
                            <Kiosks rows revoke/>
                        }
                        .into_any()
                    }
                    Err(Failure(refusal)) => view! { <Refused refusal/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// The address of the link that was just made.
#[component]
fn Fresh(link: FreshLink) -> impl IntoView {
    let FreshLink { name, address, .. } = link;
    view! {
        <section class="panel fresh-link" aria-labelledby="fresh-link-title">
            <h2 id="fresh-link-title">"The link of "<bdi>{name}</bdi></h2>
            <Banner kind=BannerKind::Warn>
                "Copy it now: it is not shown again. Whoever has it sees this wall without signing in."
            </Banner>
            <CopyLine id="fresh-link" label="Link" text=address/>
            <p class="hint">"Open it once in the browser of the screen, and make the address that it leads to that browser's home page: the wall is there again after a restart."</p>
        </section>
    }
}

#[component]
fn Kiosks(rows: Vec<KioskRow>, revoke: ServerAction<RevokeKiosk>) -> impl IntoView {
    if rows.is_empty() {
        return view! {
            <Empty title="No kiosk links yet" text="A link opens the wall on a screen in the room, without a person's account: read-only, for chosen customers, until it ends or you revoke it."/>
        }
        .into_any();
    }
    view! {
        <div class="tw">
            <table class="kiosks">
                <caption class="unseen">"Kiosk links, those that are open first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Shows"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Last used"</th>
                        <th scope="col" class="by">"Made by"</th>
                        <th scope="col"><span class="unseen">"Change"</span></th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(|row| view! { <Row row revoke/> }).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn Row(row: KioskRow, revoke: ServerAction<RevokeKiosk>) -> impl IntoView {
    let KioskRow { id, name, customers, view, state, created_at, expires_at, made_by, last_used_at, last_used_from } = row;
    let used = if last_used_at > 0 {
        view! { <Ago at=last_used_at/><small class="quiet">{last_used_from}</small> }.into_any()
    } else {
        "Never".into_any()
    };
    let can_revoke = match state {
        KioskState::Open | KioskState::MakerGone => true,
        KioskState::Expired | KioskState::Revoked => false,
    };
    let form = can_revoke.then(|| view! { <Revoke id=id.to_string() name=name.clone() revoke/> });
    let title = name.clone();
    view! {
        <tr>
            <th scope="row"><span class="name"><span title=title>{name}</span></span></th>
            <td>{shows(customers)}<small class="quiet">{view.label()}</small></td>
            <td class="what">{standing(state, expires_at)}</td>
            <td class="used num">{used}</td>
            <td class="quiet by">{made_by}<small><When at=created_at/></small></td>
            <td class="r">{form}</td>
        </tr>
    }
}

fn shows(customers: Option<Shown>) -> String {
    match customers {
        None => "All customers".to_owned(),
        Some(Shown { names, .. }) if names.is_empty() => "No customer that you see".to_owned(),
        Some(Shown { names, more: 0 }) => names.join(", "),
        Some(Shown { names, more }) => format!("{} and {} more", names.join(", "), grouped(more)),
    }
}

fn standing(state: KioskState, expires_at: i64) -> impl IntoView {
    let pill = match state {
        KioskState::Open => "pill a",
        KioskState::Expired | KioskState::Revoked | KioskState::MakerGone => "pill",
    };
    let more = match state {
        KioskState::Open => view! { <small class="quiet">"ends "<Ahead at=expires_at/></small> }.into_any(),
        KioskState::Expired => view! { <small class="quiet"><Ago at=expires_at/></small> }.into_any(),
        KioskState::MakerGone => view! { <small class="quiet">"its maker is no longer an MSP Admin"</small> }.into_any(),
        KioskState::Revoked => ().into_any(),
    };
    view! { <span class=pill>{state.label()}</span>{more} }
}

#[component]
fn Revoke(id: String, name: String, revoke: ServerAction<RevokeKiosk>) -> impl IntoView {
    view! {
        <details class="menu confirm">
            <summary class="btn small" aria-label=format!("Revoke {name}")>"Revoke"</summary>
            <div>
                <p>"Every screen of "<b><bdi>{name.clone()}</bdi></b>" stops within a second and says so, and the link is dead for good."</p>
                <ActionForm action=revoke>
                    <input type="hidden" name="kiosk" value=id/>
                    <button class="btn main danger" type="submit" disabled=revoke.pending()>"Revoke this link"</button>
                </ActionForm>
            </div>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f10_the_list_says_whom_a_link_shows() {
        let some = |names: &[&str], more| Some(Shown { names: names.iter().map(|name| (*name).to_owned()).collect(), more });
        assert_eq!(shows(None), "All customers");
        assert_eq!(shows(some(&["Cedar", "Harbor"], 0)), "Cedar, Harbor");
        assert_eq!(shows(some(&["Cedar", "Harbor", "Quay"], 1_200)), "Cedar, Harbor, Quay and 1,200 more");
        // Not "all": what the reader is denied is not counted either.
        assert_eq!(shows(some(&[], 0)), "No customer that you see");
    }
}
