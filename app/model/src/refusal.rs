//! What can be refused, and why. `store` maps constraints to these, `app` turns them into a field's message or a page and
//! the right HTTP status.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::{
    CustomerId,
    accounts::Outcome,
    import::NotImported,
    lifecycle::{State, WrongStep},
    replay::NotReplayed,
};

/// Why something was not done. Nothing was changed when one of these comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    #[error("Please sign in.")]
    SignedOut,
    #[error("Email or password is wrong.")]
    WrongCredentials,
    /// DOMAIN C6: said alike for accounts that exist and that do not.
    #[error("There were too many attempts. Please try again in {}.", wait_in_words(*.wait_s))]
    TooManyAttempts { wait_s: u32 },
    #[error("This sign-in took too long, or too many codes were wrong. Please start again.")]
    SignInExpired,
    #[error("Your role does not allow this.")]
    Forbidden,
    /// DOMAIN C5: the customer is of the person's own MSP, but not theirs to open.
    #[error("Only people who created this customer or are associated with it can open it.")]
    NotAssociated { customer: CustomerId, name: String, may_associate: bool },
    #[error("There is nothing here.")]
    NotFound,
    #[error("Some fields need your attention.")]
    Invalid(Vec<FieldError>),
    /// DOMAIN A13.
    #[error("This MSP has room for {quota} customers, and all of them are in use. Terminate one, or ask for a higher quota.")]
    CustomerQuota { quota: u32 },
    #[error("This MSP has room for {quota} monitors, and all of them are in use. Delete one, or ask for a higher quota.")]
    MonitorQuota { quota: u32 },
    /// DOMAIN B3.
    #[error("A Free account keeps at most {most} monitors that are not suspended. Suspend one, or upgrade the account.")]
    FreeLimit { most: u32 },
    /// DOMAIN B1.
    #[error("{0}.")]
    WrongStep(WrongStep),
    #[error("This account is inactive: it can be viewed or restored, not changed.")]
    Inactive,
    /// DOMAIN B4.
    #[error("This account is pending: until its Super Admin approves it can be viewed or withdrawn, nothing else.")]
    Pending,
    /// DOMAIN B1: of two at once, the second is told what the first did.
    #[error("{by} changed this account in the meantime: it is {} now. Your step was not taken.", .state.label())]
    Overtaken { state: State, by: String },
    /// DOMAIN B4: a request that is open no longer.
    #[error("This request was {} already.", .outcome.key())]
    ApprovalOver { outcome: Outcome },
    /// DOMAIN B6.
    #[error("No MSP manages this account.")]
    NotManaged,
    /// DOMAIN G9.
    #[error("This outage is over: there is nothing left to take, note or snooze.")]
    OutageOver,
    #[error("{by} has taken this outage already. It can be taken once it is handed back.")]
    OutageTaken { by: String },
    #[error("Somebody else changed this in the meantime. Your changes were not saved: reload to see theirs.")]
    Conflict,
    /// DOMAIN C7.
    #[error("You cannot deny a customer to yourself: another MSP Admin would have to.")]
    DeniesSelf,
    /// DOMAIN A18.
    #[error("{0}")]
    Import(NotImported),
    /// DOMAIN F12.
    #[error("{0}")]
    Replay(NotReplayed),
    /// DOMAIN A3.
    #[error("You have {most} drafts already. Finish or discard one of them first.")]
    TooManyDrafts { most: u32 },
    /// DOMAIN A5: nothing was sent.
    #[error("The text message could not be handed to the gateway. Please send the code again.")]
    NotTexted,
    /// DOMAIN A12.
    #[error("This list is too long to be given at once. The list's page offers to email a link to it.")]
    TooLongAtOnce,
    /// DOMAIN A12: a link that was emailed.
    #[error("This link was good for 24 hours, and is over. Please ask for the list again.")]
    ExportOver,
    /// DOMAIN A8. `by` are the first customers of those that the person sees; nobody is named where they see none of them.
    #[error("This is in use{}.", by_whom(.by, *.more))]
    InUse { by: Vec<String>, more: u32 },
    /// DOMAIN A9, A14.
    #[error("This is the default: make another one the default first.")]
    DefaultStays,
    /// DOMAIN A10.
    #[error("{}: move or delete {} first.", contacts_here(*.contacts), if *.contacts == 1 { "it" } else { "them" })]
    HasContacts { contacts: u32 },
    /// DOMAIN A10.
    #[error("A contact belongs to a location, and this customer has none yet: add a location first.")]
    NoLocation,
    /// DOMAIN C3.
    #[error("You cannot change your own role, or remove yourself: another MSP Admin would have to.")]
    NotOneself,
    /// DOMAIN C3: somebody has to be left who can manage the MSP.
    #[error("This is the last MSP Admin. Make somebody else an MSP Admin first.")]
    LastAdmin,
    /// DOMAIN C7: a customer that is denied to every Admin who is left would be nobody's.
    #[error("This is the last MSP Admin who may see some of the customers. Let another one see them first, or invite one.")]
    LastAdminOfSome,
    /// DOMAIN C3: an invitation that nobody needs any more.
    #[error("Somebody with this email has an account already. This invitation can be revoked.")]
    HasAccount,
    /// Said alike for one that was used, has expired, was taken back, or never was.
    #[error("This invitation is not valid, or no longer. Please ask whoever invited you for a new one.")]
    InvitationOver,
    /// DOMAIN F10: said alike for a link that has expired, was revoked, has lost its maker, or never was.
    #[error("It has expired or was taken back, or there never was such a link. Whoever gave it to you can give you a new one.")]
    KioskOver,
    /// DOMAIN F10.
    #[error("{most} kiosk links are open already. Revoke one of them first.")]
    TooManyKiosks { most: u32 },
    #[error("This installation is set up already. Please sign in.")]
    AlreadySetUp,
    #[error("The database cannot be reached. Nothing was changed; please try again in a moment.")]
    Unavailable,
    #[error("Something went wrong on our side. Nothing was changed.")]
    Internal,
    #[error("This request could not be understood.")]
    BadRequest,
    /// Said by the browser when no answer came: the one case where it is unknown whether something was changed.
    #[error("The server did not answer. Please check the connection and try again.")]
    NoAnswer,
}

