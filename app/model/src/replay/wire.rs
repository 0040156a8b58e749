//! A day and its pieces as bytes, in the manner of [`crate::wire`]: versioned, by column, so that they compress; numbers are LEB128
//! varints, texts UTF-8 with their length in front.
//!
//! `GET /live/replay` answers `D`, the version, then: edition (8 bytes, little-endian), from, to, build; the customers (16 bytes of the
//! id, name); of the monitors, in the order of their slots, each one's customer as the difference to the one before, then the lengths of
//! all names, then the names; the columns (DOWN, TROUBLE), and from when on they are known.
//!
//! `GET /live/replay/piece?edition=<hexadecimal>&from=<UTC milliseconds>` answers `P`, the version, then: edition, from, to; the texts;
//! by slot the status' code (7 where it is not there), then by slot the seconds before `from`, then by slot the text's place; then the
//! changes: how many, the milliseconds since the one before, the slots, the codes, the seconds between the status' beginning and the
//! change, the texts' places.

use super::{Column, Day, DayMonitor, Piece, Stand, Turn};
use crate::{
    CustomerId, Status,
    wire::{BadWire, Reader, Writer},
};

const DAY: [u8; 2] = [b'D', 1];
const PIECE: [u8; 2] = [b'P', 1];
/// The code of what is not there.
const ABSENT: u8 = 7;

#[must_use]
pub fn encode_day(day: &Day) -> Vec<u8> {
    let mut out = Writer(DAY.to_vec());
    out.0.extend(day.edition.to_le_bytes());
    out.signed(day.from);
    out.signed(day.to);
    out.text(&day.build);
    out.length(day.customers.len());
    for (id, name) in &day.customers {
        out.0.extend(id.to_u128().to_be_bytes());
        out.text(name);
    }
    out.length(day.monitors.len());
    let mut last = 0;
    for monitor in &day.monitors {
        out.signed(i64::from(monitor.customer) - last);
        last = i64::from(monitor.customer);
    }
    for monitor in &day.monitors {
        out.length(monitor.name.len());
    }
    for monitor in &day.monitors {
        out.0.extend(monitor.name.as_bytes());
    }
    out.length(day.columns.len());
    for column in &day.columns {
        out.number(column.down.into());
        out.number(column.trouble.into());
    }
    out.signed(day.known_from);
    out.0
}

/// # Errors
/// [`BadWire`] for anything that [`encode_day`] did not make.
pub fn decode_day(bytes: &[u8]) -> Result<Day, BadWire> {
    let mut input = Reader::after(bytes, DAY)?;
    let edition = u64::from_le_bytes(input.array()?);
    let (from, to) = (input.signed()?, input.signed()?);
    let build = input.text()?.to_owned();
    let mut customers = Vec::new();
    for _ in 0..input.length()? {
        let id = CustomerId::from_u128(u128::from_be_bytes(input.array()?));
        customers.push((id, input.text()?.to_owned()));
    }
    let count = input.length()?;
    let owners = input.deltas(count)?;
    let lengths = (0..count).map(|_| input.length()).collect::<Result<Vec<_>, _>>()?;
    let mut monitors = Vec::with_capacity(count);
    for (customer, length) in owners.into_iter().zip(lengths) {
        if customer as usize >= customers.len() {
            return Err(BadWire::Corrupt);
        }
        let name = std::str::from_utf8(input.take(length)?).map_err(|_| BadWire::Corrupt)?;
        monitors.push(DayMonitor { customer, name: name.to_owned() });
    }
    let columns = (0..input.length()?)
        .map(|_| Ok(Column { down: count_of(&mut input)?, trouble: count_of(&mut input)? }))
        .collect::<Result<Vec<_>, BadWire>>()?;
    let known_from = input.signed()?;
    input.end()?;
    Ok(Day { edition, from, to, build, customers, monitors, columns, known_from })
}

fn count_of(input: &mut Reader<'_>) -> Result<u32, BadWire> {
    u32::try_from(input.number()?).map_err(|_| BadWire::Corrupt)
}

#[must_use]
pub fn encode_piece(piece: &Piece) -> Vec<u8> {
    let mut out = Writer(PIECE.to_vec());
    out.0.extend(piece.edition.to_le_bytes());
    out.signed(piece.from);
    out.signed(piece.to);
    out.length(piece.texts.len());
    for text in &piece.texts {
        out.text(text);
    }
    out.length(piece.base.len());
    for stand in &piece.base {
        out.0.push(code(*stand));
    }
    for stand in &piece.base {
        out.signed(seconds(piece.from) - seconds(stand.since));
    }
    for stand in &piece.base {
        out.number(stand.reason.into());
    }
    out.length(piece.turns.len());
    let mut last = piece.from;
    for turn in &piece.turns {
        out.signed(turn.at - last);
        last = turn.at;
    }
    for turn in &piece.turns {
        out.number(turn.slot.into());
    }
    for turn in &piece.turns {
        out.0.push(code(turn.to));
    }
    for turn in &piece.turns {
        out.signed(seconds(turn.at) - seconds(turn.to.since));
    }
    for turn in &piece.turns {
        out.number(turn.to.reason.into());
    }
    out.0
}

