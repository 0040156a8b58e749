//! Where this person has jumped to from this browser: kept here, for them alone.

use model::UserId;

use super::Place;

/// Places that are remembered.
#[cfg(feature = "hydrate")]
const MOST: usize = 6;

/// The newest first.
pub(super) fn recent(user: &UserId) -> Vec<Place> {
    #[cfg(feature = "hydrate")]
    {
        use super::Kind;
        let kept = storage().and_then(|storage| storage.get_item(&key(user)).ok()?);
        let places: Vec<Place> = kept.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default();
        places.into_iter().map(|place| Place { kind: Kind::Recent, status: None, ..place }).collect()
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = user;
        Vec::new()
    }
}

pub(super) fn remember(user: &UserId, place: &Place) {
    #[cfg(feature = "hydrate")]
    {
        let mut places = recent(user);
        places.retain(|known| known.href != place.href);
        places.insert(0, place.clone());
        places.truncate(MOST);
        if let (Some(storage), Ok(kept)) = (storage(), serde_json::to_string(&places)) {
            // A browser that keeps nothing forgets this, too.
            let _ = storage.set_item(&key(user), &kept);
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (user, place);
}

#[cfg(feature = "hydrate")]
fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

#[cfg(feature = "hydrate")]
fn key(user: &UserId) -> String {
    format!("jumped-{user}")
}
