//! The icons: one stroke each, drawn inline, silent to screen readers (what they stand beside or on says the word).

use leptos::prelude::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyph {
    Home,
    Customers,
    Person,
    Monitors,
    Admin,
    Search,
    Sync,
    Plus,
    Out,
    Moon,
    Wall,
    Table,
    Close,
    ChevronLeft,
    ChevronRight,
    More,
    Filter,
    Pause,
    Play,
    Trash,
    Edit,
    FullScreen,
    Back,
    Trail,
    Info,
    Warning,
    Grid,
    List,
    Star,
    Bell,
    Wrench,
    Chime,
    Columns,
    Download,
    Far,
    Worst,
    Replay,
}

/// `glyph` in the size and colour of the text beside it.
#[component]
pub fn Icon(glyph: Glyph) -> impl IntoView {
    view! {
        <svg class="ico" viewBox="0 0 24 24" aria-hidden="true">
            <path d=stroke(glyph)></path>
        </svg>
    }
}

/// One path in a box of 24 by 24.
const fn stroke(glyph: Glyph) -> &'static str {
    match glyph {
        Glyph::Home => "M3 10l9-7 9 7v10a1 1 0 0 1-1 1h-5v-6H9v6H4a1 1 0 0 1-1-1z",
        Glyph::Customers => {
            "M16 20v-1a4 4 0 0 0-4-4H7a4 4 0 0 0-4 4v1M9.5 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M21 20v-1a4 4 0 0 0-3-3.8\
             M15.5 4.2a3.5 3.5 0 0 1 0 6.6"
        }
        Glyph::Person => "M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8M5 21v-2a4 4 0 0 1 4-4h6a4 4 0 0 1 4 4v2",
        Glyph::Monitors => "M3 12h4l3 8 4-16 3 8h4",
        Glyph::Admin => {
            "M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6M12 2v3M12 19v3M4.9 4.9 7 7M17 17l2.1 2.1M2 12h3M19 12h3M4.9 19.1 7 17M17 7l2.1-2.1"
        }
        Glyph::Search => "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14M20 20l-4-4",
        Glyph::Sync => "M20 11a8 8 0 0 0-14-5L4 8M4 4v4h4M4 13a8 8 0 0 0 14 5l2-2M20 20v-4h-4",
        Glyph::Plus => "M12 5v14M5 12h14",
        Glyph::Out => "M15 4h4a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1h-4M10 8l-4 4 4 4M6 12h10",
        Glyph::Moon => "M20.5 14A8.5 8.5 0 0 1 10 3.5 8.5 8.5 0 1 0 20.5 14z",
        Glyph::Wall => "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z",
        Glyph::Table => "M4 5h16v14H4zM4 10h16M4 14.5h16M9.5 10v9",
        Glyph::Close => "M6 6l12 12M18 6 6 18",
        Glyph::ChevronLeft => "M15 5l-7 7 7 7",
        Glyph::ChevronRight => "M9 5l7 7-7 7",
        Glyph::More => "M5 11a1 1 0 1 0 0 2 1 1 0 0 0 0-2zM12 11a1 1 0 1 0 0 2 1 1 0 0 0 0-2zM19 11a1 1 0 1 0 0 2 1 1 0 0 0 0-2z",
        Glyph::Filter => "M4 6h16M7 12h10M10 18h4",
        Glyph::Pause => "M8 5v14M16 5v14",
        Glyph::Play => "M7 4.5v15l12-7.5z",
        Glyph::Trash => "M4 7h16M10 11v6M14 11v6M6 7l1 12a1 1 0 0 0 1 1h8a1 1 0 0 0 1-1l1-12M9 7V4h6v3",
        Glyph::Edit => "M4 20l1-4L16 5l3 3L8 19zM13.5 7.5l3 3",
        Glyph::FullScreen => "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
        Glyph::Back => "M20 12H4M10 6l-6 6 6 6",
        Glyph::Trail => "M6 3h9l4 4v13a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM9 11h6M9 15h6M15 3v4h4",
        Glyph::Info => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 11v5M12 7.8h.01",
        Glyph::Grid => "M4 5h7v6H4zM13 5h7v6h-7zM4 13h7v6H4zM13 13h7v6h-7z",
        Glyph::List => "M4 6h16M4 12h16M4 18h16",
        Glyph::Star => "M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9-4.3-4.1 5.9-.8z",
        Glyph::Warning => "M12 4 2.8 20h18.4zM12 10v4.5M12 17.2h.01",
        Glyph::Bell => "M6 16v-5a6 6 0 0 1 12 0v5l1.5 2h-15zM10 21h4",
        Glyph::Download => "M12 4v11M7 10.5l5 5 5-5M4 20h16",
        Glyph::Columns => "M4 5h16v14H4zM10 5v14M15 5v14",
        Glyph::Far => "M3 5h18v11H3zM8 20h8M12 16v4M7 9h10M7 12h6",
        Glyph::Worst => "M4 6h16M4 12h11M4 18h6",
        Glyph::Replay => "M4 12a8 8 0 1 0 2.6-5.9L4 8.5M4 4v4.5h4.5M12 8v4.5l3 1.8",
        Glyph::Chime => "M4 9.5v5h4l5 4v-13l-5 4zM16.5 9a4 4 0 0 1 0 6M19 6.5a8 8 0 0 1 0 11",
        Glyph::Wrench => {
            "M14.5 6.5a4.5 4.5 0 0 1 5-2.4l-2.8 2.8 2.4 2.4 2.8-2.8a4.5 4.5 0 0 1-6.1 5.3L8 19.6a2.1 2.1 0 0 1-3-3l7.8-7.8a4.5 4.5 0 0 1 1.7-2.3z"
        }
    }
}
