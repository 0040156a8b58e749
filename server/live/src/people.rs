//! What a person does that statuses or boards follow (DESIGN, way 1 meeting way 2): the gate is held from the change to the board.

use model::{
    ApprovalId, CustomerId, DraftId, GroupId, MonitorId, MspId, OutageId,
    customers::{CustomerDetail, CustomerPage, CustomerQuery, export::Wanted},
    drafts::{AccountEdit, Draft},
    groups::Ticks,
    lifecycle::Step,
    monitors::MonitorInput,
    msps::MspSettingsInput,
    roles::{Action, Relation},
};
use store::{
    Actor, Error,
    exports::{Part, Place},
    intake::Scope,
    verification::{Text, Verified, Whose},
};

use crate::{Live, watched::Watched};

/// All of these fail as the store's function of the same name does.
impl Live {
    /// A page of the list, with each customer's counts from the board.
    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn customers(&self, actor: &Actor, query: &CustomerQuery) -> Result<CustomerPage, Error> {
        let mut page = self.0.store.customers(actor, query).await?;
        let room = self.room(actor.msp());
        for row in &mut page.rows {
            row.counts = room.counts(&row.id);
        }
        Ok(page)
    }

    /// Some rows of the list as CSV, with each customer's counts from the board.
    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn export_customers(&self, actor: &Actor, wanted: &Wanted, place: Option<&Place>) -> Result<Part, Error> {
        let mut part = self.0.store.export_customers(actor, wanted, place).await?;
        let room = self.room(actor.msp());
        for export in &mut part.rows {
            export.row.counts = room.counts(&export.row.id);
        }
        Ok(part)
    }

    /// A customer's page, with its counts from the board. It is the staff's: a customer's own people have the portal.
    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn customer(&self, actor: &Actor, id: &CustomerId) -> Result<CustomerDetail, Error> {
        actor.require(Action::SeeAll, Relation::None)?;
        let mut detail = self.0.store.customer(actor, id).await?;
        detail.counts = self.counts(actor.msp(), id);
        Ok(detail)
    }

    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn add_customer(&self, actor: &Actor, draft: &Draft, from: Option<&DraftId>) -> Result<CustomerId, Error> {
        let mut watched = self.gate().await;
        let id = self.0.store.add_customer(actor, draft, from).await?;
        self.follow(&mut watched, Scope::Customer(&id)).await;
        self.0.figures.forget(actor.msp());
        Ok(id)
    }

    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn verify_mobile(&self, actor: &Actor, whose: &Whose, code: &str) -> Result<Verified, Error> {
        let mut watched = self.gate().await;
        let verified = self.0.store.verify_mobile(actor, whose, code).await?;
        if let Verified::Created(id) = &verified {
            self.follow(&mut watched, Scope::Customer(id)).await;
            self.0.figures.forget(actor.msp());
        }
        Ok(verified)
    }

    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn edit_account(
        &self,
        actor: &Actor,
        id: &CustomerId,
        version: i64,
        edit: &AccountEdit,
        verifies: bool,
    ) -> Result<Option<Text>, Error> {
        let mut watched = self.gate().await;
        let text = self.0.store.edit_account(actor, id, version, edit, verifies).await?;
        self.follow(&mut watched, Scope::Customer(id)).await;
        self.0.figures.forget(actor.msp());
        Ok(text)
    }

    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn step_customer(
        &self,
        actor: &Actor,
        id: &CustomerId,
        step: Step,
        reason: &str,
        version: Option<i64>,
    ) -> Result<(), Error> {
        let mut watched = self.gate().await;
        self.0.store.step_customer(actor, id, step, reason, version).await?;
        self.follow(&mut watched, Scope::Customer(id)).await;
        self.0.figures.forget(actor.msp());
        Ok(())
    }

    /// Approves an MSP or declines it (DOMAIN B4).
    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn answer_approval(&self, actor: &Actor, id: &ApprovalId, step: Step) -> Result<(), Error> {
        let mut watched = self.gate().await;
        let msp = self.0.store.answer_approval(actor, id, step).await?;
        self.follow_account(&mut watched, actor, &msp).await
    }

    /// The account goes on without its MSP (DOMAIN B6).
    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn leave_msp(&self, actor: &Actor) -> Result<(), Error> {
        let account = self.0.store.own_account(actor).await?.id;
        {
            let mut watched = self.gate().await;
            let msp = self.0.store.leave_msp(actor).await?;
            self.follow(&mut watched, Scope::Customer(&account)).await;
            self.follow_windows(&mut watched).await;
            self.0.figures.forget(&msp);
        }
        self.see_gone(&account).await;
        Ok(())
    }

