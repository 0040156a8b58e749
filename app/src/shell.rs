//! The document around every page, the routes, and the dock.

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos_meta::MetaTags;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{A, Outlet, ParentRoute, Route, Router, Routes},
    hooks::use_location,
    path,
};
use model::{
    Refusal,
    roles::{Action, Relation, Role, may},
    users::Me,
};

use crate::{
    account::{AccountPage, RecoveryCodesPage, SecondFactorPage},
    accounts::{ApprovalPage, ExistingPage, LeavePage},
    audit::AuditPage,
    catalogue::{CataloguePage, CataloguePartPage},
    contacts::ContactsPage,
    customers::{
        CustomerDeletePage, CustomerEditPage, CustomerNewPage, CustomerPageView, CustomerStepPage, CustomersPage, ExportPage,
        MobilePage, WaitingCodePage, WaitingPage,
    },
    failure::Failure,
    groups::{GroupNewPage, GroupPageView, GroupsPage},
    health::HealthPage,
    import::{ImportPage, ImportUploadPage},
    installation::InstallationPage,
    invitations::{InvitationPage, InviteOfCustomerPage, InviteStaffPage},
    jump::Jump,
    kiosks::{KioskNewPage, KiosksPage},
    locations::LocationsPage,
    mail::{MailPage, OutboxPageView},
    maintenance::{MaintenanceChoosePage, MaintenanceEditPage, MaintenanceNewPage, MaintenancePage},
    monitors::{MonitorEditPage, MonitorNewPage, MonitorPageView, MonitorsPage},
    outages::{OutagePageView, OutagesPage},
    people::{PersonPage, StaffPage, UsersOfCustomerPage},
    portal::PortalPage,
    reading::{Content, read_blocking},
    services::ServicesPage,
    settings::SettingsPage,
    sign_in::{SetUpPage, SignInPage, signing_out},
    ui::{Glyph, Icon, RefusalView, Renewal, ToastList, Toasts, grouped},
    wall::{KioskOverPage, KioskPage, WallPage},
};

