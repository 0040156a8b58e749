//! People who sign in: what a form about them holds, and who the signed-in person is to the screens.

use serde::{Deserialize, Serialize};

use crate::{
    CustomerId, FieldError, Problem, UserId,
    customers::{check_email, check_text},
    roles::Role,
};

/// The shortest password, in characters (NIST SP 800-63B, 3.1.1.2: at least 8 with a second factor, 15 without; 12 is ours, for a
/// second factor is offered and not demanded).
pub const PASSWORD_LEAST: u32 = 12;
/// The longest password, in characters, so that hashing cannot be made to take long.
pub const PASSWORD_MOST: u32 = 256;

/// The form of the first page: the MSP and its first admin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupInput {
    pub msp_name: String,
    pub name: String,
    pub email: String,
    pub password: String,
    /// Whether to fill the MSP with simulated customers: "demo", or empty.
    #[serde(default)]
    pub demo: String,
}

impl SetupInput {
    /// # Errors
    /// One entry for every field that cannot be taken.
    pub fn validate(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = Vec::new();
        check_text(&mut errors, "msp_name", &self.msp_name, true, 100);
        check_text(&mut errors, "name", &self.name, true, 100);
        check_email(&mut errors, "email", &self.email, true);
        check_password(&mut errors, "password", &self.password);
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// Adds an error where `password` is too short or too long.
pub fn check_password(errors: &mut Vec<FieldError>, field: &str, password: &str) {
    let length = u32::try_from(password.chars().count()).unwrap_or(u32::MAX);
    if length == 0 {
        errors.push(FieldError::new(field, Problem::Required));
    } else if length < PASSWORD_LEAST {
        errors.push(FieldError::new(field, Problem::TooShort(PASSWORD_LEAST)));
    } else if length > PASSWORD_MOST {
        errors.push(FieldError::new(field, Problem::TooLong(PASSWORD_MOST)));
    }
}

/// The signed-in person, as far as the screens need to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub msp_name: String,
    /// Whether this MSP is a demonstration, which every page says.
    pub demo: bool,
    /// For a customer user: whose portal it is.
    pub customer: Option<CustomerId>,
    /// Customers and monitors that the dock counts.
    pub customers: u32,
    pub monitors: u32,
}
