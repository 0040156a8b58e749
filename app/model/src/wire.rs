//! What goes over the wire for a wall (DESIGN, way 3): the snapshot and the frames, binary and versioned.
//!
//! A snapshot is laid out by column, so that it compresses. Numbers are LEB128 varints; times are whole seconds before the
//! head's `at`; texts are UTF-8 with their length in front. What a receiver cannot read is a [`BadWire`], never a panic, and
//! it takes a new snapshot.

use crate::{
    CustomerId, Status,
    board::{Board, MOST_SLOTS, Op, Tile},
};

/// The first bytes of every snapshot and frame: what it is, and the version of this layout.
const SNAPSHOT: [u8; 2] = [b'S', 2];
const FRAME: [u8; 2] = [b'F', 2];

/// What stands in front of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Random per process: a sequence counts in one epoch only.
    pub epoch: u64,
    /// The last frame that is in this snapshot.
    pub sequence: u64,
    /// The server's time when it was made, UTC milliseconds.
    pub at: i64,
    /// Which build of the product made it.
    pub build: String,
}

/// What is said once a second, whether anything has changed or not. As text: `now,as_of,delay`, the delay empty where it is not
/// known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// The server's time, UTC milliseconds.
    pub now: i64,
    /// Up to when the boards are known to be true, UTC milliseconds.
    pub as_of: i64,
    /// How long the canary is on its way (DOMAIN F15).
    pub delay_ms: Option<u32>,
}

impl Beat {
    /// Back from its text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().splitn(3, ',');
        let (now, as_of) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Self { now, as_of, delay_ms: parts.next().and_then(|delay| delay.parse().ok()) })
    }
}

impl std::fmt::Display for Beat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{},{},", self.now, self.as_of)?;
        self.delay_ms.map_or(Ok(()), |delay| delay.fmt(f))
    }
}

/// Bytes that are no snapshot or frame of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadWire {
    #[error("it ends too early")]
    Truncated,
    #[error("another version made it")]
    Version,
    #[error("it contradicts itself")]
    Corrupt,
}

/// The id of an event of the stream: `<epoch>-<sequence>`, the epoch in hexadecimal.
#[must_use]
pub fn event_id(epoch: u64, sequence: u64) -> String {
    format!("{epoch:016x}-{sequence}")
}

/// Back from an event's id.
#[must_use]
pub fn parse_event_id(id: &str) -> Option<(u64, u64)> {
    let (epoch, sequence) = id.split_once('-')?;
    Some((u64::from_str_radix(epoch, 16).ok()?, sequence.parse().ok()?))
}

/// The whole board.
#[must_use]
pub fn encode_snapshot(head: &Head, board: &Board) -> Vec<u8> {
    let mut out = Writer(SNAPSHOT.to_vec());
    out.0.extend(head.epoch.to_le_bytes());
    out.number(head.sequence);
    out.signed(head.at);
    out.text(&head.build);
    let customers: Vec<_> = board.customers().collect();
    out.length(customers.len());
    for (slot, id, name) in customers {
        out.number(slot.into());
        out.0.extend(id.to_u128().to_be_bytes());
        out.text(name);
    }
    let tiles = board.order();
    out.length(tiles.len());
    let mut last = 0;
    for slot in &tiles {
        out.signed(i64::from(*slot) - last);
        last = i64::from(*slot);
    }
    let mut last = 0;
    for slot in &tiles {
        let owner = i64::from(board.owner(*slot));
        out.signed(owner - last);
        last = owner;
    }
    for slot in &tiles {
        let status = board.status(*slot).map_or(0, Status::code);
        out.0.push(status | if board.is_stale(*slot) { 0x80 } else { 0 });
    }
    for slot in &tiles {
        out.signed((head.at - board.since(*slot)).div_euclid(1000));
    }
    for slot in &tiles {
        out.length(board.name(*slot).len());
    }
    for slot in &tiles {
        out.0.extend(board.name(*slot).as_bytes());
    }
    let mut reasons: Vec<_> = board.reasons().iter().collect();
    reasons.sort_unstable();
    out.length(reasons.len());
    for (slot, reason) in reasons {
        out.number((*slot).into());
        out.text(reason);
    }
    let mut taken: Vec<_> = board.all_taken().iter().collect();
    taken.sort_unstable();
    out.length(taken.len());
    for (slot, by) in taken {
        out.number((*slot).into());
        out.text(by);
    }
    out.0
}

