//! Customers imported from a CSV file (DOMAIN A18): what its columns are taken as, and what a dry run says of each line.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{FieldError, ImportId, Refusal, customers::CustomerInput};

/// The most customers that one file may hold.
pub const ROWS_MOST: u32 = 10_000;
/// The most columns that a file may have.
pub const COLUMNS_MOST: u32 = 200;
/// The largest file, in bytes.
pub const FILE_MOST: usize = 16 * 1024 * 1024;
/// How long a file is kept, in milliseconds.
pub const KEPT_MS: i64 = 24 * 60 * 60 * 1000;
/// Files that one person has at once; of more the oldest go.
pub const OPEN_MOST: u32 = 5;
/// The column that is no field of the form: the names of a customer's groups.
pub const GROUPS: &str = "groups";
/// What separates several groups in one cell. A comma may be part of a group's name.
pub const GROUP_SEPARATORS: [char; 3] = [';', '|', '\n'];

/// What a column can be taken as: its name, and what a person reads.
pub fn targets() -> impl Iterator<Item = (&'static str, &'static str)> {
    CustomerInput::FIELDS.iter().map(|field| (field.name, field.label)).chain([(GROUPS, "Customer groups")])
}

/// The label of what a column is taken as.
#[must_use]
pub fn label(target: &str) -> Option<&'static str> {
    targets().find(|(name, _)| *name == target).map(|(_, label)| label)
}

/// What keeps a file with these columns from being checked.
#[must_use]
pub fn mapping_flaws(mapping: &[impl AsRef<str>]) -> Vec<MappingFlaw> {
    let taken = |target: &str| mapping.iter().filter(|taken| taken.as_ref() == target).count();
    let mut flaws = Vec::new();
    if ["company", "contact_first", "contact_last"].into_iter().all(|target| taken(target) == 0) {
        flaws.push(MappingFlaw::NoName);
    }
    if taken("email") == 0 {
        flaws.push(MappingFlaw::NoEmail);
    }
    flaws.extend(targets().filter(|(name, _)| taken(name) > 1).map(|(_, label)| MappingFlaw::Twice(label)));
    flaws
}

/// See [`mapping_flaws`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MappingFlaw {
    NoName,
    NoEmail,
    Twice(&'static str),
}

impl fmt::Display for MappingFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoName => {
                write!(f, "No column is taken as the company or as the main contact's name; each customer needs one.")
            }
            Self::NoEmail => write!(f, "No column is taken as the email address, which each customer needs."),
            Self::Twice(label) => write!(f, "Several columns are taken as \"{label}\": only one can be."),
        }
    }
}

/// How a file's bytes are to be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    #[default]
    Utf8,
    Windows1252,
}

impl Encoding {
    pub const ALL: [Self; 2] = [Self::Utf8, Self::Windows1252];

    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Windows1252 => "windows-1252",
        }
    }

    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|encoding| encoding.key() == key)
    }

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Windows1252 => "Windows-1252 (Excel's \"CSV\" in western Europe and America)",
        }
    }
}

/// Why a file cannot be read. Lines count from 1, the header's among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unreadable {
    NoFile,
    TooLarge,
    Empty,
    OnlyHeader,
    NotUtf8 {
        line: u32,
    },
    /// A byte that the encoding gives no character to.
    NotWindows1252 {
        line: u32,
    },
    Nul {
        line: u32,
    },
    DuplicateHeader {
        name: String,
    },
    OpenQuote {
        line: u32,
    },
    Uneven {
        line: u32,
        fields: u32,
        columns: u32,
    },
    /// More than [`COLUMNS_MOST`].
    TooManyColumns {
        columns: u32,
    },
    /// More than [`ROWS_MOST`].
    TooManyRows {
        rows: u32,
    },
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFile => write!(f, "Please choose a file."),
            Self::TooLarge => write!(f, "The file is larger than {} MiB. Please split it.", FILE_MOST / 1024 / 1024),
            Self::Empty => write!(f, "The file is empty."),
            Self::OnlyHeader => write!(f, "The file has a header, but no customer below it."),
            Self::NotUtf8 { line } => write!(
                f,
                "Line {line} is not UTF-8. Save the file as \"CSV UTF-8\", or choose Windows-1252 below if that is how it was saved."
            ),
            Self::NotWindows1252 { line } => write!(f, "Line {line} is not Windows-1252. Is the file UTF-8?"),
            Self::Nul { line } => write!(f, "Line {line} contains a NUL byte: this is no text file, or it is UTF-16."),
            Self::DuplicateHeader { name } => write!(f, "Two columns are called \"{name}\". Please rename one of them."),
            Self::OpenQuote { line } => write!(f, "In line {line} a quotation mark is opened and never closed."),
            Self::Uneven { line, fields, columns } => write!(
                f,
                "Line {line} has {fields} fields, and the header has {columns}. A separator or a quotation mark is missing or too much there."
            ),
            Self::TooManyColumns { columns } => {
                write!(
                    f,
                    "The file has {columns} columns, and at most {COLUMNS_MOST} are taken. Please remove those that nobody needs."
                )
            }
            Self::TooManyRows { rows } => {
                write!(f, "The file has {rows} customers; at most {ROWS_MOST} can be imported at once. Please split it.")
            }
        }
    }
}

