//! What a column is taken as by its name (DOMAIN A18): the form's own names and labels, and what other systems and languages call
//! the same.

use model::{
    import::{GROUPS, targets},
    text::fold,
};

/// What a header is called elsewhere, as [`key`] makes it, by what it is taken as.
const SYNONYMS: &[(&str, &[&str])] = &[
    (
        "company",
        &[
            "name",
            "companyname",
            "customer",
            "customername",
            "client",
            "clientname",
            "account",
            "accountname",
            "organisation",
            "organization",
            "organisationname",
            "organizationname",
            "firma",
            "firmenname",
            "unternehmen",
            "kunde",
            "kundenname",
            "empresa",
            "cliente",
            "entreprise",
            "societe",
            "raisonsociale",
            "会社名",
            "顧客名",
        ],
    ),
    ("contact_first", &["firstname", "contactfirst", "contactfirstname", "givenname", "vorname", "nombre", "prenom", "名"]),
    (
        "contact_last",
        &[
            "lastname",
            "contactlast",
            "contactlastname",
            "surname",
            "familyname",
            "nachname",
            "apellido",
            "apellidos",
            "nom",
            "姓",
        ],
    ),
    (
        "email",
        &[
            "mail",
            "emailaddress",
            "contactemail",
            "customeremail",
            "emailadresse",
            "correo",
            "correoelectronico",
            "courriel",
            "adresseemail",
            "メールアトレス",
        ],
    ),
    ("account_manager_email", &["accountmanager", "manageremail", "owneremail", "betreueremail", "kundenbetreuer"]),
    ("website", &["web", "url", "homepage", "site", "sitioweb", "siteweb", "internet"]),
    ("mobile", &["mobilephone", "mobilenumber", "cell", "cellphone", "handy", "mobil", "mobiltelefon", "movil", "portable"]),
    (
        "business_phone",
        &["phone", "phonenumber", "telephone", "tel", "businessphone", "officephone", "telefon", "telefono", "電話番号"],
    ),
    ("contact_role", &["role", "title", "jobtitle", "position", "funktion", "cargo", "fonction"]),
    ("country", &["countryregion", "countrycode", "land", "pais", "pays", "国"]),
    ("industries", &["industry", "sector", "branche", "branchen", "sectores", "secteur"]),
    ("company_size", &["size", "employees", "numberofemployees", "mitarbeiter", "groesse", "grosse", "empleados", "effectif"]),
    ("address1", &["addressline1", "street", "streetaddress", "strasse", "adresse", "direccion", "rue", "住所"]),
    ("address2", &["addressline2", "street2", "addresssecondline", "adresszusatz", "adresse2", "direccion2"]),
    ("city", &["town", "ort", "stadt", "ciudad", "ville", "市区町村"]),
    ("state_region", &["state", "region", "province", "county", "bundesland", "provincia", "estado", "都道府県"]),
    (
        "zip",
        &["zipcode", "zippostalcode", "postcode", "postalcode", "plz", "postleitzahl", "codigopostal", "codepostal", "郵便番号"],
    ),
    (
        "internal_reference",
        &["reference", "ref", "internalref", "customernumber", "customerno", "accountnumber", "kundennummer", "externalid"],
    ),
    ("portal_name", &["portal", "subdomain"]),
    ("language", &["lang", "locale", "sprache", "idioma", "langue", "言語"]),
    ("report_zone", &["timezone", "zone", "reportzone", "zeitzone", "zonahoraria", "fuseauhoraire"]),
    (GROUPS, &["group", "customergroup", "gruppe", "gruppen", "kundengruppe", "kundengruppen", "grupo", "grupos", "groupe"]),
];

/// A header without case, marks, spaces and signs.
fn key(header: &str) -> String {
    fold(header).chars().filter(|c| c.is_alphanumeric()).collect()
}

fn target_of(header: &str) -> Option<&'static str> {
    let header = key(header);
    let own = targets().find(|(name, label)| key(name) == header || key(label) == header).map(|(name, _)| name);
    own.or_else(|| SYNONYMS.iter().find(|(_, names)| names.contains(&header.as_str())).map(|(name, _)| *name))
}

/// What each column is taken as at first; none is taken twice, and where several would do, the one that is called by the form's own
/// name comes first.
pub(crate) fn targets_of(header: &[String]) -> Vec<&'static str> {
    let own = |name: &str| targets().any(|(target, label)| key(target) == key(name) || key(label) == key(name));
    let mut taken = vec![""; header.len()];
    for exact in [true, false] {
        for (place, name) in header.iter().enumerate() {
            let Some(target) = target_of(name).filter(|_| own(name) == exact) else { continue };
            if !taken.contains(&target) {
                taken[place] = target;
            }
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(header: &[&str]) -> Vec<&'static str> {
        targets_of(&header.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a18_headers_are_recognised_whatever_their_case_marks_and_signs() {
        assert_eq!(
            taken(&["COMPANY", "e-mail", "Prénom", "Straße", "ZIP / Postal code", "Time zone"]),
            ["company", "email", "contact_first", "address1", "zip", "report_zone"]
        );
        assert_eq!(taken(&["account_manager_email", "Account manager's email"]), ["account_manager_email", ""]);
        assert_eq!(taken(&["Name", "Company", "Shoe size", "Customer groups"]), ["", "company", "", GROUPS]);
        assert_eq!(taken(&["Name", "Email", "Firma"]), ["company", "email", ""]);
    }

    #[test]
    fn a18_every_field_is_called_by_its_label_and_by_one_name_alone() {
        for (name, label) in targets() {
            assert_eq!(target_of(label), Some(name), "{label}");
            assert!(SYNONYMS.iter().any(|(known, _)| *known == name), "{name} has no other names");
        }
        let mut all: Vec<&str> = SYNONYMS.iter().flat_map(|(_, names)| *names).copied().collect();
        assert!(all.iter().all(|name| key(name) == *name), "a synonym is written as its key");
        let before = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), before);
    }
}
