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
    pub(super) const fn snapshot(self) -> &'static str {
        match self {
            Self::Staff => "/live/snapshot",
            Self::Kiosk => "/kiosk/live/snapshot",
        }
    }

    pub(super) const fn stream(self) -> &'static str {
        match self {
            Self::Staff => "/live/stream",
            Self::Kiosk => "/kiosk/live/stream",
        }
    }

    /// What the tabs of a browser that share a stream call each other by. A kiosk hears nothing from somebody who is signed in beside it:
    /// its link may be over when their session is not.
    pub(super) const fn tabs(self) -> &'static str {
        match self {
            Self::Staff => "nocturne-live",
            Self::Kiosk => "nocturne-kiosk",
        }
    }
}
