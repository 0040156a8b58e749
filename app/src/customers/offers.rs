//! What a person may do with a customer, for the row menu and the page's head (DOMAIN A1).

use model::{
    CustomerId,
    lifecycle::{State, Step},
    roles::{Action, Relation, Role, may},
};

use super::{page_of, relation};

/// One thing that a person may do with a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offer {
    Edit,
    AddMonitor,
    Step(Step),
    Delete,
}

impl Offer {
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Edit => "Edit",
            Self::AddMonitor => "Add monitor",
            Self::Step(step) => step.label(),
            Self::Delete => "Delete",
        }
    }

    pub(super) fn path(self, customer: &CustomerId) -> String {
        let page = page_of(customer);
        match self {
            Self::Edit => format!("{page}/edit"),
            Self::AddMonitor => format!("{page}/monitors/new"),
            Self::Step(step) => format!("{page}/step/{}", step.key()),
            Self::Delete => format!("{page}/delete"),
        }
    }

    /// Whether it takes something away.
    pub(super) const fn is_dangerous(self) -> bool {
        match self {
            Self::Step(step) => matches!(step, Step::Terminate),
            Self::Delete => true,
            Self::Edit | Self::AddMonitor => false,
        }
    }
}

/// What `role` may do with a customer in `state`, the harmless first.
pub(super) fn offers(role: Role, state: State, associated: bool) -> Vec<Offer> {
    let relation: Relation = relation(associated);
    let mut offers = Vec::new();
    if state.is_watched() && may(role, Action::EditCustomer, relation) {
        offers.push(Offer::Edit);
    }
    if state.is_watched() && may(role, Action::ManageMonitors, relation) {
        offers.push(Offer::AddMonitor);
    }
    if may(role, Action::ChangeLifecycle, relation) {
        offers.extend(Step::offered(state).into_iter().map(Offer::Step));
        if state != State::Pending {
            offers.push(Offer::Delete);
        }
    }
    offers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a1_the_menu_holds_what_the_person_may_do() {
        let [edit, add, delete] = [Offer::Edit, Offer::AddMonitor, Offer::Delete];
        let [upgrade, downgrade, terminate, restore, withdraw] =
            [Step::Upgrade, Step::Downgrade, Step::Terminate, Step::Restore, Step::Withdraw].map(Offer::Step);
        assert_eq!(offers(Role::Admin, State::Active, true), [edit, add, downgrade, terminate, delete]);
        assert_eq!(offers(Role::Admin, State::Free, true), [edit, add, upgrade, terminate, delete]);
        assert_eq!(offers(Role::Admin, State::Inactive, true), [restore, delete]);
        assert_eq!(offers(Role::Admin, State::Pending, true), [withdraw]);
        assert_eq!(offers(Role::Admin, State::Active, false), [downgrade, terminate, delete]);
        assert_eq!(offers(Role::Operator, State::Active, true), [add]);
        assert_eq!(offers(Role::Operator, State::Active, false), []);
        assert_eq!(offers(Role::Customer, State::Active, true), []);
        assert_eq!(offers(Role::SuperAdmin, State::Active, true), []);
    }
}