/// Why an import did not begin, or came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotImported {
    File(Unreadable),
    /// The columns have [`mapping_flaws`], or lines have errors.
    NotChecked,
    /// DOMAIN A13.
    Quota {
        customers: u32,
        room: u32,
    },
    /// Since the dry run somebody else has taken the portal name of this line.
    PortalNameTaken {
        line: u32,
    },
    /// Since the dry run customers have come that more of the lines look like: every line was checked again.
    MoreDoubtful,
    /// Another dry run or import of the same file is under way.
    Busy,
    Over,
    /// Every line was left out.
    Nothing,
}

impl NotImported {
    #[must_use]
    pub const fn http_status(&self) -> u16 {
        match self {
            Self::File(Unreadable::TooLarge) => 413,
            Self::File(_) => 422,
            Self::NotChecked
            | Self::Quota { .. }
            | Self::PortalNameTaken { .. }
            | Self::MoreDoubtful
            | Self::Busy
            | Self::Over
            | Self::Nothing => 409,
        }
    }
}

impl fmt::Display for NotImported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(unreadable) => write!(f, "{unreadable} Nothing was imported."),
            Self::MoreDoubtful => write!(
                f,
                "Since this file was checked, customers have come that more of its lines look like. It was checked again: nothing was imported."
            ),
            Self::NotChecked => write!(f, "This file was not checked, or has errors. Nothing was imported."),
            Self::Quota { customers, room } => write!(
                f,
                "These are {customers} customers, and this MSP has room for {room} more: {} too many. Nothing was imported. Ask for a \
                 higher quota, or import fewer.",
                customers.saturating_sub(*room)
            ),
            Self::PortalNameTaken { line } => write!(
                f,
                "Somebody else has taken the portal name of line {line} in the meantime. Nothing was imported: please check the file again."
            ),
            Self::Busy => write!(f, "This file is being worked on. Please wait until that is done."),
            Self::Over => write!(f, "This file was imported already."),
            Self::Nothing => write!(f, "No line is left to import."),
        }
    }
}

impl From<Unreadable> for Refusal {
    fn from(unreadable: Unreadable) -> Self {
        Self::Import(NotImported::File(unreadable))
    }
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    Uploaded,
    Checked,
    Imported,
}

impl Stage {
    pub const ALL: [Self; 3] = [Self::Uploaded, Self::Checked, Self::Imported];

    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Uploaded => "uploaded",
            Self::Checked => "checked",
            Self::Imported => "imported",
        }
    }

    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.key() == key)
    }

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Uploaded => "Not checked yet",
            Self::Checked => "Checked",
            Self::Imported => "Imported",
        }
    }
}

/// A file as the list of a person's imports shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRow {
    pub id: ImportId,
    pub file_name: String,
    pub stage: Stage,
    /// Customers in the file, or imported from it.
    pub customers: u32,
    pub created_at: i64,
}

/// A column of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    /// The first values that are not empty, cut short.
    pub samples: Vec<String>,
    /// One of [`targets`]; empty where the column is ignored.
    pub target: String,
}

/// A file that was uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportDetail {
    pub id: ImportId,
    pub file_name: String,
    pub stage: Stage,
    pub columns: Vec<Column>,
    /// Customers in the file, or imported from it.
    pub customers: u32,
    pub created_at: i64,
    /// Sent back by a change of the columns; another one since then refuses it.
    pub version: i64,
    /// What the dry run found; `None` before it.
    pub summary: Option<Summary>,
}