impl Refusal {
    /// The HTTP status that goes with it.
    #[must_use]
    pub const fn http_status(&self) -> u16 {
        match self {
            Self::SignedOut | Self::WrongCredentials | Self::SignInExpired => 401,
            Self::TooManyAttempts { .. } => 429,
            Self::Forbidden | Self::NotAssociated { .. } => 403,
            Self::NotFound | Self::InvitationOver | Self::KioskOver => 404,
            Self::ExportOver => 410,
            Self::CustomerQuota { .. }
            | Self::MonitorQuota { .. }
            | Self::FreeLimit { .. }
            | Self::WrongStep(_)
            | Self::Inactive
            | Self::Pending
            | Self::Overtaken { .. }
            | Self::ApprovalOver { .. }
            | Self::NotManaged
            | Self::TooLongAtOnce
            | Self::OutageOver
            | Self::OutageTaken { .. }
            | Self::Conflict
            | Self::DeniesSelf
            | Self::TooManyDrafts { .. }
            | Self::TooManyKiosks { .. }
            | Self::InUse { .. }
            | Self::DefaultStays
            | Self::HasContacts { .. }
            | Self::NoLocation
            | Self::NotOneself
            | Self::LastAdmin
            | Self::LastAdminOfSome
            | Self::HasAccount
            | Self::AlreadySetUp => 409,
            Self::Import(why) => why.http_status(),
            Self::Replay(why) => why.http_status(),
            Self::NotTexted => 502,
            Self::Invalid(_) => 422,
            Self::BadRequest => 400,
            Self::Unavailable | Self::NoAnswer => 503,
            Self::Internal => 500,
        }
    }