/// # Errors
/// [`BadWire`] for anything that [`encode_piece`] did not make.
pub fn decode_piece(bytes: &[u8]) -> Result<Piece, BadWire> {
    let mut input = Reader::after(bytes, PIECE)?;
    let edition = u64::from_le_bytes(input.array()?);
    let (from, to) = (input.signed()?, input.signed()?);
    let mut texts = Vec::new();
    for _ in 0..input.length()? {
        texts.push(input.text()?.to_owned());
    }
    let slots = input.length()?;
    let ats = vec![from; slots];
    let base = stands(&mut input, &ats, &texts)?;
    let count = input.length()?;
    let mut ats = Vec::with_capacity(count);
    let mut last = from;
    for _ in 0..count {
        last = last.checked_add(input.signed()?).filter(|at| *at >= last).ok_or(BadWire::Corrupt)?;
        ats.push(last);
    }
    let changed = (0..count).map(|_| input.slot()).collect::<Result<Vec<_>, _>>()?;
    if changed.iter().any(|slot| *slot as usize >= slots) {
        return Err(BadWire::Corrupt);
    }
    let stands = stands(&mut input, &ats, &texts)?;
    input.end()?;
    let turns = ats.into_iter().zip(changed).zip(stands).map(|((at, slot), to)| Turn { at, slot, to }).collect();
    Ok(Piece { edition, from, to, texts, base, turns })
}

/// Codes, then times, then texts, of as many as there are `ats`.
fn stands(input: &mut Reader<'_>, ats: &[i64], texts: &[String]) -> Result<Vec<Stand>, BadWire> {
    let codes = input.take(ats.len())?.to_vec();
    let ages = ats.iter().map(|_| input.signed()).collect::<Result<Vec<_>, _>>()?;
    let mut stands = Vec::with_capacity(ats.len());
    for ((code, at), age) in codes.into_iter().zip(ats).zip(ages) {
        let reason = count_of(input)?;
        if reason as usize >= texts.len() {
            return Err(BadWire::Corrupt);
        }
        let status = if code == ABSENT { None } else { Some(Status::from_code(code).ok_or(BadWire::Corrupt)?) };
        let since = seconds(*at).checked_sub(age).and_then(|since| since.checked_mul(1_000)).ok_or(BadWire::Corrupt)?;
        stands.push(if status.is_some() { Stand { status, since, reason } } else { Stand::ABSENT });
    }
    Ok(stands)
}

fn code(stand: Stand) -> u8 {
    stand.status.map_or(ABSENT, Status::code)
}

const fn seconds(ms: i64) -> i64 {
    ms.div_euclid(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> Day {
        let monitor = |customer, name: &str| DayMonitor { customer, name: name.into() };
        Day {
            edition: u64::MAX - 1,
            from: 5,
            to: 86_400_005,
            build: "b".into(),
            customers: vec![(CustomerId::from_u128(7), "Ärzte".into()), (CustomerId::from_u128(8), String::new())],
            monitors: vec![monitor(1, "web"), monitor(0, "ש"), monitor(1, "")],
            columns: vec![Column { down: 3, trouble: 400 }, Column::default()],
            known_from: 5,
        }
    }

    fn piece() -> Piece {
        let stand = |status, since, reason| Stand { status: Some(status), since, reason };
        Piece {
            edition: 9,
            from: 1_700_000_000_123,
            to: 1_700_000_009_000,
            texts: vec![String::new(), "refused".into()],
            base: vec![stand(Status::Up, 1_600_000_000_000, 0), Stand::ABSENT, stand(Status::Down, 1_699_999_999_000, 1)],
            turns: vec![
                Turn { at: 1_700_000_000_123, slot: 1, to: stand(Status::Discovery, 1_700_000_000_000, 0) },
                Turn { at: 1_700_000_004_000, slot: 2, to: stand(Status::Up, 1_700_000_003_000, 0) },
                Turn { at: 1_700_000_004_000, slot: 0, to: Stand::ABSENT },
            ],
        }
    }

    #[test]
    fn f12_a_day_and_a_piece_read_back() {
        assert_eq!(decode_day(&encode_day(&day())).unwrap(), day());
        assert_eq!(decode_piece(&encode_piece(&piece())).unwrap(), piece());
        assert_eq!(decode_piece(b"P\x02"), Err(BadWire::Version));
        assert_eq!(decode_day(&encode_piece(&piece())), Err(BadWire::Corrupt));
    }

    #[test]
    fn f12_no_damage_to_the_bytes_is_a_panic() {
        for whole in [encode_day(&day()), encode_piece(&piece())] {
            for cut in 0..whole.len() {
                assert!(decode_day(&whole[..cut]).is_err() && decode_piece(&whole[..cut]).is_err());
            }
            for place in 0..whole.len() {
                for flip in 1..=255u8 {
                    let mut bent = whole.clone();
                    bent[place] ^= flip;
                    let _ = decode_day(&bent);
                    if let Ok(piece) = decode_piece(&bent) {
                        let mut reel = crate::replay::Reel::new(piece);
                        let _ = reel.wind(1_700_000_004_000).len();
                    }
                }
            }
        }
    }
}