impl ImportDetail {
    /// What keeps it from being checked.
    #[must_use]
    pub fn flaws(&self) -> Vec<MappingFlaw> {
        let mapping: Vec<&str> = self.columns.iter().map(|column| column.target.as_str()).collect();
        mapping_flaws(&mapping)
    }

    /// Whether its customers can be imported now.
    ///
    /// # Errors
    /// [`NotImported::Over`] where they were already; [`NotImported::NotChecked`] where a line is wrong or was not looked at.
    pub fn importable(&self) -> Result<(), NotImported> {
        match (self.stage, &self.summary) {
            (Stage::Imported, _) => Err(NotImported::Over),
            (Stage::Checked, Some(summary)) if summary.wrong == 0 => Ok(()),
            (Stage::Checked | Stage::Uploaded, _) => Err(NotImported::NotChecked),
        }
    }
}

/// What a dry run found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Lines without an error.
    pub good: u32,
    pub wrong: u32,
    /// Lines without an error that look like a customer who is there already, or like an earlier line.
    pub doubtful: u32,
    /// Groups that will be made, by name: the first of them, and how many they are.
    pub new_groups: Vec<String>,
    pub new_groups_count: u32,
    /// How many more customers the MSP had room for.
    pub room: u32,
}

/// What a dry run says of one customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportLine {
    /// Where it begins in the file, from 1.
    pub line: u32,
    /// Cut short.
    pub name: String,
    /// Each at its field, or at [`GROUPS`].
    pub errors: Vec<FieldError>,
    pub doubts: Vec<Doubt>,
}

impl ReportLine {
    #[must_use]
    pub fn is(&self, shown: Shown) -> bool {
        match shown {
            Shown::All => true,
            Shown::Wrong => !self.errors.is_empty(),
            Shown::Doubtful => self.is_doubtful(),
        }
    }

    /// Whether it can be imported, but looks like somebody who is there already.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.errors.is_empty() && !self.doubts.is_empty()
    }
}

/// Why a line may be a customer who is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Doubt {
    SameNameAndEmail,
    SameReference,
    /// The same name and email as an earlier line of the file.
    LikeLine(u32),
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameNameAndEmail => write!(f, "A customer with this name and email is there already."),
            Self::SameReference => write!(f, "A customer with this internal reference is there already."),
            Self::LikeLine(line) => write!(f, "Line {line} has the same name and email."),
        }
    }
}

/// Which lines of a report are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shown {
    #[default]
    All,
    Wrong,
    Doubtful,
}

impl Shown {
    pub const ALL: [Self; 3] = [Self::All, Self::Wrong, Self::Doubtful];

    /// The word in the address.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Wrong => "wrong",
            Self::Doubtful => "doubtful",
        }
    }

    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shown| shown.key() == key)
    }
}

/// One page of a report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportPage {
    pub lines: Vec<ReportLine>,
    pub matching: u32,
    /// From 1.
    pub page: u32,
}

/// What the server does with a file beside answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Work {
    Checking,
    Importing,
}

/// How far that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub work: Work,
    pub done: u32,
    pub total: u32,
    /// Why it came to nothing; while it goes on there is none.
    pub refusal: Option<Refusal>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a18_what_is_missing_or_doubled_among_the_columns_is_said() {
        let flaws = |mapping: &[&'static str]| mapping_flaws(mapping);
        assert_eq!(flaws(&["company", "", "email", ""]), []);
        assert_eq!(flaws(&["contact_last", "email"]), []);
        assert_eq!(flaws(&["", ""]), [MappingFlaw::NoName, MappingFlaw::NoEmail]);
        assert_eq!(flaws(&["company", "email", "city", "city"]), [MappingFlaw::Twice("City")]);
        assert_eq!(label(GROUPS), Some("Customer groups"));
        assert_eq!(label("id"), None);
    }

    #[test]
    fn a18_too_small_a_quota_says_by_how_many() {
        let words = NotImported::Quota { customers: 50, room: 3 }.to_string();
        assert!(words.contains("room for 3 more: 47 too many"), "{words}");
    }
}
