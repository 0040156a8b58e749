//! The wall of the last 24 hours over HTTP (DOMAIN F12).

use model::{
    Status,
    replay::{Day, Piece, Reel, decode_day, decode_piece},
};

use crate::{
    maintenance::add_dead_monitor,
    support::{Client, Engine, Place, add_operator, on_both, until, user_id},
    tenants::{command_with_password, sign_in},
    wall::snapshot,
};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

fn day(client: &Client) -> Day {
    decode_day(&client.try_bytes("/live/replay").unwrap()).unwrap()
}

fn piece(client: &Client, edition: u64, from: i64) -> Piece {
    decode_piece(&client.try_bytes(&address(edition, &from.to_string())).unwrap()).unwrap()
}

fn address(edition: u64, from: &str) -> String {
    format!("/live/replay/piece?edition={edition:016x}&from={from}")
}

/// Names and statuses at a moment.
fn wall(client: &Client, at: i64) -> Vec<(String, Status)> {
    let day = day(client);
    let mut reel = Reel::new(piece(client, day.edition, at));
    reel.wind(at);
    let mut board = day.board();
    for slot in 0..reel.slots() {
        if let Some(op) = reel.op(&day, &board, slot) {
            board.apply(&op).unwrap();
        }
    }
    let mut tiles: Vec<_> = board.tiles().map(|slot| (board.name(slot).to_owned(), board.status(slot).unwrap())).collect();
    tiles.sort();
    tiles
}

on_both!(f12_the_wall_is_replayed_for_staff_alone_and_bad_moments_are_answered_clearly);
fn f12_the_wall_is_replayed_for_staff_alone_and_bad_moments_are_answered_clearly(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let harbor = rita.add_customer("Harbor");
    let web = add_dead_monitor(&rita, &harbor);
    let cedar = rita.add_customer("Cedar");
    rita.add_monitor(&cedar, "mail", "steady");
    until("both are looked at", || {
        let (_, board) = snapshot(&rita).unwrap();
        (board.counts()[..] == [1, 0, 0, 0, 0, 0, 1]).then_some(())
    });
    rita.advance(2 * HOUR_MS);
    let now = day(&rita).to;
    assert_eq!(wall(&rita, now - HOUR_MS), [("mail".to_owned(), Status::Up), ("web".to_owned(), Status::Down)]);
    assert_eq!(wall(&rita, now - 3 * HOUR_MS), [], "nothing was there before it was added");

    // Another one is denied Harbor: of it there is nothing, in bytes and in columns.
    let otto = add_operator(&place, &server, "otto@msp.example");
    assert_eq!(wall(&otto, now - HOUR_MS), wall(&rita, now - HOUR_MS));
    let otto_id = user_id(&rita, "otto@msp.example");
    let tie = [("customer", harbor.as_str()), ("user", &otto_id), ("step", "deny"), ("back", "/users")];
    assert_eq!(rita.post("/fn/user-tie", &tie).status, 200);
    assert_eq!(wall(&otto, now - HOUR_MS), [("mail".to_owned(), Status::Up)]);
    let bytes = otto.try_bytes("/live/replay").unwrap();
    assert!(!bytes.windows(6).any(|part| part == b"Harbor"));
    assert!(day(&otto).columns.iter().all(|column| column.down == 0));
    assert!(day(&rita).columns.iter().any(|column| column.down == 1));
    let edition = day(&rita).edition;
    assert_eq!(rita.get(&format!("/live/replay/tile/{edition:016x}/0")).location, Some(format!("/monitors/{web}")));
    assert_eq!(otto.get(&format!("/live/replay/tile/{edition:016x}/0")).status, 404);

    // Another MSP's edition is nobody's.
    command_with_password(&place, &["msp", "create", "--name", "Two", "--admin-email", "bob@two.example"]);
    let bob = sign_in(&server, "bob@two.example");
    assert_eq!(bob.get(&address(edition, &now.to_string())).status, 409);
    assert_eq!(bob.get(&format!("/live/replay/tile/{edition:016x}/0")).status, 404);
    assert_eq!((day(&bob).monitors.len(), server.client().get("/live/replay").status), (0, 401));

    let (to_come, too_old) = ((now + HOUR_MS).to_string(), (now - 30 * HOUR_MS).to_string());
    for (from, status, says) in [
        ("yesterday", 422, "no moment that can be read"),
        ("", 422, "no moment that can be read"),
        ("9223372036854775807", 422, "no moment that can be read"),
        (to_come.as_str(), 422, "has not come yet"),
        (too_old.as_str(), 410, "more than 24 hours ago"),
    ] {
        let answer = rita.get(&address(edition, from));
        assert_eq!(answer.status, status, "{from}: {}", answer.body);
        assert!(answer.body.contains(says), "{from}: {}", answer.body);
    }
    // A page whose address names no moment says so, also where no script runs.
    let page = rita.get("/wall?at=yesterday");
    assert!(page.status == 200 && page.body.contains("This is no moment that can be read"), "{}", page.body);
    let table = rita.get("/wall?at=2026-11-22T09:12:03Z&as=table").body;
    assert!(!table.contains("/monitors/"), "the server prints the present, which is not what was asked for");
}