    /// What to say at one field, if this refusal is about it.
    #[must_use]
    pub fn at(&self, field: &str) -> Option<Problem> {
        match self {
            Self::Invalid(errors) => errors.iter().find(|e| e.field == field).map(|e| e.problem.clone()),
            _ => None,
        }
    }

    /// One field, one problem.
    #[must_use]
    pub fn field(field: &str, problem: Problem) -> Self {
        Self::Invalid(vec![FieldError::new(field, problem)])
    }
}

impl From<NotImported> for Refusal {
    fn from(why: NotImported) -> Self {
        Self::Import(why)
    }
}

impl From<WrongStep> for Refusal {
    fn from(wrong: WrongStep) -> Self {
        Self::WrongStep(wrong)
    }
}

fn by_whom(by: &[String], more: u32) -> String {
    let more = match more {
        0 => None,
        1 => Some("1 more customer".to_owned()),
        _ => Some(format!("{more} more customers")),
    };
    let mut all: Vec<String> = by.iter().cloned().chain(more).collect();
    match all.pop() {
        None => String::new(),
        Some(last) if all.is_empty() => format!(" by {last}"),
        Some(last) => format!(" by {} and {last}", all.join(", ")),
    }
}

fn contacts_here(contacts: u32) -> String {
    if contacts == 1 {
        "A contact belongs to this location".to_owned()
    } else {
        format!("{contacts} contacts belong to this location")
    }
}

