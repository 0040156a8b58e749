//! What a page says when it has nothing to show, may not show it, or could not: never left over, always with a way on.

use leptos::prelude::*;
use model::Refusal;

use super::{Glyph, Icon};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BannerKind {
    Error,
    Info,
    Warn,
}

/// One sentence above a page or form. An error and a warning are said at once, an information when there is a pause.
#[component]
pub fn Banner(kind: BannerKind, children: Children) -> impl IntoView {
    let (class, role, glyph) = match kind {
        BannerKind::Error => ("banner error", "alert", Glyph::Warning),
        BannerKind::Info => ("banner info", "status", Glyph::Info),
        BannerKind::Warn => ("banner warn", "alert", Glyph::Warning),
    };
    view! {
        <div class=class role=role>
            <Icon glyph/>
            <div>{children()}</div>
        </div>
    }
}

/// What stands in the place of a page's content while it is read: its outline, which shows only once that takes longer than a blink.
#[component]
pub fn Reading() -> impl IntoView {
    let lines = (0..7).map(|_| view! { <span class="skeleton"></span> }).collect_view();
    view! {
        <div class="reading" role="status">
            <span class="unseen">"Reading…"</span>
            <span class="skeleton title"></span>
            {lines}
        </div>
    }
}

/// A list without rows: why, and as `children` what can be done about it.
#[component]
pub fn Empty(
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <NightSky/>
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|children| view! { <div class="actions">{children()}</div> })}
        </div>
    }
}

/// A whole page that says why not, and leads on. A form that would help (DOMAIN C5) is put below it by the page.
#[component]
pub fn RefusalView(refusal: Refusal) -> impl IntoView {
    let words = refusal.to_string();
    let way_on = way_on(&refusal);
    view! {
        <div class="state">
            <NightSky/>
            <h1>{title(refusal)}</h1>
            <p>{words}</p>
            <div class="actions">{way_on}</div>
        </div>
    }
}

fn title(refusal: Refusal) -> String {
    match refusal {
        Refusal::SignedOut => "You are signed out".into(),
        Refusal::WrongCredentials => "That did not work".into(),
        Refusal::TooManyAttempts { .. } => "Too many attempts".into(),
        Refusal::SignInExpired => "That took too long".into(),
        Refusal::Forbidden => "Not with your role".into(),
        Refusal::NotAssociated { name, .. } => format!("{name} is not yours to open"),
        Refusal::NotFound => "Nothing here".into(),
        Refusal::Invalid(_) => "Please look again".into(),
        Refusal::CustomerQuota { .. } | Refusal::MonitorQuota { .. } | Refusal::FreeLimit { .. } => "No room left".into(),
        Refusal::WrongStep(_) => "Not from here".into(),
        Refusal::Inactive => "This account is inactive".into(),
        Refusal::Pending => "This account is pending".into(),
        Refusal::Overtaken { .. } => "Changed in the meantime".into(),
        Refusal::ApprovalOver { .. } => "Already answered".into(),
        Refusal::NotManaged => "No MSP manages this account".into(),
        Refusal::OutageOver => "This outage is over".into(),
        Refusal::OutageTaken { .. } => "Taken already".into(),
        Refusal::Conflict => "Changed in the meantime".into(),
        Refusal::TooManyDrafts { .. } => "Too many drafts".into(),
        Refusal::NotTexted => "No message was sent".into(),
        Refusal::TooLongAtOnce => "Too long at once".into(),
        Refusal::ExportOver => "This link is over".into(),
        Refusal::InUse { .. } => "In use".into(),
        Refusal::DefaultStays => "The default stays".into(),
        Refusal::HasContacts { .. } => "Contacts are there".into(),
        Refusal::NoLocation => "No location yet".into(),
        Refusal::DeniesSelf | Refusal::NotOneself => "Not to yourself".into(),
        Refusal::LastAdmin | Refusal::LastAdminOfSome => "Somebody has to be left".into(),
        Refusal::HasAccount => "An account is there".into(),
        Refusal::InvitationOver => "This invitation is over".into(),
        Refusal::KioskOver => "This link has ended".into(),
        Refusal::TooManyKiosks { .. } => "Too many kiosk links".into(),
        Refusal::Import(_) => "Not imported".into(),
        Refusal::Replay(_) => "This moment cannot be shown".into(),
        Refusal::AlreadySetUp => "Already set up".into(),
        Refusal::BadRequest => "That could not be read".into(),
        Refusal::NoAnswer => "No answer".into(),
        Refusal::Unavailable => "Out of reach for a moment".into(),
        Refusal::Internal => "That went wrong".into(),
    }
}