/// # Errors
/// [`BadWire`] for anything that [`encode_snapshot`] did not make.
pub fn decode_snapshot(bytes: &[u8]) -> Result<(Head, Board), BadWire> {
    let mut input = Reader::after(bytes, SNAPSHOT)?;
    let epoch = u64::from_le_bytes(input.array()?);
    let head = Head { epoch, sequence: input.number()?, at: input.signed()?, build: input.text()?.to_owned() };
    let mut board = Board::default();
    for _ in 0..input.length()? {
        let slot = input.slot()?;
        let id = CustomerId::from_u128(u128::from_be_bytes(input.array()?));
        let name = input.text()?.to_owned();
        board.apply(&Op::Customer { slot, id, name }).map_err(|_| BadWire::Corrupt)?;
    }
    let count = input.length()?;
    let slots = input.deltas(count)?;
    let owners = input.deltas(count)?;
    let statuses = input.take(count)?.to_vec();
    let ages = (0..count).map(|_| input.signed()).collect::<Result<Vec<_>, _>>()?;
    let lengths = (0..count).map(|_| input.length()).collect::<Result<Vec<_>, _>>()?;
    for index in 0..count {
        let name = std::str::from_utf8(input.take(lengths[index])?).map_err(|_| BadWire::Corrupt)?;
        let tile = Tile {
            slot: slots[index],
            owner: owners[index],
            name: name.to_owned(),
            status: Status::from_code(statuses[index] & 0x7f).ok_or(BadWire::Corrupt)?,
            since: seconds_before(head.at, ages[index])?,
            reason: String::new(),
            stale: statuses[index] & 0x80 != 0,
        };
        board.apply(&Op::Tile(tile)).map_err(|_| BadWire::Corrupt)?;
    }
    for _ in 0..input.length()? {
        let slot = input.slot()?;
        let reason = input.text()?.to_owned();
        let status = board.status(slot).ok_or(BadWire::Corrupt)?;
        let since = board.since(slot);
        board.apply(&Op::Status { slot, status, since, reason }).map_err(|_| BadWire::Corrupt)?;
    }
    for _ in 0..input.length()? {
        let slot = input.slot()?;
        let by = input.text()?.to_owned();
        board.apply(&Op::Taken { slot, by }).map_err(|_| BadWire::Corrupt)?;
    }
    input.end()?;
    Ok((head, board))
}

/// One batch of changes. `at` is the server's time, UTC milliseconds.
#[must_use]
pub fn encode_frame(at: i64, ops: &[Op]) -> Vec<u8> {
    let mut out = Writer(FRAME.to_vec());
    out.signed(at);
    out.length(ops.len());
    for op in ops {
        match op {
            Op::Customer { slot, id, name } => {
                out.0.push(0x10);
                out.number((*slot).into());
                out.0.extend(id.to_u128().to_be_bytes());
                out.text(name);
            }
            Op::CustomerGone { slot } => {
                out.0.push(0x11);
                out.number((*slot).into());
            }
            Op::Tile(tile) => {
                out.0.push(0x12);
                out.number(tile.slot.into());
                out.number(tile.owner.into());
                out.text(&tile.name);
                out.0.push(tile.status.code() | if tile.stale { 0x80 } else { 0 });
                out.signed((at - tile.since).div_euclid(1000));
                out.text(&tile.reason);
            }
            Op::TileGone { slot } => {
                out.0.push(0x13);
                out.number((*slot).into());
            }
            Op::Stale { slot, stale } => {
                out.0.push(if *stale { 0x15 } else { 0x14 });
                out.number((*slot).into());
            }
            Op::Taken { slot, by } => {
                out.0.push(0x16);
                out.number((*slot).into());
                out.text(by);
            }
            Op::Status { slot, status, since, reason } => {
                // The commonest op by far has its status in its first byte.
                out.0.push(status.code());
                out.number((*slot).into());
                out.signed((at - since).div_euclid(1000));
                out.text(reason);
            }
        }
    }
    out.0
}

