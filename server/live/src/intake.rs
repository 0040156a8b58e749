//! The one way in for verdicts (DESIGN, way 2): weighed, stored, put on the board, in that order.

use std::{sync::atomic::Ordering, time::Instant};

use model::{
    board::{Op, Tile},
    monitors::Verdict,
};
use store::{Commit, Error, intake::Scope};
use tokio::sync::{mpsc, oneshot};

use crate::{
    Live,
    canary::Canary,
    schedule::Job,
    watched::{Entry, Watched},
};

/// Verdicts that came together, and whom to tell once they are stored.
#[derive(Debug, Default)]
pub(crate) struct Submission {
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) canary: Option<Canary>,
    pub(crate) done: Option<oneshot::Sender<Result<(), Error>>>,
}

impl Live {
    pub(crate) async fn intake_loop(self, mut waiting: mpsc::Receiver<Submission>) {
        loop {
            let first = tokio::select! {
                first = waiting.recv() => first,
                () = self.closed() => return,
            };
            let Some(first) = first else { return };
            let mut verdicts = first.verdicts;
            let mut canary = first.canary;
            let mut done: Vec<_> = first.done.into_iter().collect();
            while verdicts.len() < self.0.pace.verdicts()
                && let Ok(next) = waiting.try_recv()
            {
                verdicts.extend(next.verdicts);
                canary = canary.or(next.canary);
                done.extend(next.done);
            }
            match self.take_all_in(&verdicts, canary).await {
                Ok(()) => {
                    for done in done {
                        let _ = done.send(Ok(()));
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "verdicts could not be stored: their sources will be asked again");
                    self.0.meter.refused();
                    for verdict in &verdicts {
                        self.0.schedule.look_again(&verdict.monitor);
                    }
                    for done in done {
                        let _ = done.send(Err(error.refusal().into()));
                    }
                }
            }
        }
    }

    /// In batches that are small enough. The canary goes with the last of them.
    async fn take_all_in(&self, verdicts: &[Verdict], canary: Option<Canary>) -> Result<(), Error> {
        let mut rest = verdicts;
        while let Some((batch, later)) = rest.split_at_checked(self.0.pace.verdicts()).filter(|(_, later)| !later.is_empty()) {
            self.take_in(batch, None).await?;
            rest = later;
        }
        self.take_in(rest, canary).await
    }

    /// One batch: under the gate from the first look to the board. Nothing changes unless it is stored.
    async fn take_in(&self, verdicts: &[Verdict], canary: Option<Canary>) -> Result<(), Error> {
        let mut watched = self.gate().await;
        // A verdict that comes just after a window began opens no outage.
        self.settle_if_due(&mut watched).await?;
        let batch = watched.weigh_all(verdicts);
        let heard: Vec<_> = batch.heard.iter().map(|(monitor, at)| (monitor.clone(), *at)).collect();
        let begun = Instant::now();
        let kept = Commit { writes: &batch.writes, heard: &heard, canary: canary.map(|canary| canary.at) };
        self.0.store.commit_all(&kept).await?;
        let took = (!batch.writes.is_empty()).then(|| begun.elapsed());
        if let Some(took) = took {
            self.0.pace.took(verdicts.len(), took);
        }
        self.0.meter.took(verdicts, batch.writes.iter().filter(|write| write.transition.is_some()).count(), took);
        for monitor in &batch.look_again {
            self.0.schedule.look_again(monitor);
        }
        self.0.incidents.heed(&batch);
        for (msp, ops) in watched.accept(batch) {
            self.room(&msp).change(ops);
        }
        if let Some(canary) = canary {
            self.0.aviary.land(canary);
        }
        Ok(())
    }

