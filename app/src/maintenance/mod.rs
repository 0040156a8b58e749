//! Maintenance: what is open, what comes and what was (DOMAIN G2), the form to plan it, and beginning it at once.

mod block;
mod choose;
mod form;
mod list;

pub(crate) use block::{MaintenanceBlock, Whose};
pub use choose::MaintenanceChoosePage;
pub use form::{MaintenanceEditPage, MaintenanceNewPage};
pub use list::MaintenancePage;

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use model::maintenance::{WindowPage, WindowQuery};
use model::{
    Refusal,
    maintenance::{AT_ONCE_MINUTES, Phase, WindowRow, length},
};

use crate::{
    failure::Failure,
    monitors::words,
    ui::{Ago, Ahead},
};

/// Ends what is open of a window. Leads back to where the form stood.
#[server(prefix = "/fn", endpoint = "maintenance-end")]
pub async fn end_window(window: String, #[server(default)] back: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    caller::handles().live.end_window(&actor, &caller::id(&window)?).await?;
    Ok(caller::goes_to(caller::back_to(&back, "/maintenance")))
}

/// Deletes a window.
#[server(prefix = "/fn", endpoint = "maintenance-delete")]
pub async fn delete_window(window: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    caller::handles().live.delete_window(&actor, &caller::id(&window)?).await?;
    Ok(caller::goes_to("/maintenance".into()))
}

/// Begins maintenance now, of one monitor, or of all of a customer's.
#[server(prefix = "/fn", endpoint = "maintenance-begin")]
pub async fn begin_maintenance(
    #[server(default)] customer: String,
    #[server(default)] monitor: String,
    minutes: u32,
    #[server(default)] back: String,
) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let live = caller::handles().live;
    if monitor.is_empty() {
        live.open_window(&actor, &caller::id(&customer)?, minutes).await?;
    } else {
        live.open_window_for_monitor(&actor, &caller::id(&monitor)?, minutes).await?;
    }
    Ok(caller::goes_to(caller::back_to(&back, "/maintenance")))
}

/// The windows on a monitor's or customer's page; the plans of the MSP are none of a customer user's.
#[cfg(feature = "ssr")]
pub(crate) async fn read_of(store: &store::Store, actor: &store::Actor, query: &WindowQuery) -> Result<WindowPage, Failure> {
    if actor.customer().is_some() { Ok(WindowPage::default()) } else { Ok(store.windows(actor, query).await?) }
}

/// What can be done to windows beside a form. The actions outlive each new reading of the page.
#[derive(Clone, Copy)]
pub(crate) struct Doing {
    begin: ServerAction<BeginMaintenance>,
    end: ServerAction<EndWindow>,
    delete: ServerAction<DeleteWindow>,
}

impl Doing {
    /// `on_done` is run after each change.
    pub(crate) fn new(on_done: Callback<()>) -> Self {
        let doing = Self { begin: ServerAction::new(), end: ServerAction::new(), delete: ServerAction::new() };
        Effect::new(move |before: Option<usize>| {
            let done = doing.begin.version().get() + doing.end.version().get() + doing.delete.version().get();
            if before.is_some_and(|before| before != done) {
                on_done.run(());
            }
            done
        });
        doing
    }

    /// Why the last attempt was refused.
    pub(crate) fn refusal(self) -> Option<Refusal> {
        let refused = |answer: Option<Result<String, Failure>>| answer?.err().map(|failure| failure.0);
        refused(self.begin.value().get())
            .or_else(|| refused(self.end.value().get()))
            .or_else(|| refused(self.delete.value().get()))
    }

    fn forget(self) {
        self.begin.value().set(None);
        self.end.value().set(None);
        self.delete.value().set(None);
    }

    fn pending(self) -> bool {
        self.begin.pending().get() || self.end.pending().get() || self.delete.pending().get()
    }
}

/// A button that ends an open window.
#[component]
fn EndNow(window: WindowRow, doing: Doing, back: String) -> impl IntoView {
    (window.phase == Phase::Open && window.may_manage).then(|| {
        view! {
            <ActionForm action=doing.end on:submit=move |_| doing.forget()>
                <input type="hidden" name="window" value=window.id.to_string()/>
                <input type="hidden" name="back" value=back/>
                <button class="btn small" type="submit" disabled=move || doing.pending() aria-label=format!("End now: {}", window.name)>"End now"</button>
            </ActionForm>
        }
    })
}

/// When it is open: as the clocks of its zone say it, and how far away that is.
#[component]
fn Times(window: WindowRow) -> impl IntoView {
    let WindowRow { phase, from, until, local, zone, .. } = window;
    if local.is_empty() {
        return view! { <span class="quiet">"Never"</span> }.into_any();
    }
    let how_far = match phase {
        Phase::Open => view! { "ends "<Ahead at=until/> }.into_any(),
        Phase::Coming => view! { "begins "<Ahead at=from/> }.into_any(),
        Phase::Disabled => view! { "would begin "<Ahead at=from/> }.into_any(),
        Phase::Over => view! { "ended "<Ago at=until/> }.into_any(),
    };
    view! { <span class="num">{local}" "{zone}</span><small class="quiet">{how_far}</small> }.into_any()
}

/// Which monitors it holds.
fn scope_words(monitors: Option<u32>) -> String {
    monitors.map_or_else(|| "All monitors".to_owned(), words::monitors)
}

/// How long a window that is begun by a click can last.
fn at_once_options() -> Vec<(u32, String)> {
    AT_ONCE_MINUTES.into_iter().map(|minutes| (minutes, length(minutes))).collect()
}
