//! Who may what (DOMAIN, "Who may what"): one function, asked on the server next to the action. Screens ask it only to hide
//! what would be refused.

use serde::{Deserialize, Serialize};

/// What a signed-in person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Role {
    /// MSP Admin.
    Admin,
    /// MSP Operator.
    Operator,
    /// MSP Customer: a person of the customer, portal only.
    Customer,
    /// Super Admin: owns an account that stands on its own, whoever manages it (DOMAIN B4, B6).
    SuperAdmin,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Admin, Self::Operator, Self::Customer, Self::SuperAdmin];

    /// How it is stored and written on the command line.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::Customer => "customer",
            Self::SuperAdmin => "super_admin",
        }
    }

    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.key() == key)
    }

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Admin => "MSP Admin",
            Self::Operator => "MSP Operator",
            Self::Customer => "MSP Customer",
            Self::SuperAdmin => "Super Admin",
        }
    }
}

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Action {
    /// See the customer list, all cards and the whole wall.
    SeeAll,
    /// Watch the board, and nothing else: what a kiosk link may (DOMAIN F10), and whoever sees all.
    WatchBoard,
    /// Open one customer: its page, its monitors.
    OpenCustomer,
    /// Associate oneself with a customer, by one click.
    AssociateSelf,
    AddCustomer,
    EditCustomer,
    /// Upgrade, downgrade, terminate, restore, withdraw a request, delete.
    ChangeLifecycle,
    /// Add, edit, suspend, resume, delete monitors.
    ManageMonitors,
    /// Plan, begin and end maintenance.
    ManageMaintenance,
    /// Take, note and snooze outages.
    AcknowledgeOutages,
    /// Add, edit and delete a customer's locations and contacts.
    ManageLocations,
    /// Choose a customer's program level; add, edit and delete its service items.
    ManageServices,
    /// Read the MSP's whole audit trail; manage its catalogue, its customer groups, its people and whom a customer is denied to, its settings.
    Administer,
    /// Read one's own customer in the portal.
    ReadOwnPortal,
    /// Read the account that one owns, approve or decline an MSP, and leave it.
    OwnAccount,
}

impl Action {
    pub const ALL: [Self; 15] = [
        Self::SeeAll,
        Self::WatchBoard,
        Self::OpenCustomer,
        Self::AssociateSelf,
        Self::AddCustomer,
        Self::EditCustomer,
        Self::ChangeLifecycle,
        Self::ManageMonitors,
        Self::ManageMaintenance,
        Self::AcknowledgeOutages,
        Self::ManageLocations,
        Self::ManageServices,
        Self::Administer,
        Self::ReadOwnPortal,
        Self::OwnAccount,
    ];
}

/// How the person stands to the customer that the action is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Relation {
    /// The action is about no single customer.
    None,
    /// A customer of the same MSP that the person neither created nor is associated with.
    Unassociated,
    /// Created by the person, or associated with them.
    Associated,
    /// The customer that this customer user belongs to, or the account that this Super Admin owns.
    Own,
}

