//! Dry runs and imports of customers (DOMAIN A18) go on beside the request that begins them, and say how far they are. The boards
//! follow once, when all customers are in.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError, atomic::Ordering},
};

use model::{
    ImportId, Refusal,
    import::{NotImported, Progress, Work},
    roles::{Action, Relation},
};
use store::{Actor, Error, import::Done, intake::Scope};

use crate::Live;

/// What goes on, or came to nothing and was not told yet.
#[derive(Debug, Default)]
pub(crate) struct Jobs(Mutex<HashMap<ImportId, Job>>);

#[derive(Debug)]
struct Job {
    work: Work,
    total: u32,
    done: Done,
    refusal: Option<Refusal>,
}

impl Jobs {
    fn all(&self) -> MutexGuard<'_, HashMap<ImportId, Job>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins, unless another one of the same file goes on.
    fn begin(&self, id: &ImportId, work: Work, total: u32) -> Result<Done, Refusal> {
        let mut all = self.all();
        if all.get(id).is_some_and(|job| job.refusal.is_none()) {
            return Err(NotImported::Busy.into());
        }
        let done = Done::default();
        all.insert(id.clone(), Job { work, total, done: done.clone(), refusal: None });
        Ok(done)
    }

    /// Why it came to nothing stays until the next one begins.
    fn end(&self, id: &ImportId, result: Result<(), Refusal>) {
        match result {
            Ok(()) => {
                self.all().remove(id);
            }
            Err(refusal) => {
                if let Some(job) = self.all().get_mut(id) {
                    job.refusal = Some(refusal);
                }
            }
        }
    }

    fn progress(&self, id: &ImportId) -> Option<Progress> {
        self.all().get(id).map(|job| Progress {
            work: job.work,
            done: job.done.load(Ordering::Relaxed).min(job.total),
            total: job.total,
            refusal: job.refusal.clone(),
        })
    }

    /// Forgets what came to nothing.
    pub(crate) fn forget_ended(&self) {
        self.all().retain(|_, job| job.refusal.is_none());
    }
}

impl Live {
    /// Takes the columns as `mapping` says and, where that is enough, begins the dry run.
    ///
    /// # Errors
    /// As the store's function of the same name; [`NotImported::Busy`] while something goes on.
    pub async fn map_import(&self, actor: &Actor, id: &ImportId, version: i64, mapping: &[String]) -> Result<(), Error> {
        let customers = self.0.store.import(actor, id).await?.customers;
        let done = self.0.jobs.begin(id, Work::Checking, customers)?;
        if let Err(error) = self.0.store.map_import(actor, id, version, mapping).await {
            self.0.jobs.end(id, Ok(()));
            return Err(error);
        }
        let flaws = self.0.store.import(actor, id).await.map(|detail| detail.flaws());
        if !flaws.as_ref().is_ok_and(Vec::is_empty) {
            self.0.jobs.end(id, Ok(()));
            return flaws.map(|_| ());
        }
        let (live, actor, of) = (self.clone(), actor.clone(), id.clone());
        self.work_on(id, async move { live.0.store.check_import(&actor, &of, &done).await });
        Ok(())
    }

    /// Begins to import a file that was checked.
    ///
    /// # Errors
    /// As [`store::Store::import`]; [`NotImported::Busy`] while something goes on. What comes of it [`Live::import_progress`] says.
    pub async fn run_import(&self, actor: &Actor, id: &ImportId, leave_doubtful_out: bool) -> Result<(), Error> {
        let detail = self.0.store.import(actor, id).await?;
        detail.importable().map_err(Refusal::from)?;
        let summary = detail.summary.unwrap_or_default();
        let total = if leave_doubtful_out { summary.good.saturating_sub(summary.doubtful) } else { summary.good };
        let done = self.0.jobs.begin(id, Work::Importing, total)?;
        let (live, actor, of) = (self.clone(), actor.clone(), id.clone());
        self.work_on(id, async move {
            live.0.store.run_import(&actor, &of, leave_doubtful_out, &done).await?;
            let mut watched = live.gate().await;
            live.follow(&mut watched, Scope::All).await;
            live.0.figures.forget(actor.msp());
            Ok(())
        });
        Ok(())
    }

    /// Goes on beside the request, and ends the job however it ends.
    fn work_on(&self, id: &ImportId, work: impl Future<Output = Result<(), Error>> + Send + 'static) {
        let (live, id) = (self.clone(), id.clone());
        let work = tokio::spawn(work);
        tokio::spawn(async move {
            let result = work.await.map_or(Err(Refusal::Internal), told);
            live.0.jobs.end(&id, result);
        });
    }

    /// How far a dry run or an import is, or why the last one came to nothing; `None` where there is nothing to wait for.
    ///
    /// # Errors
    /// As [`store::Store::import`].
    pub async fn import_progress(&self, actor: &Actor, id: &ImportId) -> Result<Option<Progress>, Error> {
        actor.require(Action::AddCustomer, Relation::None)?;
        // Also whose it is.
        self.0.store.import(actor, id).await?;
        Ok(self.0.jobs.progress(id))
    }

    /// Forgets a file, unless something goes on with it.
    ///
    /// # Errors
    /// As the store's function of the same name; [`NotImported::Busy`].
    pub async fn discard_import(&self, actor: &Actor, id: &ImportId) -> Result<(), Error> {
        self.0.store.import(actor, id).await?;
        if self.0.jobs.progress(id).is_some_and(|progress| progress.refusal.is_none()) {
            return Err(Refusal::from(NotImported::Busy).into());
        }
        self.0.store.discard_import(actor, id).await
    }
}

/// What a person is told; what the database said stays in the log.
fn told(result: Result<(), Error>) -> Result<(), Refusal> {
    result.map_err(|error| {
        match &error {
            Error::Refused(_) => {}
            Error::Unavailable(_) | Error::Broken(_) => tracing::warn!(%error, "an import came to nothing"),
        }
        error.refusal()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a18_one_file_is_worked_on_once_and_says_why_it_came_to_nothing() {
        let (jobs, id) = (Jobs::default(), ImportId::from_u128(1));
        assert_eq!(jobs.progress(&id), None);
        let done = jobs.begin(&id, Work::Checking, 10).unwrap();
        assert!(jobs.begin(&id, Work::Importing, 10).is_err());
        done.store(7, Ordering::Relaxed);
        assert_eq!(jobs.progress(&id), Some(Progress { work: Work::Checking, done: 7, total: 10, refusal: None }));
        jobs.forget_ended();
        jobs.end(&id, Err(Refusal::Conflict));
        assert_eq!(jobs.progress(&id).unwrap().refusal, Some(Refusal::Conflict));
        jobs.begin(&id, Work::Importing, 10).unwrap();
        jobs.end(&id, Ok(()));
        assert_eq!(jobs.progress(&id), None);
    }
}