    async fn follow_account(&self, watched: &mut Watched, owner: &Actor, msp: &MspId) -> Result<(), Error> {
        let id = self.0.store.own_account(owner).await?.id;
        self.follow(watched, Scope::Customer(&id)).await;
        self.0.figures.forget(msp);
        Ok(())
    }

    /// The figures that the health view keeps go by the settings too.
    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn edit_msp_settings(&self, actor: &Actor, version: i64, input: &MspSettingsInput) -> Result<(), Error> {
        self.0.store.edit_msp_settings(actor, version, input).await?;
        self.0.figures.forget(actor.msp());
        Ok(())
    }

    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn create_monitor(&self, actor: &Actor, customer: &CustomerId, input: &MonitorInput) -> Result<MonitorId, Error> {
        let mut watched = self.gate().await;
        let id = self.0.store.create_monitor(actor, customer, input).await?;
        self.follow(&mut watched, Scope::Monitor(&id)).await;
        Ok(id)
    }

    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn edit_monitor(&self, actor: &Actor, id: &MonitorId, version: i64, input: &MonitorInput) -> Result<(), Error> {
        let mut watched = self.gate().await;
        self.0.store.edit_monitor(actor, id, version, input).await?;
        self.follow(&mut watched, Scope::Monitor(id)).await;
        Ok(())
    }

    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn suspend_monitor(&self, actor: &Actor, id: &MonitorId) -> Result<(), Error> {
        let mut watched = self.gate().await;
        self.0.store.suspend_monitor(actor, id).await?;
        self.follow(&mut watched, Scope::Monitor(id)).await;
        Ok(())
    }

    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn resume_monitor(&self, actor: &Actor, id: &MonitorId) -> Result<(), Error> {
        let mut watched = self.gate().await;
        self.0.store.resume_monitor(actor, id).await?;
        self.follow(&mut watched, Scope::Monitor(id)).await;
        Ok(())
    }

    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn delete_monitor(&self, actor: &Actor, id: &MonitorId) -> Result<CustomerId, Error> {
        let mut watched = self.gate().await;
        let customer = self.0.store.delete_monitor(actor, id).await?;
        self.follow(&mut watched, Scope::Monitor(id)).await;
        Ok(customer)
    }

    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn create_group(&self, actor: &Actor, name: &str, ticks: &Ticks) -> Result<GroupId, Error> {
        let id = self.0.store.create_group(actor, name, ticks).await?;
        self.0.figures.forget(actor.msp());
        Ok(id)
    }

    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn edit_group(&self, actor: &Actor, id: &GroupId, version: i64, name: &str, ticks: &Ticks) -> Result<(), Error> {
        self.0.store.edit_group(actor, id, version, name, ticks).await?;
        self.0.figures.forget(actor.msp());
        Ok(())
    }

    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn delete_group(&self, actor: &Actor, id: &GroupId) -> Result<(), Error> {
        self.0.store.delete_group(actor, id).await?;
        self.0.figures.forget(actor.msp());
        Ok(())
    }

    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn join_group(&self, actor: &Actor, customer: &CustomerId, id: &GroupId) -> Result<(), Error> {
        self.0.store.join_group(actor, customer, id).await?;
        self.0.figures.forget(actor.msp());
        Ok(())
    }

    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn leave_group(&self, actor: &Actor, customer: &CustomerId, id: &GroupId) -> Result<(), Error> {
        self.0.store.leave_group(actor, customer, id).await?;
        self.0.figures.forget(actor.msp());
        Ok(())
    }

    /// Takes an outage; the boards say by whom (DOMAIN G9).
    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn take_outage(&self, actor: &Actor, id: &OutageId) -> Result<(), Error> {
        let mut watched = self.gate().await;
        let monitor = self.0.store.take_outage(actor, id).await?;
        self.follow(&mut watched, Scope::Monitor(&monitor)).await;
        Ok(())
    }

    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn hand_outage_back(&self, actor: &Actor, id: &OutageId) -> Result<(), Error> {
        let mut watched = self.gate().await;
        let monitor = self.0.store.hand_outage_back(actor, id).await?;
        self.follow(&mut watched, Scope::Monitor(&monitor)).await;
        Ok(())
    }

    /// Fills an MSP with simulated customers and monitors, seeded.
    #[allow(clippy::missing_errors_doc, reason = "said once, above")]
    pub async fn fill_demo(&self, msp: &MspId, customers: u32, monitors: u32, seed: u64) -> Result<(), Error> {
        let mut watched = self.gate().await;
        self.0.store.fill_demo(msp, customers, monitors, seed).await?;
        self.follow(&mut watched, Scope::All).await;
        self.0.figures.forget(msp);
        Ok(())
    }
}