    /// Makes memory, boards and schedule agree with what is stored about `scope`.
    pub(crate) async fn reconcile(&self, watched: &mut Watched, scope: Scope<'_>) -> Result<(), Error> {
        let customers = self.0.store.watched_customers(scope).await?;
        let stored = self.0.store.watched(scope).await?;
        for (msp, id, name) in &customers {
            if watched.customers.get(id).is_none_or(|(_, known)| known != name) {
                let room = self.room(msp);
                let slot = room.customer_slot(id);
                room.change(vec![Op::Customer { slot, id: id.clone(), name: name.clone() }]);
                watched.customers.insert(id.clone(), (msp.clone(), name.clone()));
            }
        }
        let kept: std::collections::HashSet<_> = stored.iter().map(|monitor| monitor.id.clone()).collect();
        for monitor in stored {
            self.watch_monitor(watched, monitor);
        }
        let gone: Vec<_> = watched
            .monitors
            .iter()
            .filter(|(id, entry)| {
                !kept.contains(*id)
                    && match &scope {
                        Scope::All => true,
                        Scope::Customer(customer) => entry.customer == **customer,
                        Scope::Monitor(monitor) => id == monitor,
                    }
            })
            .map(|(id, entry)| (id.clone(), entry.msp.clone()))
            .collect();
        for (id, msp) in gone {
            watched.monitors.remove(&id);
            self.0.schedule.remove(&id);
            let room = self.room(&msp);
            if let Some(slot) = room.vacate(&id) {
                room.change(vec![Op::TileGone { slot }]);
            }
        }
        let gone: Vec<_> = watched
            .customers
            .iter()
            .filter(|(id, _)| match &scope {
                Scope::All => true,
                Scope::Customer(customer) => *id == *customer,
                Scope::Monitor(_) => false,
            })
            .filter(|(id, _)| !customers.iter().any(|(_, kept, _)| kept == *id))
            .map(|(id, (msp, _))| (id.clone(), msp.clone()))
            .collect();
        for (id, msp) in gone {
            watched.customers.remove(&id);
            let room = self.room(&msp);
            if let Some(slot) = room.vacate_customer(&id) {
                room.change(vec![Op::CustomerGone { slot }]);
            }
        }
        if matches!(scope, Scope::All) {
            watched.windows.replace(self.0.store.watched_windows().await?);
        }
        self.settle(watched).await?;
        self.0.incidents.look_again();
        let now = self.0.store.clock().now();
        for room in self.rooms() {
            room.flush(now);
        }
        Ok(())
    }

    /// One monitor as it is stored: new, changed, or as before.
    fn watch_monitor(&self, watched: &mut Watched, monitor: store::intake::WatchedMonitor) {
        let room = self.room(&monitor.msp);
        let id = monitor.id.clone();
        let slot = room.slot(&id);
        let fresh = Entry::new(monitor, slot);
        let mut ops = Vec::new();
        let mut taken = None;
        match watched.monitors.get_mut(&id) {
            Some(known) => {
                let moved = known.settings != fresh.settings;
                let turned = (known.status, known.since, &known.reason) != (fresh.status, fresh.since, &fresh.reason);
                if known.settings.name != fresh.settings.name {
                    ops.push(tile(&fresh, &room.customer_slot(&fresh.customer)));
                } else if turned {
                    ops.push(Op::Status { slot, status: fresh.status, since: fresh.since, reason: fresh.reason.clone() });
                }
                if known.taken_by != fresh.taken_by {
                    known.taken_by.clone_from(&fresh.taken_by);
                    taken = Some(fresh.taken_by.clone());
                }
                if moved || turned {
                    self.0.schedule.put(&id, Job::of(&fresh), true);
                    *known = Entry { verdict_at: known.verdict_at.max(fresh.verdict_at), ..fresh };
                    // A tile or a status op says nothing of staleness: the next beat marks it anew if it still is.
                    ops.push(Op::Stale { slot, stale: false });
                }
            }
            None => {
                ops.push(tile(&fresh, &room.customer_slot(&fresh.customer)));
                self.0.schedule.put(&id, Job::of(&fresh), false);
                taken = Some(fresh.taken_by.clone()).filter(|by| !by.is_empty());
                watched.monitors.insert(id, fresh);
            }
        }
        ops.extend(taken.map(|by| Op::Taken { slot, by }));
        if !ops.is_empty() {
            room.change(ops);
        }
    }

    /// After a person's change: the boards follow. It is stored already, so a database that goes away here is caught up later.
    pub(crate) async fn follow(&self, watched: &mut Watched, scope: Scope<'_>) {
        if let Err(error) = self.reconcile(watched, scope).await {
            tracing::warn!(%error, "the boards could not follow a change: they catch up as soon as the database is back");
            self.0.behind.store(true, Ordering::Relaxed);
        }
    }

    pub(crate) async fn catch_up(&self) {
        let mut watched = self.gate().await;
        if self.0.behind.swap(false, Ordering::Relaxed) {
            self.follow(&mut watched, Scope::All).await;
        }
    }
}

fn tile(entry: &Entry, owner: &u32) -> Op {
    Op::Tile(Tile {
        slot: entry.slot,
        owner: *owner,
        name: entry.settings.name.clone(),
        status: entry.status,
        since: entry.since,
        reason: entry.reason.clone(),
        stale: entry.stale,
    })
}
