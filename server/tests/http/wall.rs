//! A wall without a browser: snapshot, stream with Last-Event-ID, resync, as `app::wall::feed` does it.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    io::{BufRead, BufReader},
    net::TcpStream,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use data_encoding::BASE64;
use model::{board::Board, wire};

use crate::support::Client;

/// How long a browser waits before it opens a lost stream again.
const AGAIN: Duration = Duration::from_secs(3);

/// What one wall shows, and every board that it ever showed.
#[derive(Default)]
pub(crate) struct Shown {
    pub(crate) board: Board,
    /// Epoch and sequence of the board.
    pub(crate) place: (u64, u64),
    /// The server's time and that up to which its data are true, as the last beat said; and when that came.
    pub(crate) beat: Option<(i64, i64, Instant)>,
    /// A fingerprint of the board at each place.
    pub(crate) history: HashMap<(u64, u64), u64>,
    /// What must never happen.
    pub(crate) wrong: Vec<String>,
}

pub(crate) struct Wall {
    shown: Arc<Mutex<Shown>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Wall {
    /// `restarts` counts how often the server was ended so far.
    pub(crate) fn open(client: &Client, restarts: &Arc<AtomicU32>) -> Self {
        let (shown, over) = (Arc::<Mutex<Shown>>::default(), Arc::<AtomicBool>::default());
        let follower = Follower {
            client: client.clone(),
            shown: shown.clone(),
            over: over.clone(),
            restarts: restarts.clone(),
            taken_after: 0,
        };
        Self { shown, over, thread: Some(std::thread::spawn(move || follower.follow())) }
    }

    pub(crate) fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap()
    }
}

impl Drop for Wall {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Follower {
    client: Client,
    shown: Arc<Mutex<Shown>>,
    over: Arc<AtomicBool>,
    restarts: Arc<AtomicU32>,
    /// How often the server had been ended when the snapshot was asked for.
    taken_after: u32,
}

impl Follower {
    fn follow(mut self) {
        let mut fresh = false;
        while !self.over.load(Ordering::SeqCst) {
            fresh = fresh || self.take_snapshot();
            // A stream that ended goes on with the id that came last; a resync asks for a new snapshot at once.
            if fresh && self.listen() {
                fresh = false;
                continue;
            }
            let end = Instant::now() + if fresh { AGAIN } else { Duration::from_secs(1) };
            while Instant::now() < end && !self.over.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    fn take_snapshot(&mut self) -> bool {
        let taken_after = self.restarts.load(Ordering::SeqCst);
        let Ok((head, board)) = snapshot(&self.client) else { return false };
        self.taken_after = taken_after;
        self.shown.lock().unwrap().show(board, (head.epoch, head.sequence));
        true
    }

    /// Until the stream ends; whether a new snapshot is wanted.
    fn listen(&self) -> bool {
        let opened_after = self.restarts.load(Ordering::SeqCst);
        let Ok(mut lines) = self.open() else { return false };
        let (mut event, mut id, mut data) = (String::new(), String::new(), String::new());
        while !self.over.load(Ordering::SeqCst) {
            let mut line = String::new();
            match lines.read_line(&mut line) {
                Ok(0) | Err(_) => return false,
                Ok(_) => {}
            }
            let line = line.trim_end();
            for (name, value) in [("event: ", &mut event), ("id: ", &mut id), ("data: ", &mut data)] {
                if let Some(rest) = line.strip_prefix(name) {
                    rest.clone_into(value);
                }
            }
            if line.is_empty() && !data.is_empty() {
                match event.as_str() {
                    "resync" => return true,
                    "frame" if !self.frame(&id, &data) => return true,
                    "beat" => self.beat(&data, opened_after),
                    _ => {}
                }
                (event, data) = Default::default();
            }
        }
        false
    }

    fn open(&self) -> std::io::Result<BufReader<TcpStream>> {
        let (epoch, sequence) = self.shown.lock().unwrap().place;
        let lines = self.client.open_stream("/live/stream", &wire::event_id(epoch, sequence))?;
        Ok(BufReader::new(lines))
    }

    fn frame(&self, id: &str, data: &str) -> bool {
        let mut shown = self.shown.lock().unwrap();
        let place = wire::parse_event_id(id).unwrap();
        if place != (shown.place.0, shown.place.1 + 1) {
            let gap = format!("after {:?} came {place:?}", shown.place);
            shown.wrong.push(gap);
            return false;
        }
        let (_, ops) = wire::decode_frame(&BASE64.decode(data.as_bytes()).unwrap()).unwrap();
        let mut board = shown.board.clone();
        for op in &ops {
            board.apply(op).unwrap();
        }
        shown.show(board, place);
        true
    }

    fn beat(&self, data: &str, opened_after: u32) {
        let mut shown = self.shown.lock().unwrap();
        let mut numbers = data.split(',').map(|number| number.parse::<i64>().unwrap_or_default());
        let (now, as_of) = (numbers.next().unwrap(), numbers.next().unwrap());
        if as_of > now {
            shown.wrong.push(format!("data from the future: {as_of} at {now}"));
        }
        if opened_after > self.taken_after {
            shown.wrong.push("a beat of a new server made an old board look fresh".into());
        }
        shown.beat = Some((now, as_of, Instant::now()));
    }
}

impl Shown {
    fn show(&mut self, board: Board, place: (u64, u64)) {
        let print = fingerprint(&board);
        if *self.history.entry(place).or_insert(print) != print {
            self.wrong.push(format!("two boards at {place:?}"));
        }
        (self.board, self.place) = (board, place);
    }
}

/// The board that somebody is sent who opens a wall now.
pub(crate) fn snapshot(client: &Client) -> Result<(wire::Head, Board), ureq::Error> {
    Ok(wire::decode_snapshot(&client.try_bytes("/live/snapshot")?).unwrap())
}

/// Every tile's status, reason and staleness in one number.
pub(crate) fn fingerprint(board: &Board) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut tiles: Vec<u32> = board.tiles().collect();
    tiles.sort_unstable();
    for slot in tiles {
        (slot, board.status(slot).map(model::Status::code), board.reason(slot), board.is_stale(slot)).hash(&mut hasher);
    }
    hasher.finish()
}
