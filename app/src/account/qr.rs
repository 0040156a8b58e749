//! A text as a QR code, drawn on the server: no picture is fetched, and nobody else learns the secret in it.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

use super::calls::Qr;

/// Light modules around the code (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// `None` for a text that is too long for a QR code.
pub(super) fn draw(text: &str) -> Option<Qr> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run.first() == Some(&Color::Dark) {
                let _ = write!(path, "M{} {}h{}v1h-{}z", x + QUIET_ZONE, y + QUIET_ZONE, run.len(), run.len());
            }
            x += run.len();
        }
    }
    Some(Qr { size: u32::try_from(width + 2 * QUIET_ZONE).ok()?, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c6_a_code_has_its_three_corners_and_room_around_it() {
        let qr =
            draw("otpauth://totp/Nocturne:rita@msp.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Nocturne").unwrap();
        // A finder pattern begins with seven dark modules in a row.
        let corner = |x: u32, y: u32| format!("M{x} {y}h7v1h-7z");
        for (x, y) in [(4, 4), (qr.size - 11, 4), (4, qr.size - 11)] {
            assert!(qr.path.contains(&corner(x, y)), "{x} {y}: {}", qr.path);
        }
        assert!(!qr.path.contains(&corner(qr.size - 11, qr.size - 11)));
        assert!(draw(&"x".repeat(10_000)).is_none());
    }
}
