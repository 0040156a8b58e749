//! New ids: UUIDv7 by the store's own clock, each greater than the one before in this process.

use std::sync::atomic::{AtomicU64, Ordering};

/// Hands out the 128 bits of ids.
#[derive(Debug, Default)]
pub(crate) struct Mint {
    /// The last one's 48 bits of milliseconds and 12 bits of counter (RFC 9562, 6.2, method 3).
    last: AtomicU64,
}

impl Mint {
    pub(crate) fn bits(&self, now_ms: i64) -> u128 {
        let at = now_ms.max(0).unsigned_abs() << 12;
        let next = |last: u64| at.max(last + 1);
        let before = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last))).unwrap_or_default();
        let stamp = next(before);
        let mut rest: [u8; 10] = rand::random();
        let counter = (stamp & 0xfff) as u16;
        rest[..2].copy_from_slice(&counter.to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(stamp >> 12, &rest).into_uuid().as_u128()
    }
}

/// For what is written down after it was: stands among the ids of its time, in no order within its millisecond.
pub(crate) fn bits_of(at_ms: i64) -> u128 {
    uuid::Builder::from_unix_timestamp_millis(at_ms.max(0).unsigned_abs(), &rand::random()).into_uuid().as_u128()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_ascend_even_within_a_millisecond_and_when_the_clock_goes_back() {
        let mint = Mint::default();
        let ids: Vec<u128> = (0..10_000).map(|n| mint.bits(1_700_000_000_000 - n / 100)).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        let uuid = uuid::Uuid::from_u128(ids[0]);
        assert_eq!((uuid.get_version_num(), uuid.get_variant()), (7, uuid::Variant::RFC4122));
    }
}
