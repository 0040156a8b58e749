//! Typed ids: a readable prefix and the 32 hexadecimal digits of a UUIDv7, so that text order is order of creation.

use std::fmt;

/// A text that is no id of the kind asked for. To a client this is the same as an id that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id")]
pub struct NotAnId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(u128);

        impl $name {
            /// What every id of this kind begins with.
            pub const PREFIX: &'static str = $prefix;

            /// From the 128 bits of a UUIDv7.
            #[must_use]
            pub const fn from_u128(bits: u128) -> Self {
                Self(bits)
            }

            /// The 128 bits, for the binary wire.
            #[must_use]
            pub const fn to_u128(&self) -> u128 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{:032x}", $prefix, self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let digits = text.strip_prefix($prefix).ok_or(NotAnId)?;
                let canonical = digits.len() == 32
                    && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
                if !canonical {
                    return Err(NotAnId);
                }
                u128::from_str_radix(digits, 16).map(Self).map_err(|_| NotAnId)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAnId;
            fn try_from(text: String) -> Result<Self, NotAnId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }
    };
}

id!(/** A managed service provider: the tenant. */ MspId, "msp_");
id!(/** An organisation that an MSP manages. */ CustomerId, "cus_");
id!(/** One thing that is watched. */ MonitorId, "mon_");
id!(/** A person who can sign in. */ UserId, "usr_");
id!(/** A browser in which a person is signed in. */ SessionId, "ses_");
id!(/** Customers under one name. */ GroupId, "grp_");
id!(/** A customer that is being built. */ DraftId, "drf_");
id!(/** One stretch of DOWN or TROUBLE. */ OutageId, "out_");
id!(/** One change of a monitor's status. */ TransitionId, "tra_");
id!(/** A maintenance window. */ WindowId, "mnt_");
id!(/** A file of customers to import. */ ImportId, "imp_");
id!(/** One request of an MSP to manage an account. */ ApprovalId, "apr_");
id!(/** A list that was asked for and is fetched later. */ ExportId, "exp_");
id!(/** A program level of the catalogue. */ LevelId, "lvl_");
id!(/** A service plan of a program level. */ PlanId, "pln_");
id!(/** A service type of the catalogue. */ ServiceTypeId, "svc_");
id!(/** A rate template of the catalogue. */ RatesId, "rat_");
id!(/** A service item of a customer. */ ItemId, "itm_");
id!(/** A location of a customer. */ LocationId, "loc_");
id!(/** A contact of a customer. */ ContactId, "con_");
id!(/** A mail in the outbox. */ MailId, "eml_");
id!(/** An invitation to sign in. */ InvitationId, "inv_");
id!(/** A kiosk link. */ KioskId, "ksk_");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_nothing_else_does() {
        let id = CustomerId::from_u128(0x0192_aaaa_bbbb_7ccc_8ddd_eeee_ffff_0001);
        assert_eq!(id.to_string(), "cus_0192aaaabbbb7ccc8dddeeeeffff0001");
        assert_eq!(id.to_string().parse(), Ok(id.clone()));
        let long = format!("{id}0");
        let upper = id.to_string().replace('a', "A");
        for wrong in ["", "cus_", "mon_0192aaaabbbb7ccc8dddeeeeffff0001", &long, &upper, "cus_+192aaaabbbb7ccc8dddeeeeffff0001"] {
            assert_eq!(wrong.parse::<CustomerId>(), Err(NotAnId), "{wrong}");
        }
    }
}
