//! Forms without JavaScript: real forms, answered by redirects.

use crate::support::{Engine, Place, on_both};

on_both!(a3_a_plain_form_that_is_refused_keeps_what_was_typed);
fn a3_a_plain_form_that_is_refused_keeps_what_was_typed(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let form = format!("{}/customers/new", server.base);
    let plain = [("accept", "text/html"), ("sec-fetch-site", "same-origin"), ("referer", form.as_str())];
    let fields = [
        ("input[company]", "Ärzte & Söhne"),
        ("input[email]", "not an email"),
        ("input[account_manager_email]", "rita@msp.example"),
    ];
    let refused = rita.try_post("/fn/customer-create", &fields, &plain).unwrap();
    assert_eq!(refused.status, 302, "{}", refused.body);
    let kept = refused.set_cookie.unwrap();
    assert!(kept.contains("HttpOnly") && kept.contains("SameSite=Strict") && kept.contains("Path=/customers/new"), "{kept}");

    let mut again = rita.clone();
    again.cookie = Some(format!("{}; {}", rita.cookie.as_deref().unwrap(), kept.split(';').next().unwrap()));
    let location = refused.location.unwrap();
    let page = again.get(location.strip_prefix(&server.base).unwrap_or(&location));
    for shown in ["Ärzte &amp; Söhne", "not an email", "An email address looks like"] {
        assert!(page.body.contains(shown), "{shown} is missing");
    }

    let fields = [
        ("input[company]", "Ärzte & Söhne"),
        ("input[email]", "it@aerzte.example"),
        ("input[account_manager_email]", "rita@msp.example"),
    ];
    let taken = rita.try_post("/fn/customer-create", &fields, &plain).unwrap();
    assert!(taken.status == 302 && taken.location.unwrap().starts_with("/customers/cus_"), "{}", taken.status);
}
