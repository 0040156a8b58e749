//! The parts that every page is made of. They render the same on the server and in the browser: no clock, no locale and no
//! `style` attribute before hydration.

mod field;
mod find;
mod icon;
mod mark;
mod number;
mod pager;
mod state;
mod time;

pub use field::{SelectField, TextField};
pub use find::{FindBox, address};
pub use icon::{Glyph, Icon};
pub use mark::Mark;
pub use number::grouped;
pub use pager::Pager;
pub use state::{Banner, BannerKind, Empty, Reading, RefusalView};
pub use time::{Ago, Ahead, When, span, utc};
