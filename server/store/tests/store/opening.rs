//! Who may open the database at the same time, and what is said where it cannot be opened.

use store::{Clock, Error, Location, OpenError, Purpose, Store};

use crate::both::both;

both! {
    async fn a_second_server_is_refused_and_a_command_is_not(t: Fixture) {
        for purpose in [Purpose::Serve, Purpose::Exclusive] {
            let second = Store::open(&t.location, purpose, Clock::system()).await;
            assert!(matches!(second, Err(OpenError::SecondServer(_))));
        }
        let command = Store::open(&t.location, Purpose::Command, Clock::system()).await.unwrap();
        command.migrate().await.unwrap();
        command.ping().await.unwrap();
        command.close().await;
        t.store.close().await;
        let next = Store::open(&t.location, Purpose::Serve, Clock::system()).await.unwrap();
        next.ping().await.unwrap();
        next.close().await;
    }

    async fn a_closed_database_is_unavailable_not_broken(t: Fixture) {
        t.store.close().await;
        assert!(matches!(t.store.ping().await, Err(Error::Unavailable(_))));
        assert!(matches!(t.store.is_set_up().await, Err(Error::Unavailable(_))));
    }

    async fn a_database_that_is_not_migrated_is_not_ready(t: Fixture) {
        let folder = tempfile::tempdir().unwrap();
        let location = Location { database_url: None, data_dir: folder.path().to_path_buf() };
        let store = Store::open(&location, Purpose::Serve, t.clock.clone()).await.unwrap();
        assert!(store.ping().await.is_err());
    }
}

#[tokio::test]
async fn what_cannot_be_opened_is_said_in_one_line_without_a_password() {
    let folder = tempfile::tempdir().unwrap();
    for url in ["mysql://root:secret@db/x", "postgres://u:secret@127.0.0.1:1/x", "sqlite://", "sqlite:///nowhere/at/all.db"] {
        let location = Location { database_url: Some(url.into()), data_dir: folder.path().to_path_buf() };
        let error = Store::open(&location, Purpose::Command, Clock::system()).await.unwrap_err().to_string();
        assert!(!error.contains("secret") && !error.contains('\n') && !error.is_empty(), "{error}");
        assert!(!format!("{location:?}").contains("secret"));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_sqlite_keeps_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("a/b");
    let location = Location { database_url: None, data_dir: data_dir.clone() };
    let store = Store::open(&location, Purpose::Serve, Clock::system()).await.unwrap();
    store.migrate().await.unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data_dir), 0o700);
    for name in ["nocturne.db", "nocturne.db-wal", "lock"] {
        assert_eq!(mode(&data_dir.join(name)), 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_sleeper_wakes_when_the_clock_is_moved_past_its_time() {
    let clock = Clock::system();
    let sleeper = tokio::spawn({
        let clock = clock.clone();
        async move { clock.sleep_until(clock.now() + 3_600_000).await }
    });
    while !sleeper.is_finished() {
        clock.advance(600_000);
        tokio::task::yield_now().await;
    }
    clock.sleep_until(0).await;
}

#[tokio::test]
async fn connections_that_the_server_ends_are_replaced() {
    crate::both::on_postgres(|t| {
        Box::pin(async move {
            let url = t.location.database_url.clone().unwrap();
            t.store.ping().await.unwrap();
            let mut other = <sqlx::PgConnection as sqlx::Connection>::connect(&url).await.unwrap();
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
            sqlx::query(end).execute(&mut other).await.unwrap();
            t.store.ping().await.unwrap();
            assert!(!t.store.is_set_up().await.unwrap());
        })
    })
    .await;
}
