//! Mails where there is no mail server, and what is said of an invitation's link.

use crate::support::{Engine, Place, id_in};

#[test]
fn c3_without_a_mail_server_mails_wait_and_the_admin_is_told() {
    let place = Place::new(Engine::Sqlite);
    let server = place.start();
    let admin = server.set_up();
    let invited = admin.post("/fn/invite", &[("input[email]", "otto@msp.example"), ("input[role]", "operator")]);
    assert_eq!((invited.status, invited.body.as_str()), (200, r#""/users""#));
    let page = admin.get("/outbox").body;
    for told in ["This installation has no mail server", "1 mail", "otto@msp.example", "Queued"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let mail = id_in(&page, "eml_").unwrap();
    let page = admin.get(&format!("/outbox/{mail}")).body;
    assert!(page.contains("Night Shift") && page.contains("[a link that only the receiver gets]"), "{page}");
    assert!(!page.contains("/invitation/"), "{page}");
}

#[test]
fn k2_an_address_that_is_no_mail_server_is_refused_and_not_repeated() {
    let place = Place::new(Engine::Sqlite);
    let (done, said) =
        place.run(&["serve", "--listen", "127.0.0.1:0", "--smtp-url", "http://u:secret@h", "--mail-from", "a@b.example"]);
    assert!(!done && said.contains("--smtp-url: it looks like smtp://") && !said.contains("secret"), "{said}");
}
