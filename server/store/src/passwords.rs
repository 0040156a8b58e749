//! Passwords: argon2id, off the async threads, no more at once than there are cores.

use std::{sync::Arc, thread::available_parallelism};

use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use tokio::sync::Semaphore;

use crate::{Error, Result};

pub(crate) struct Passwords {
    seats: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { seats: Arc::new(Semaphore::new(available_parallelism().map_or(1, usize::from))) }
    }
}

impl Passwords {
    pub(crate) async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.work(move || {
            let hash: Option<PasswordHash> = Argon2::default().hash_password(password.as_bytes()).ok();
            hash.map(|hash| hash.to_string())
        })
        .await?
        .ok_or_else(|| Error::unreadable("a password could not be hashed"))
    }

    /// Whether `password` is the one behind `hash`. Where nobody has that email there is no hash, and the work is the same.
    pub(crate) async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool> {
        let password = password.to_owned();
        self.work(move || match hash {
            Some(hash) => {
                PasswordHash::new(&hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
            }
            None => {
                let _: Result<PasswordHash, _> = Argon2::default().hash_password_with_salt(password.as_bytes(), &[0; 16]);
                false
            }
        })
        .await
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let seat = Arc::clone(&self.seats).acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)?;
        let done = tokio::task::spawn_blocking(move || {
            // Kept until the work is done, also where the one who asked has gone.
            let _seat = seat;
            work()
        });
        Ok(done.await.map_err(|_| sqlx::Error::WorkerCrashed)?)
    }
}
