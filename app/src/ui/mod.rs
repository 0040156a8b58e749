//! The parts that every page is made of. They render the same on the server and in the browser: no clock, no locale and no
//! `style` attribute before hydration.

mod choice;
mod combobox;
mod copy;
mod download;
mod field;
mod find;
mod icon;
mod mark;
#[cfg(feature = "hydrate")]
mod meta;
mod number;
mod pager;
mod part;
mod renewal;
mod state;
mod time;
mod toast;

pub(crate) use choice::{remember, remembered};
pub use combobox::Combobox;
pub use copy::CopyLine;
pub(crate) use download::{Asked, Download, DownloadProgress, Downloading, Mailed};
pub use field::{SelectField, TextField};
pub use find::{FindBox, address};
pub use icon::{Glyph, Icon};
pub use mark::Mark;
#[cfg(feature = "hydrate")]
pub(crate) use meta::{own_build, sent_at};
pub use number::grouped;
pub use pager::Pager;
pub use part::Part;
pub use renewal::Renewal;
pub(crate) use renewal::renew_by_itself;
pub use state::{Banner, BannerKind, Empty, Reading, RefusalView};
pub use time::{Ago, Ahead, Tick, TickUnit, When, iso, span, utc};
#[cfg(feature = "hydrate")]
pub(crate) use time::{go_by, go_by_document};
pub use toast::{ToastList, Toasts};
