//! For whom a board is watched: the addresses it comes from, and with whom it is shared in one browser.

/// Staff who are signed in, or a screen on which a kiosk link was opened (DOMAIN F10).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Source {
    #[default]
    Staff,
    Kiosk,
}

#[cfg(feature = "hydrate")]
impl Source {
    pub(super) fn snapshot(self) -> String {
        self.screen() + "/live/snapshot"
    }

    pub(super) fn stream(self) -> String {
        self.screen() + "/live/stream"
    }

    /// What the tabs of a browser that share a stream call each other by. A kiosk hears nothing from somebody who is signed in beside it,
    /// nor from the screen of another link: the one may be over when the other is not.
    pub(super) fn tabs(self) -> String {
        format!("nocturne-live{}", self.screen())
    }

    /// Below which address all that is the screen's own lies. That of a kiosk link is where its page is.
    fn screen(self) -> String {
        match self {
            Self::Staff => String::new(),
            Self::Kiosk => {
                let path = leptos::prelude::window().location().pathname().unwrap_or_default();
                path.trim_end_matches('/').to_owned()
            }
        }
    }
}