/// Links are real ones. Those that must ask the server anew are `rel="external"`, which the router leaves alone.
fn way_on(refusal: &Refusal) -> AnyView {
    match refusal {
        Refusal::SignedOut
        | Refusal::WrongCredentials
        | Refusal::TooManyAttempts { .. }
        | Refusal::SignInExpired
        | Refusal::InvitationOver
        | Refusal::AlreadySetUp => view! { <a class="btn main" href="/sign-in" rel="external">"Sign in"</a> }.into_any(),
        // Who has such a link may go nowhere else.
        Refusal::KioskOver => ().into_any(),
        Refusal::Conflict
        | Refusal::Overtaken { .. }
        | Refusal::BadRequest
        | Refusal::NoAnswer
        | Refusal::Unavailable
        | Refusal::Internal => view! {
            <a class="btn main" href="" rel="external"><Icon glyph=Glyph::Sync/>"Try again"</a>
            <a class="btn" href="/">"Home"</a>
        }
        .into_any(),
        Refusal::NotAssociated { .. }
        | Refusal::CustomerQuota { .. }
        | Refusal::Import(_)
        | Refusal::Replay(_)
        | Refusal::TooManyDrafts { .. }
        | Refusal::NotTexted
        | Refusal::ExportOver
        | Refusal::TooLongAtOnce => {
            view! { <a class="btn" href="/customers"><Icon glyph=Glyph::Back/>"To the customers"</a> }.into_any()
        }
        Refusal::Forbidden
        | Refusal::NotFound
        | Refusal::Invalid(_)
        | Refusal::MonitorQuota { .. }
        | Refusal::FreeLimit { .. }
        | Refusal::WrongStep(_)
        | Refusal::OutageOver
        | Refusal::OutageTaken { .. }
        | Refusal::Inactive
        | Refusal::Pending
        | Refusal::ApprovalOver { .. }
        | Refusal::NotManaged
        | Refusal::InUse { .. }
        | Refusal::DefaultStays
        | Refusal::HasContacts { .. }
        | Refusal::NoLocation
        | Refusal::NotOneself
        | Refusal::LastAdmin
        | Refusal::LastAdminOfSome
        | Refusal::HasAccount
        | Refusal::TooManyKiosks { .. }
        | Refusal::DeniesSelf => view! { <a class="btn" href="/"><Icon glyph=Glyph::Back/>"Home"</a> }.into_any(),
    }
}

/// The quiet picture of these states: a crescent over the horizon.
#[component]
fn NightSky() -> impl IntoView {
    view! {
        <svg class="scene" viewBox="0 0 112 88" aria-hidden="true">
            <path class="moonlight" d="M60 12a26 26 0 1 0 23 33 20 20 0 1 1-23-33z"></path>
            <path d="M10 78h92M28 84h56"></path>
            <path class="star" d="M88 14l1.6 4.4L94 20l-4.4 1.6L88 26l-1.6-4.4L82 20l4.4-1.6zM22 26l1.2 3.3 3.3 1.2-3.3 1.2L22 35l-1.2-3.3-3.3-1.2 3.3-1.2zM100 46a1.6 1.6 0 1 1 0 3.2 1.6 1.6 0 0 1 0-3.2zM14 52a1.4 1.4 0 1 1 0 2.8 1.4 1.4 0 0 1 0-2.8z"></path>
        </svg>
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn c5_a_customer_of_others_is_named_and_explained() {
        let refusal = Refusal::NotAssociated {
            customer: model::CustomerId::from_u128(1),
            name: "Elm <Clinic>".into(),
            may_associate: true,
        };
        let html = Owner::new().with(|| view! { <RefusalView refusal/> }.to_html());
        assert!(html.contains("Elm &lt;Clinic&gt; is not yours to open"), "{html}");
        assert!(html.contains("Only people who created this customer"), "{html}");
    }

    #[test]
    fn an_error_is_announced_and_an_information_waits() {
        let error = view! { <Banner kind=BannerKind::Error>"No."</Banner> }.to_html();
        assert!(error.contains(r#"role="alert""#) && error.contains("No."), "{error}");
        let info = view! { <Banner kind=BannerKind::Info>"Saved."</Banner> }.to_html();
        assert!(info.contains(r#"role="status""#), "{info}");
    }
}