/// The server's time and the changes.
///
/// # Errors
/// [`BadWire`] for anything that [`encode_frame`] did not make.
pub fn decode_frame(bytes: &[u8]) -> Result<(i64, Vec<Op>), BadWire> {
    let mut input = Reader::after(bytes, FRAME)?;
    let at = input.signed()?;
    let count = input.length()?;
    let mut ops = Vec::with_capacity(count);
    for _ in 0..count {
        let code = input.byte()?;
        let slot = input.slot()?;
        ops.push(match code {
            0x10 => Op::Customer {
                slot,
                id: CustomerId::from_u128(u128::from_be_bytes(input.array()?)),
                name: input.text()?.to_owned(),
            },
            0x11 => Op::CustomerGone { slot },
            0x12 => {
                let owner = input.slot()?;
                let name = input.text()?.to_owned();
                let status = input.byte()?;
                Op::Tile(Tile {
                    slot,
                    owner,
                    name,
                    status: Status::from_code(status & 0x7f).ok_or(BadWire::Corrupt)?,
                    since: seconds_before(at, input.signed()?)?,
                    reason: input.text()?.to_owned(),
                    stale: status & 0x80 != 0,
                })
            }
            0x13 => Op::TileGone { slot },
            0x14 => Op::Stale { slot, stale: false },
            0x15 => Op::Stale { slot, stale: true },
            0x16 => Op::Taken { slot, by: input.text()?.to_owned() },
            status => Op::Status {
                slot,
                status: Status::from_code(status).ok_or(BadWire::Corrupt)?,
                since: seconds_before(at, input.signed()?)?,
                reason: input.text()?.to_owned(),
            },
        });
    }
    input.end()?;
    Ok((at, ops))
}

fn seconds_before(at: i64, seconds: i64) -> Result<i64, BadWire> {
    seconds.checked_mul(1000).and_then(|ms| at.checked_sub(ms)).ok_or(BadWire::Corrupt)
}

/// What is written: bytes, numbers, times and texts one after the other.
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    pub(crate) fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    pub(crate) fn length(&mut self, value: usize) {
        self.number(value as u64);
    }

    pub(crate) fn signed(&mut self, value: i64) {
        self.number(((value << 1) ^ (value >> 63)).cast_unsigned());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.length(text.len());
        self.0.extend(text.as_bytes());
    }
}