/// The whole document, as the server sends it.
#[cfg(feature = "ssr")]
pub fn document(options: LeptosOptions, build: String) -> impl IntoView {
    use axum::http::{HeaderValue, header};
    let theme = chosen_theme();
    let nonce = leptos::nonce::use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    if let (Some(answer), Ok(policy)) = (use_context::<leptos_axum::ResponseOptions>(), HeaderValue::from_str(&policy)) {
        answer.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        answer.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    let root = format!("/pkg/{build}");
    let now = crate::caller::handles().store.clock().now();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="nocturne-build" content=build/>
                <meta name="nocturne-at" content=now.to_string()/>
                <link rel="icon" type="image/svg+xml" href=format!("{root}/favicon.svg")/>
                <link rel="preload" href=format!("{root}/fonts/inter-latin.woff2") r#as="font" r#type="font/woff2" crossorigin="anonymous"/>
                <link rel="stylesheet" href=format!("{root}/nocturne.css")/>
                <HydrationScripts options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The person's choice of light or dark; `None` leaves it to the system.
#[cfg(feature = "ssr")]
fn chosen_theme() -> Option<&'static str> {
    let parts = use_context::<axum::http::request::Parts>()?;
    let chosen = crate::caller::cookie(&parts.headers, "theme")?;
    ["light", "dark"].into_iter().find(|theme| *theme == chosen)
}

/// Everything inside the body.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    #[cfg(feature = "hydrate")]
    if let Some(at) = crate::ui::sent_at() {
        crate::ui::go_by_document(at);
    }
    Toasts::provide();
    mark_hydrated();
    view! {
        <Title formatter=|text: String| if text.is_empty() { "Nocturne".to_owned() } else { format!("{text} · Nocturne") }/>
        <Router>
            <Routes fallback=|| Refused(RefusedProps { refusal: Refusal::NotFound }).into_any()>
                <Route path=path!("/set-up") view=SetUpPage ssr=SsrMode::Async/>
                <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async/>
                <Route path=path!("/invitation/:token") view=InvitationPage ssr=SsrMode::Async/>
                <Route path=path!("/wall") view=WallPage ssr=SsrMode::Async/>
                <Route path=path!("/kiosk/screen/:link") view=KioskPage ssr=SsrMode::Async/>
                <Route path=path!("/kiosk/over") view=KioskOverPage ssr=SsrMode::Async/>
                <ParentRoute path=path!("") view=Dock ssr=SsrMode::Async>
                    <Route path=path!("/") view=HealthPage ssr=SsrMode::Async/>
                    <Route path=path!("/customers") view=CustomersPage ssr=SsrMode::Async/>
                    <Route path=path!("/customers/new") view=CustomerNewPage ssr=SsrMode::Async/>
                    <Route path=path!("/customers/import") view=ImportUploadPage ssr=SsrMode::Async/>
                    <Route path=path!("/customers/import/:import") view=ImportPage ssr=SsrMode::Async/>
                    <Route path=path!("/customers/existing") view=ExistingPage ssr=SsrMode::Async/>
                    <Route path=path!("/customers/waiting") view=WaitingPage ssr=SsrMode::Async/>
                    <Route path=path!("/customers/waiting/:draft") view=WaitingCodePage ssr=SsrMode::Async/>
                    <Route path=path!("/customers/:customer") view=CustomerPageView ssr=SsrMode::Async/>
                    <Route path=path!("/customers/:customer/edit") view=CustomerEditPage ssr=SsrMode::Async/>
                    <Route path=path!("/customers/:customer/mobile") view=MobilePage ssr=SsrMode::Async/>
                    <Route path=path!("/customers/:customer/monitors/new") view=MonitorNewPage ssr=SsrMode::Async/>
                    <Route path=path!("/customers/:customer/maintenance/new") view=MaintenanceNewPage ssr=SsrMode::Async/>
                    <Route path=path!("/customers/:customer/services") view=ServicesPage ssr=SsrMode::Async/>
                    <Route path=path!("/customers/:customer/locations") view=LocationsPage ssr=SsrMode::Async/>
                    <Route path=path!("/customers/:customer/contacts") view=ContactsPage ssr=SsrMode::Async/>
                    <Route path=path!("/customers/:customer/users") view=UsersOfCustomerPage ssr=SsrMode::Async/>
                    <Route path=path!("/customers/:customer/users/invite") view=InviteOfCustomerPage ssr=SsrMode::Async/>
                    <Route path=path!("/customers/:customer/step/:step") view=CustomerStepPage ssr=SsrMode::Async/>
                    <Route path=path!("/customers/:customer/delete") view=CustomerDeletePage ssr=SsrMode::Async/>
                    <Route path=path!("/exports/:token") view=ExportPage ssr=SsrMode::Async/>
                    <Route path=path!("/monitors") view=MonitorsPage ssr=SsrMode::Async/>
                    <Route path=path!("/monitors/:monitor") view=MonitorPageView ssr=SsrMode::Async/>
                    <Route path=path!("/monitors/:monitor/edit") view=MonitorEditPage ssr=SsrMode::Async/>
                    <Route path=path!("/groups") view=GroupsPage ssr=SsrMode::Async/>
                    <Route path=path!("/groups/new") view=GroupNewPage ssr=SsrMode::Async/>
                    <Route path=path!("/groups/:group") view=GroupPageView ssr=SsrMode::Async/>
                    <Route path=path!("/users") view=StaffPage ssr=SsrMode::Async/>
                    <Route path=path!("/users/invite") view=InviteStaffPage ssr=SsrMode::Async/>
                    <Route path=path!("/users/:user") view=PersonPage ssr=SsrMode::Async/>
                    <Route path=path!("/outages") view=OutagesPage ssr=SsrMode::Async/>
                    <Route path=path!("/outages/:outage") view=OutagePageView ssr=SsrMode::Async/>
                    <Route path=path!("/maintenance") view=MaintenancePage ssr=SsrMode::Async/>
                    <Route path=path!("/maintenance/new") view=MaintenanceChoosePage ssr=SsrMode::Async/>
                    <Route path=path!("/maintenance/:window") view=MaintenanceEditPage ssr=SsrMode::Async/>
                    <Route path=path!("/catalogue") view=CataloguePage ssr=SsrMode::Async/>
                    <Route path=path!("/catalogue/:part") view=CataloguePartPage ssr=SsrMode::Async/>
                    <Route path=path!("/audit") view=AuditPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings") view=SettingsPage ssr=SsrMode::Async/>
                    <Route path=path!("/outbox") view=OutboxPageView ssr=SsrMode::Async/>
                    <Route path=path!("/outbox/:mail") view=MailPage ssr=SsrMode::Async/>
                    <Route path=path!("/kiosks") view=KiosksPage ssr=SsrMode::Async/>
                    <Route path=path!("/kiosks/new") view=KioskNewPage ssr=SsrMode::Async/>
                    <Route path=path!("/installation") view=InstallationPage ssr=SsrMode::Async/>
                    <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async/>
                    <Route path=path!("/account/second-factor") view=SecondFactorPage ssr=SsrMode::Async/>
                    <Route path=path!("/account/recovery-codes") view=RecoveryCodesPage ssr=SsrMode::Async/>
                    <Route path=path!("/account/approval/:approval") view=ApprovalPage ssr=SsrMode::Async/>
                    <Route path=path!("/portal") view=PortalPage ssr=SsrMode::Async/>
                    <Route path=path!("/portal/leave") view=LeavePage ssr=SsrMode::Async/>
                    <Route path=path!("/*any") view=NoSuchPage ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
        <ToastList/>
    }
}