/// Whether `role` may do `action` to a customer that it stands in `relation` to. The customer is always one of the person's own
/// MSP: another tenant's is not found, never forbidden.
#[must_use]
pub const fn may(role: Role, action: Action, relation: Relation) -> bool {
    match role {
        Role::Admin => match action {
            Action::OpenCustomer
            | Action::EditCustomer
            | Action::ManageMonitors
            | Action::ManageMaintenance
            | Action::AcknowledgeOutages
            | Action::ManageLocations
            | Action::ManageServices => matches!(relation, Relation::Associated),
            Action::SeeAll
            | Action::WatchBoard
            | Action::AssociateSelf
            | Action::AddCustomer
            | Action::ChangeLifecycle
            | Action::Administer => true,
            Action::ReadOwnPortal | Action::OwnAccount => false,
        },
        Role::Operator => match action {
            Action::SeeAll | Action::WatchBoard => true,
            Action::OpenCustomer
            | Action::ManageMonitors
            | Action::ManageMaintenance
            | Action::AcknowledgeOutages
            | Action::ManageLocations => matches!(relation, Relation::Associated),
            Action::AssociateSelf
            | Action::AddCustomer
            | Action::EditCustomer
            | Action::ChangeLifecycle
            | Action::ManageServices
            | Action::Administer
            | Action::ReadOwnPortal
            | Action::OwnAccount => false,
        },
        Role::Customer => match action {
            Action::ReadOwnPortal => matches!(relation, Relation::Own),
            Action::SeeAll
            | Action::WatchBoard
            | Action::OpenCustomer
            | Action::AssociateSelf
            | Action::AddCustomer
            | Action::EditCustomer
            | Action::ChangeLifecycle
            | Action::ManageMonitors
            | Action::ManageMaintenance
            | Action::AcknowledgeOutages
            | Action::ManageLocations
            | Action::ManageServices
            | Action::Administer
            | Action::OwnAccount => false,
        },
        Role::SuperAdmin => match action {
            Action::OwnAccount => matches!(relation, Relation::Own),
            Action::SeeAll
            | Action::WatchBoard
            | Action::OpenCustomer
            | Action::AssociateSelf
            | Action::AddCustomer
            | Action::EditCustomer
            | Action::ChangeLifecycle
            | Action::ManageMonitors
            | Action::ManageMaintenance
            | Action::AcknowledgeOutages
            | Action::Administer
            | Action::ManageLocations
            | Action::ManageServices
            | Action::ReadOwnPortal => false,
        },
    }
}

/// Whether a kiosk link may do `action` (DOMAIN F10), within what its maker sees.
#[must_use]
pub const fn kiosk_may(action: Action) -> bool {
    match action {
        Action::WatchBoard => true,
        Action::SeeAll
        | Action::OpenCustomer
        | Action::AssociateSelf
        | Action::AddCustomer
        | Action::EditCustomer
        | Action::ChangeLifecycle
        | Action::ManageMonitors
        | Action::ManageMaintenance
        | Action::AcknowledgeOutages
        | Action::ManageLocations
        | Action::ManageServices
        | Action::Administer
        | Action::ReadOwnPortal
        | Action::OwnAccount => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of DOMAIN written out a second time, as data: role, action, and the relations that suffice.
    #[test]
    fn c4_the_role_table_says_what_domain_says() {
        use Relation::{Associated, None, Own, Unassociated};
        let every = vec![None, Unassociated, Associated, Own];
        let expected = |role, action| match (role, action) {
            (Role::Admin | Role::Operator, Action::ManageMaintenance | Action::AcknowledgeOutages | Action::ManageLocations) => {
                vec![Associated]
            }
            (Role::Admin, Action::ManageServices) => vec![Associated],
            (Role::Admin, Action::OpenCustomer | Action::EditCustomer | Action::ManageMonitors) => vec![Associated],
            (Role::Admin, Action::ReadOwnPortal | Action::OwnAccount) => vec![],
            (Role::Admin, _) | (Role::Operator, Action::SeeAll | Action::WatchBoard) => every.clone(),
            (Role::Operator, Action::OpenCustomer | Action::ManageMonitors) => vec![Associated],
            (Role::Operator, _) => vec![],
            (Role::Customer, Action::ReadOwnPortal) | (Role::SuperAdmin, Action::OwnAccount) => vec![Own],
            (Role::Customer | Role::SuperAdmin, _) => vec![],
        };
        for role in Role::ALL {
            for action in Action::ALL {
                let allowed: Vec<Relation> = every.iter().copied().filter(|r| may(role, action, *r)).collect();
                assert_eq!(allowed, expected(role, action), "{role:?} {action:?}");
            }
        }
    }

    #[test]
    fn f10_a_kiosk_link_watches_the_board_and_never_does_more_than_its_maker() {
        let may_do: Vec<Action> = Action::ALL.into_iter().filter(|action| kiosk_may(*action)).collect();
        assert_eq!(may_do, [Action::WatchBoard]);
        assert!(may(Role::Admin, Action::WatchBoard, Relation::None));
    }
}