/// Reads back what a [`Writer`] wrote, and believes nothing.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn after(bytes: &'a [u8], magic: [u8; 2]) -> Result<Self, BadWire> {
        match bytes {
            [kind, version, rest @ ..] if *kind == magic[0] => {
                if *version == magic[1] {
                    Ok(Self(rest))
                } else {
                    Err(BadWire::Version)
                }
            }
            [] | [_] => Err(BadWire::Truncated),
            _ => Err(BadWire::Corrupt),
        }
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], BadWire> {
        let (head, rest) = self.0.split_at_checked(count).ok_or(BadWire::Truncated)?;
        self.0 = rest;
        Ok(head)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, BadWire> {
        Ok(self.take(1)?[0])
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], BadWire> {
        self.take(N)?.try_into().map_err(|_| BadWire::Truncated)
    }

    pub(crate) fn number(&mut self) -> Result<u64, BadWire> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(BadWire::Corrupt);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(BadWire::Corrupt)
    }

    /// A count of things that each take at least a byte, so that it cannot be larger than what is left.
    pub(crate) fn length(&mut self) -> Result<usize, BadWire> {
        let value = usize::try_from(self.number()?).map_err(|_| BadWire::Corrupt)?;
        if value <= self.0.len() { Ok(value) } else { Err(BadWire::Truncated) }
    }

    pub(crate) fn signed(&mut self) -> Result<i64, BadWire> {
        let value = self.number()?;
        Ok((value >> 1).cast_signed() ^ -((value & 1).cast_signed()))
    }

    pub(crate) fn slot(&mut self) -> Result<u32, BadWire> {
        u32::try_from(self.number()?).ok().filter(|slot| *slot < MOST_SLOTS).ok_or(BadWire::Corrupt)
    }

    pub(crate) fn deltas(&mut self, count: usize) -> Result<Vec<u32>, BadWire> {
        let mut last = 0i64;
        (0..count)
            .map(|_| {
                last = last.checked_add(self.signed()?).ok_or(BadWire::Corrupt)?;
                u32::try_from(last).ok().filter(|slot| *slot < MOST_SLOTS).ok_or(BadWire::Corrupt)
            })
            .collect()
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, BadWire> {
        let length = self.length()?;
        std::str::from_utf8(self.take(length)?).map_err(|_| BadWire::Corrupt)
    }

    pub(crate) const fn end(&self) -> Result<(), BadWire> {
        if self.0.is_empty() { Ok(()) } else { Err(BadWire::Corrupt) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ops() -> Vec<Op> {
        vec![
            Op::Customer { slot: 0, id: CustomerId::from_u128(77), name: "Ångström & 松本".into() },
            Op::Customer { slot: 3, id: CustomerId::from_u128(u128::MAX), name: String::new() },
            Op::Tile(Tile {
                slot: 5,
                owner: 3,
                name: "edge-router-2".into(),
                status: Status::Discovery,
                since: 40_000,
                reason: String::new(),
                stale: true,
            }),
            Op::Tile(Tile {
                slot: 2,
                owner: 0,
                name: "💡".into(),
                status: Status::Down,
                since: 60_000,
                reason: "no answer".into(),
                stale: false,
            }),
            Op::Status { slot: 5, status: Status::Trouble, since: 100_000, reason: "4.2 s, limit 2 s".into() },
            Op::Stale { slot: 5, stale: false },
            Op::Stale { slot: 2, stale: true },
            Op::Taken { slot: 2, by: "Ana Müller".into() },
            Op::Taken { slot: 5, by: String::new() },
            Op::TileGone { slot: 2 },
            Op::CustomerGone { slot: 0 },
        ]
    }

    #[test]
    fn f3_a_frame_reads_back() {
        let bytes = encode_frame(100_000, &ops());
        assert_eq!(decode_frame(&bytes), Ok((100_000, ops())));
    }

    #[test]
    fn f3_a_snapshot_reads_back() {
        let mut board = Board::default();
        for op in &ops()[..9] {
            board.apply(op).unwrap();
        }
        let head = Head { epoch: u64::MAX, sequence: 300, at: 100_000, build: "b1".into() };
        let bytes = encode_snapshot(&head, &board);
        let (read_head, read) = decode_snapshot(&bytes).unwrap();
        assert_eq!(read_head, head);
        assert_eq!(read.order(), board.order());
        for slot in board.tiles() {
            assert_eq!(
                (
                    read.name(slot),
                    read.status(slot),
                    read.since(slot),
                    read.reason(slot),
                    read.is_stale(slot),
                    read.owner(slot),
                    read.taken(slot)
                ),
                (
                    board.name(slot),
                    board.status(slot),
                    board.since(slot),
                    board.reason(slot),
                    board.is_stale(slot),
                    board.owner(slot),
                    board.taken(slot)
                ),
            );
        }
        assert_eq!(read.counts(), board.counts());
        assert_eq!(encode_snapshot(&head, &read), bytes);
    }

    #[test]
    fn f3_no_damage_to_the_bytes_is_a_panic() {
        let mut board = Board::default();
        for op in &ops()[..9] {
            board.apply(op).unwrap();
        }
        let head = Head { epoch: 1, sequence: 2, at: 3, build: "b".into() };
        for whole in [encode_snapshot(&head, &board), encode_frame(3, &ops())] {
            for cut in 0..whole.len() {
                assert!(decode_snapshot(&whole[..cut]).is_err());
                assert!(decode_frame(&whole[..cut]).is_err());
            }
            for place in 0..whole.len() {
                for flip in 1..=255u8 {
                    let mut bent = whole.clone();
                    bent[place] ^= flip;
                    let _ = decode_snapshot(&bent);
                    let _ = decode_frame(&bent);
                }
            }
        }
        assert_eq!(decode_frame(&[b'F', 1]), Err(BadWire::Version));
    }

    /// Seeded bytes in which most are small numbers, so that lengths, slots and op codes come right now and then and the readers get
    /// far; each damaged whole that can be read is put on a board, as a browser does.
    #[test]
    fn f3_no_random_bytes_are_a_panic() {
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        let mut random = move |most: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % most
        };
        let mut readable = 0;
        for round in 0..60_000u32 {
            let magic = if round % 2 == 0 { FRAME } else { SNAPSHOT };
            let mut bytes = magic.to_vec();
            // Short ones come to their end more often.
            let longest = if round % 4 < 2 { 12 } else { 90 };
            for _ in 0..random(longest) {
                bytes.push(if random(4) == 0 { random(256) as u8 } else { random(8) as u8 });
            }
            let frame = decode_frame(&bytes);
            readable += u32::from(frame.is_ok());
            assert!(magic == FRAME || frame == Err(BadWire::Corrupt));
            let mut board = Board::default();
            for op in frame.iter().flat_map(|(_, ops)| ops) {
                let _ = board.apply(op);
            }
            if let Ok((head, board)) = decode_snapshot(&bytes) {
                let _ = decode_snapshot(&encode_snapshot(&head, &board)).unwrap();
            }
            // What says nothing of itself is refused.
            let noise: Vec<u8> = (0..random(40)).map(|_| random(256) as u8).collect();
            assert!(noise.starts_with(&FRAME) || decode_frame(&noise).is_err());
            assert!(noise.starts_with(&SNAPSHOT) || decode_snapshot(&noise).is_err());
        }
        assert!(readable > 100, "only {readable} frames got to their end");
    }

    #[test]
    fn f3_a_frame_that_fits_no_board_changes_no_other_tile() {
        let mut board = Board::default();
        for op in &ops()[..4] {
            board.apply(op).unwrap();
        }
        let before = (board.counts(), board.order());
        for op in [
            Op::Status { slot: 9, status: Status::Up, since: 0, reason: String::new() },
            Op::TileGone { slot: 3 },
            Op::Stale { slot: 4, stale: true },
            Op::CustomerGone { slot: 70 },
            Op::Taken { slot: 1, by: "x".into() },
        ] {
            assert!(board.apply(&op).is_err(), "{op:?}");
        }
        assert_eq!((board.counts(), board.order()), before);
    }

    #[test]
    fn f2_any_name_goes_over_the_wire() {
        let mut board = Board::default();
        board.apply(&Op::Customer { slot: 0, id: CustomerId::from_u128(1), name: "ë".repeat(500) }).unwrap();
        let names = ["ש".repeat(500), "\u{202e}evil\u{0}\n\t".into(), "👩‍👩‍👧‍👦".repeat(70), String::new()];
        for (slot, name) in (0u32..).zip(&names) {
            let tile =
                Tile { slot, owner: 0, name: name.clone(), status: Status::Up, since: 0, reason: name.clone(), stale: false };
            board.apply(&Op::Tile(tile)).unwrap();
        }
        let head = Head { epoch: 1, sequence: 0, at: 0, build: String::new() };
        let (_, read) = decode_snapshot(&encode_snapshot(&head, &board)).unwrap();
        for (slot, name) in (0u32..).zip(&names) {
            assert_eq!((read.name(slot), read.reason(slot)), (name.as_str(), name.as_str()));
        }
    }

    #[test]
    fn f15_a_beat_reads_back() {
        for delay_ms in [None, Some(0), Some(38)] {
            let beat = Beat { now: 5_000, as_of: -4, delay_ms };
            assert_eq!(Beat::parse(&beat.to_string()), Some(beat));
        }
        assert_eq!(Beat::parse("5000"), None);
        assert_eq!(Beat::parse(""), None);
    }

    #[test]
    fn event_ids_read_back() {
        assert_eq!(parse_event_id(&event_id(u64::MAX, 7)), Some((u64::MAX, 7)));
        assert_eq!(parse_event_id("rubbish"), None);
    }
}
