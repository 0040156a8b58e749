//! The words both sides share: ids, statuses, the life of an account, roles, validation, the board and its layout.
//!
//! Pure: no I/O, no clock, no async. Builds for wasm and natively.

pub mod account;
pub mod accounts;
pub mod board;
pub mod captcha;
pub mod catalogue;
pub mod contacts;
pub mod customers;
pub mod drafts;
pub mod events;
pub mod groups;
pub mod health;
pub mod ids;
pub mod import;
pub mod incidents;
pub mod invitations;
pub mod kiosks;
pub mod layout;
pub mod lifecycle;
pub mod locations;
pub mod mail;
pub mod maintenance;
pub mod monitors;
pub mod msps;
pub mod outages;
pub mod people;
pub mod period;
pub mod refusal;
pub mod replay;
pub mod roles;
pub mod roll;
pub mod services;
pub mod status;
pub mod text;
pub mod users;
pub mod vitals;
pub mod wire;

pub use ids::{
    ApprovalId, ContactId, CustomerId, DraftId, ExportId, GroupId, ImportId, InvitationId, ItemId, KioskId, LevelId, LocationId,
    MailId, MonitorId, MspId, OutageId, PlanId, RatesId, ServiceTypeId, SessionId, TransitionId, UserId, WindowId,
};
pub use refusal::{FieldError, Problem, Refusal};
pub use status::Status;
