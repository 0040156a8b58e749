//! The parts that every page is made of. They render the same on the server and in the browser: no clock, no locale and no
//! `style` attribute before hydration.

pub mod field;
pub mod icon;
pub mod mark;
mod number;
pub mod pager;
pub mod state;
pub mod time;

pub use field::{SelectField, TextField};
pub use icon::{Glyph, Icon};
pub use mark::Mark;
pub use number::grouped;
pub use pager::Pager;
pub use state::{Banner, BannerKind, Empty, RefusalView};
pub use time::{Ago, When, span, utc};
