//! The account's server functions.

use leptos::prelude::*;
use model::{
    account::{Account, SecondFactor},
    users::Me,
};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// What the account's page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSheet {
    pub me: Me,
    pub account: Account,
}

/// What the second factor's page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactorSheet {
    pub second_factor: SecondFactor,
    /// The secret that waits for its first code.
    pub offered: Option<Offered>,
}

/// A secret, to be typed or read from a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// In base32.
    pub secret: String,
    pub picture: Qr,
}

/// A QR code as the path of an SVG.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Qr {
    /// Modules from edge to edge, with the quiet zone.
    pub size: u32,
    pub path: String,
}

/// What the recovery codes' page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoverySheet {
    pub second_factor: SecondFactor,
    /// Those that were just made; shown this once.
    pub fresh: Vec<String>,
}

#[server(prefix = "/fn", endpoint = "account")]
pub async fn read_account() -> Result<AccountSheet, Failure> {
    let actor = crate::caller::actor()?;
    let store = crate::caller::handles().store;
    Ok(AccountSheet { me: store.me(&actor).await?, account: store.account(&actor).await? })
}

#[server(prefix = "/fn", endpoint = "account-password")]
pub async fn change_password(old_password: String, password: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let token = caller::handles().store.change_password(&actor, &old_password, &password, &caller::origin()).await?;
    caller::set_session(Some(&token));
    Ok(caller::goes_to("/account?done=password".into()))
}

#[server(prefix = "/fn", endpoint = "account-session-end")]
pub async fn end_session(session: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    caller::handles().store.end_session(&actor, &caller::id(&session)?).await?;
    Ok(caller::goes_to("/account?done=session".into()))
}

#[server(prefix = "/fn", endpoint = "account-sessions-end")]
pub async fn end_other_sessions() -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    caller::handles().store.end_other_sessions(&actor).await?;
    Ok(caller::goes_to("/account?done=sessions".into()))
}

#[server(prefix = "/fn", endpoint = "second-factor")]
pub async fn read_second_factor() -> Result<SecondFactorSheet, Failure> {
    let actor = crate::caller::actor()?;
    let store = crate::caller::handles().store;
    let second_factor = store.account(&actor).await?.second_factor;
    let offered = match second_factor {
        SecondFactor::Off => store.offered_second_factor(&actor).await?,
        SecondFactor::On { .. } => None,
    };
    let offered = offered.and_then(|offered| {
        let picture = super::qr::draw(&offered.uri)?;
        Some(Offered { secret: offered.secret, picture })
    });
    Ok(SecondFactorSheet { second_factor, offered })
}

#[server(prefix = "/fn", endpoint = "second-factor-offer")]
pub async fn offer_second_factor(password: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    caller::handles().store.offer_second_factor(&actor, &password).await?;
    Ok(caller::goes_to("/account/second-factor".into()))
}

#[server(prefix = "/fn", endpoint = "second-factor-confirm")]
pub async fn confirm_second_factor(code: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let codes = caller::handles().store.confirm_second_factor(&actor, &code).await?;
    caller::show_once(caller::Once::RecoveryCodes, &codes);
    Ok(caller::goes_to("/account/recovery-codes".into()))
}

#[server(prefix = "/fn", endpoint = "second-factor-off")]
pub async fn disable_second_factor(password: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    caller::handles().store.disable_second_factor(&actor, &password).await?;
    Ok(caller::goes_to("/account?done=second-factor-off".into()))
}

#[server(prefix = "/fn", endpoint = "recovery-codes")]
pub async fn read_recovery_codes() -> Result<RecoverySheet, Failure> {
    let actor = crate::caller::actor()?;
    let second_factor = crate::caller::handles().store.account(&actor).await?.second_factor;
    Ok(RecoverySheet { second_factor, fresh: crate::caller::shown_once(crate::caller::Once::RecoveryCodes) })
}

#[server(prefix = "/fn", endpoint = "recovery-codes-renew")]
pub async fn renew_recovery_codes(password: String) -> Result<String, Failure> {
    use crate::caller;
    let actor = caller::actor()?;
    let codes = caller::handles().store.renew_recovery_codes(&actor, &password).await?;
    caller::show_once(caller::Once::RecoveryCodes, &codes);
    Ok(caller::goes_to("/account/recovery-codes".into()))
}
