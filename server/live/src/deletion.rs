//! A customer that is deleted (DOMAIN A11): gone from the boards at once, what is left of it in steps behind the scenes.

use std::time::Duration;

use model::{CustomerId, customers::deletion::DeletionBasis};
use store::{Actor, Error, intake::Scope};

use crate::Live;

/// Between two small steps: whoever waits for the database comes first.
const PAUSE: Duration = Duration::from_millis(5);
/// How long the person waits for the rest to be gone too. It goes on without them.
const WAIT: Duration = Duration::from_secs(2);
/// After a step that the database did not take.
const AGAIN: Duration = Duration::from_secs(10);

impl Live {
    /// As the store's function of the same name.
    ///
    /// # Errors
    /// As that.
    pub async fn deletion_basis(&self, actor: &Actor, id: &CustomerId) -> Result<DeletionBasis, Error> {
        self.0.store.deletion_basis(actor, id).await
    }

    /// Deletes the customer: its checks stop and its tiles go with it.
    ///
    /// # Errors
    /// As the store's function of the same name.
    pub async fn delete_customer(&self, actor: &Actor, id: &CustomerId, email: &str) -> Result<(), Error> {
        {
            let mut watched = self.gate().await;
            self.0.store.delete_customer(actor, id, email).await?;
            self.follow(&mut watched, Scope::Customer(id)).await;
            self.follow_windows(&mut watched).await;
        }
        self.0.figures.forget(actor.msp());
        self.see_gone(id).await;
        Ok(())
    }

    /// Removes what is left of a customer. Most have so little that it is gone before the next page is drawn.
    pub(crate) async fn see_gone(&self, id: &CustomerId) {
        let rest = tokio::spawn(self.clone().delete_rest(id.clone()));
        let _ = tokio::time::timeout(WAIT, rest).await;
    }

    /// What an earlier server did not come to.
    pub(crate) async fn deleting_loop(self) {
        loop {
            match self.0.store.deletions().await {
                Ok(left) => {
                    for customer in left {
                        self.clone().delete_rest(customer).await;
                    }
                    return;
                }
                Err(error) => tracing::warn!(%error, "what is left of deleted customers could not be read"),
            }
            if self.closes_within(AGAIN).await {
                return;
            }
        }
    }

    async fn delete_rest(self, customer: CustomerId) {
        loop {
            let pause = match self.0.store.go_on_deleting(&customer).await {
                Ok(true) => PAUSE,
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(%error, "a deleted customer's monitors could not be removed: it is tried again");
                    AGAIN
                }
            };
            if self.closes_within(pause).await {
                return;
            }
        }
    }

    /// Waits so long; whether the server closes meanwhile. What is left then the next start removes.
    async fn closes_within(&self, pause: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(pause) => false,
            () = self.closed() => true,
        }
    }
}