/// Once the browser has taken over, the document says so: `data-hydrated` on its root.
fn mark_hydrated() {
    #[cfg(feature = "hydrate")]
    Effect::new(|| {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-hydrated", "");
        }
    });
}

/// The signed-in person, read once per page load.
#[derive(Debug, Clone, Copy)]
pub struct Myself(pub Content<Result<Me, Failure>>);

/// Reads the signed-in person for a page that only they see, and everything inside of it.
pub(crate) fn read_myself() -> Myself {
    let me = Myself(read_blocking(|| (), |()| crate::sign_in::who_am_i()));
    provide_context(me);
    me
}

/// Whether the signed-in person may do `action`, to hide what would be refused; false until known. Read it inside a Suspense.
#[must_use]
pub fn i_may(action: Action, relation: Relation) -> bool {
    let Myself(me) = expect_context();
    me.get().is_some_and(|me| me.is_ok_and(|me| may(me.role, action, relation)))
}

/// An address that is no page: within the dock, so that there is a way on.
#[component]
fn NoSuchPage() -> impl IntoView {
    view! { <Title text="Nothing here"/><Refused refusal=Refusal::NotFound/> }
}

/// A page that says why not, with the HTTP status that goes with it.
#[component]
pub fn Refused(refusal: Refusal) -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::caller::set_status(refusal.http_status());
    view! { <RefusalView refusal/> }
}

/// The dock on the left and the page beside it.
#[component]
fn Dock() -> impl IntoView {
    let Myself(me) = read_myself();
    view! {
        <a class="skip" href="#page">"Skip to the page"</a>
        <Transition>
            {move || Suspend::new(async move {
                let demo = me.await.is_ok_and(|me| me.demo);
                demo.then(|| view! { <aside class="demo">"Demonstration: customers and statuses here are simulated."</aside> })
            })}
        </Transition>
        <div class="app">
            <nav class="dock" aria-label="Main">
                <A href="/" attr:class="brand"><span class="moon"></span>"Nocturne"</A>
                <Transition>
                    {move || Suspend::new(async move { me.await.ok().map(|me| view! { <DockLinks me/> }) })}
                </Transition>
            </nav>
            <main class="page" id="page" tabindex="-1">
                <Outlet/>
            </main>
        </div>
        <Renewal/>
    }
}