/// Rounded up, so that whoever waits that long has waited long enough.
fn wait_in_words(seconds: u32) -> String {
    match seconds {
        0..=1 => "a second".to_owned(),
        2..=99 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

/// What is wrong with one field. `field` is the name of the form's control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    pub field: String,
    pub problem: Problem,
}

impl FieldError {
    #[must_use]
    pub fn new(field: &str, problem: Problem) -> Self {
        Self { field: field.to_owned(), problem }
    }
}

/// Why a value was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    Required,
    /// Longer than this many characters.
    TooLong(u32),
    /// Shorter than this many characters.
    TooShort(u32),
    /// A number outside of this range.
    OutOfRange {
        from: u32,
        to: u32,
    },
    NotANumber,
    NotAnEmail,
    NotAUrl,
    NotAHost,
    NotAnAddress,
    NotAChoice,
    NotAPortalName,
    NotAPhoneNumber,
    /// Digits that no country has given out.
    NoSuchPhoneNumber,
    /// A number without a country code, of a customer without a country.
    NoCountryCode,
    /// Somebody else has it.
    Taken,
    /// No account that could be asked for: unknown, or somebody else's (DOMAIN B4), which are told apart by nothing.
    NotAnAccount,
    /// Somebody signs in with this address.
    HasAccount,
    /// There is an open invitation of this address.
    Invited,
    /// A control character, NUL among them.
    ControlCharacter,
    CompanyOrContact,
    /// Not the person's own password.
    WrongPassword,
    /// Not the code of this moment, and no recovery code.
    WrongCode,
    /// DOMAIN A5.
    CodeExpired,
    /// Too many were tried.
    CodeUsedUp,
    /// DOMAIN A4.
    NotSolved,
    /// It was used already, or it is too old.
    SolvedBefore,
    TimeoutNotBelowInterval,
    /// No date or time of day that there is.
    NotATime,
    EndsBeforeItBegins,
    /// A time that is over, or of which no day is one.
    NeverComes,
    /// The number that a range ends with.
    BelowFrom,
    /// Not what the person signs in with.
    NotOwnEmail,
    /// A length that is nothing, or longer than 24 hours.
    UpToADay,
    /// No amount with at most so many decimals, or far too large a one.
    NotAnAmount(u8),
    FirstOrLastName,
    /// None was ticked.
    NoCustomer,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required => write!(f, "Please fill this in."),
            Self::TooLong(most) => write!(f, "At most {most} characters."),
            Self::TooShort(least) => write!(f, "At least {least} characters."),
            Self::OutOfRange { from, to } => write!(f, "A number from {from} to {to}."),
            Self::NotANumber => write!(f, "A whole number, please."),
            Self::NotAnEmail => write!(f, "An email address looks like name@example.com."),
            Self::NotAUrl => write!(f, "An address begins with http:// or https:// and names a host."),
            Self::NotAHost => write!(f, "A host name or an IP address, without http:// and without a port."),
            Self::NotAnAddress => write!(f, "An IP address, with or without a port: 10.0.0.53 or 10.0.0.53:5353."),
            Self::NotAChoice => write!(f, "Please choose one of the list."),
            Self::NotAPortalName => write!(f, "Small letters, digits and hyphens; it begins and ends with a letter or digit."),
            Self::NotAPhoneNumber => write!(f, "Digits, spaces and hyphens, with a leading + for the country code."),
            Self::NoSuchPhoneNumber => write!(f, "There is no such phone number. Please check its country code and its digits."),
            Self::NoCountryCode => {
                write!(f, "Please begin with the country code, +44 for example, or choose the customer's country.")
            }
            Self::Taken => write!(f, "Somebody else has this already."),
            Self::NotAnAccount => {
                write!(f, "There is no account with this id that can be added. Its Super Admin finds the id in their account.")
            }
            Self::HasAccount => write!(f, "Somebody signs in with this address already."),
            Self::Invited => write!(f, "This address is invited already: that invitation can be sent again."),
            Self::ControlCharacter => write!(f, "This contains a character that cannot be stored, a line break for example."),
            Self::CompanyOrContact => write!(f, "Please give a company, or the main contact's name."),
            Self::WrongPassword => write!(f, "This is not your password."),
            Self::WrongCode => write!(f, "This code is not right, or it was used already."),
            Self::CodeExpired => write!(f, "This code has expired. Please send a new one."),
            Self::CodeUsedUp => write!(f, "Too many wrong codes. Please send a new one."),
            Self::NotSolved => write!(f, "The check for scripts was not finished. Please try again once it is."),
            Self::SolvedBefore => write!(f, "This check was used already, or has expired. A new one is made; please try again."),
            Self::TimeoutNotBelowInterval => write!(f, "The time-out must be shorter than the interval."),
            Self::NotATime => write!(f, "Please give a date or time that there is."),
            Self::EndsBeforeItBegins => write!(f, "The end must come after the begin."),
            Self::NeverComes => write!(f, "This time is over, or never comes: nothing would be held."),
            Self::BelowFrom => write!(f, "This must not be less than where the range begins."),
            Self::NotOwnEmail => write!(f, "This is not the email address that you sign in with."),
            Self::UpToADay => write!(f, "From one minute up to 24 hours."),
            Self::NotAnAmount(0) => write!(f, "A whole amount, 1200 for example."),
            Self::NotAnAmount(places) => write!(f, "An amount with at most {places} decimals, 12.50 for example."),
            Self::FirstOrLastName => write!(f, "Please give a first or a last name."),
            Self::NoCustomer => write!(f, "Please tick at least one customer."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a8_what_is_in_use_says_by_whom() {
        let said =
            |by: &[&str], more| Refusal::InUse { by: by.iter().map(|name| (*name).to_owned()).collect(), more }.to_string();
        assert_eq!(said(&[], 0), "This is in use.");
        assert_eq!(said(&["Harbor"], 0), "This is in use by Harbor.");
        assert_eq!(said(&["Harbor", "Cedar"], 1), "This is in use by Harbor, Cedar and 1 more customer.");
        assert_eq!(
            Refusal::HasContacts { contacts: 1 }.to_string(),
            "A contact belongs to this location: move or delete it first."
        );
    }
}