#[component]
fn DockLinks(me: Me) -> impl IntoView {
    let sign_out = signing_out();
    let links = match me.role {
        Role::Customer => view! { <DockLink href="/portal" glyph=Glyph::Home label="Portal"/> }.into_any(),
        Role::SuperAdmin => view! { <DockLink href="/portal" glyph=Glyph::Home label="Home"/> }.into_any(),
        Role::Admin | Role::Operator => view! {
            <Jump me=me.clone()/>
            <DockLink href="/" glyph=Glyph::Home label="Health"/>
            <a href="/wall" rel="external"><Icon glyph=Glyph::Wall/>"NOC wall"</a>
            <DockLink href="/customers" glyph=Glyph::Customers label="Customers" count=me.customers/>
            <DockSub href="/groups" label="Groups"/>
            <DockSub href="/users" label="People"/>
            <DockSub href="/catalogue" label="Catalogue"/>
            <DockLink href="/monitors" glyph=Glyph::Monitors label="Monitors" count=me.monitors/>
            <DockLink href="/outages" glyph=Glyph::Bell label="Outages"/>
            <DockLink href="/maintenance" glyph=Glyph::Wrench label="Maintenance"/>
            {may(me.role, Action::Administer, Relation::None).then(|| view! {
                <DockLink href="/audit" glyph=Glyph::Trail label="Audit trail"/>
                <DockLink href="/settings" glyph=Glyph::Edit label="Settings"/>
                <DockSub href="/kiosks" label="Kiosk links"/>
                <DockLink href="/installation" glyph=Glyph::Admin label="Installation"/>
                <DockSub href="/outbox" label="Outbox"/>
            })}
        }
        .into_any(),
    };
    view! {
        {links}
        <div class="grow"></div>
        <ThemeButton/>
        <ActionForm action=sign_out attr:class="me">
            <A href="/account" attr:class="who">
                <Icon glyph=Glyph::Person/>
                <span class="label">"Account"</span>
                <span class="name"><span class="unseen">"Your account: "</span>{me.name}<small class="quiet">{me.role.label()}</small></span>
            </A>
            <button type="submit" class="btn quiet" title="Sign out" aria-label="Sign out"><Icon glyph=Glyph::Out/></button>
        </ActionForm>
    }
}

#[component]
fn DockLink(href: &'static str, glyph: Glyph, label: &'static str, #[prop(optional)] count: Option<u32>) -> impl IntoView {
    let here = use_location().pathname;
    let current = move || {
        let here = here.get();
        (here == href || (href != "/" && here.starts_with(href))).then_some("page")
    };
    view! {
        <a href=href aria-current=current>
            <Icon glyph/>
            <span class="label">{label}</span>
            {count.map(|count| view! { <span class="count num">{grouped(count)}</span> })}
        </a>
    }
}

/// A page that belongs to the link above it; on a phone, where the dock is short, that page leads to it.
#[component]
fn DockSub(href: &'static str, label: &'static str) -> impl IntoView {
    let here = use_location().pathname;
    let current = move || here.get().starts_with(href).then_some("page");
    view! { <a class="sub" href=href aria-current=current>{label}</a> }
}

#[component]
fn ThemeButton() -> impl IntoView {
    view! {
        <button type="button" class="btn quiet theme" title="Light or dark" aria-label="Switch between light and dark" on:click=move |_| switch_theme()>
            <Icon glyph=Glyph::Moon/>
        </button>
    }
}

/// Switches between light and dark, and remembers it in a cookie so that the server draws the first frame right.
pub fn switch_theme() {
    #[cfg(feature = "hydrate")]
    {
        let Some(window) = web_sys::window() else { return };
        let Some(document) = window.document() else { return };
        let Some(root) = document.document_element() else { return };
        let system_dark = window.match_media("(prefers-color-scheme: dark)").ok().flatten().is_some_and(|query| query.matches());
        let dark = match root.get_attribute("data-theme").as_deref() {
            Some("dark") => true,
            Some("light") => false,
            Some(_) | None => system_dark,
        };
        let theme = if dark { "light" } else { "dark" };
        let _ = root.set_attribute("data-theme", theme);
        crate::ui::remember("theme", theme);
    }
}
