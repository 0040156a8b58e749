//! The wizard without JavaScript, and the captcha as a client meets it.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::support::{Client, Engine, Place, Server, add_operator, customer, id_in, last_segment, on_both, user_id};

on_both!(a3_the_wizard_is_plain_forms_that_lead_from_section_to_section);
fn a3_the_wizard_is_plain_forms_that_lead_from_section_to_section(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let plain = [("accept", "text/html"), ("sec-fetch-site", "same-origin")];
    let draft = id_in(&rita.get("/customers/new").body, "drf_").unwrap();
    let save = |section: &str, to: &str, fields: &[(&str, &str)]| {
        let all = [&[("draft", draft.as_str()), ("section", section), ("to", to)][..], fields].concat();
        let answer = rita.try_post("/fn/draft-save", &all, &plain).unwrap();
        assert_eq!(answer.status, 302, "{}", answer.body);
        answer.location.unwrap()
    };
    // 'Next' leads on; what is wrong stays, and its error stands at its field.
    let fields = [("input[company]", "Ärzte & Söhne"), ("industry[]", "Healthcare"), ("industry[]", "Education")];
    let next = save("company", "next", &fields);
    assert!(next.ends_with("section=address"), "{next}");
    let contact = save("address", "next", &[("input[city]", "Łódź"), ("input[country]", "Poland")]);
    let stays = save("contact", "next", &[("input[email]", "not an email"), ("input[mobile]", "512 345 678")]);
    assert_eq!(stays, contact);
    let page = rita.get(&stays).body;
    for shown in ["not an email", "An email address looks like", "512 345 678"] {
        assert!(page.contains(shown), "{shown} is missing");
    }
    // A section can be jumped to, and another visit offers to go on.
    let fields = [("input[email]", "it@aerzte.example"), ("input[mobile]", "512 345 678")];
    let review = save("contact", "review", &fields);
    assert!(rita.get("/customers/new").body.contains("Go on with a draft"));
    let page = rita.get(&review).body;
    for shown in ["Ärzte &amp; Söhne", "Healthcare, Education", "Łódź", "it@aerzte.example", "rita@msp.example"] {
        assert!(page.contains(shown), "{shown} is missing");
    }
    let created = rita.try_post("/fn/draft-create", &[("draft", draft.as_str())], &plain).unwrap();
    let location = created.location.unwrap();
    assert!(created.status == 302 && location.starts_with("/customers/cus_"), "{location}");
    let page = rita.get(&location).body;
    for shown in ["Poland", "+48 512 345 678", "English"] {
        assert!(page.contains(shown), "{shown} is missing");
    }
    assert!(!rita.get("/customers/new").body.contains("Go on with a draft"));
}

on_both!(a6_a_plain_edit_that_is_refused_keeps_what_was_typed);
fn a6_a_plain_edit_that_is_refused_keeps_what_was_typed(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let id = rita.add_customer("Harbor");
    add_operator(&place, &server, "otto@msp.example");
    let otto = user_id(&rita, "otto@msp.example");
    let tie = |step| rita.post("/fn/user-tie", &[("customer", &id), ("user", &otto), ("step", step), ("back", "/users")]);
    assert_eq!(tie("associate").status, 200);
    let form = format!("{}/customers/{id}/edit", server.base);
    let plain = [("accept", "text/html"), ("sec-fetch-site", "same-origin"), ("referer", form.as_str())];
    let edit = |email| {
        let fields = [("customer", id.as_str()), ("version", "1"), ("input[company]", "Ärzte & Söhne"), ("input[email]", email)];
        let people = [("people_before", otto.as_str()), ("person[]", otto.as_str())];
        let fields =
            [&fields[..], &people, &[("input[account_manager_email]", "rita@msp.example"), ("industry[]", "Retail")]].concat();
        rita.try_post("/fn/customer-edit", &fields, &plain).unwrap()
    };
    let refused = edit("not an email");
    assert_eq!(refused.status, 302, "{}", refused.body);
    let kept = refused.set_cookie.unwrap();
    let path = format!("Path=/customers/{id}/edit");
    assert!(kept.contains("HttpOnly") && kept.contains("SameSite=Strict") && kept.contains(&path), "{kept}");
    let mut again = rita.clone();
    again.cookie = Some(format!("{}; {}", rita.cookie.as_deref().unwrap(), kept.split(';').next().unwrap()));
    let location = refused.location.unwrap();
    // What somebody else takes away meanwhile is not given back: the form goes on from where it began.
    assert_eq!(tie("dissociate").status, 200);
    let page = again.get(location.strip_prefix(&server.base).unwrap_or(&location)).body;
    let before = format!("name=\"people_before\" value=\"{otto}\"");
    for shown in ["Ärzte &amp; Söhne", "not an email", "An email address looks like", &before] {
        assert!(page.contains(shown), "{shown} is missing");
    }
    assert!(edit("it@aerzte.example").location.unwrap().ends_with(&format!("/customers/{id}")));
    assert!(rita.get(&format!("/customers/{id}")).body.contains("Retail"));
}

/// What the page's own part does with a challenge.
fn solution(client: &Client) -> String {
    let challenge: serde_json::Value = serde_json::from_str(&client.post_json("/fn/captcha", "{}").body).unwrap();
    let text = |name: &str| challenge[name].as_str().unwrap().to_owned();
    let hash = |number: u64| HEXLOWER.encode(&Sha256::digest(format!("{}{number}", text("salt"))));
    let number = (0..=challenge["maxnumber"].as_u64().unwrap()).find(|number| hash(*number) == text("challenge")).unwrap();
    let solved = serde_json::json!({
        "algorithm": text("algorithm"), "challenge": text("challenge"), "number": number, "salt": text("salt"),
        "signature": text("signature"),
    });
    data_encoding::BASE64.encode(solved.to_string().as_bytes())
}

fn create(client: &Client, company: &str, captcha: &str) -> (u16, String) {
    let mut fields = customer(company);
    fields.push(("captcha", captcha));
    let answer = client.post("/fn/customer-create", &fields);
    (answer.status, answer.body)
}

on_both!(a4_creating_and_terminating_each_take_a_captcha_of_their_own);
fn a4_creating_and_terminating_each_take_a_captcha_of_their_own(engine: Engine) {
    let place = Place::new(engine);
    let server: Server = place.start_with(&["--captcha", "on"]);
    let rita = server.set_up();
    assert_eq!(create(&rita, "Harbor", "").0, 422);
    let used = solution(&rita);
    let (status, body) = create(&rita, "Harbor", &used);
    assert_eq!(status, 200, "{body}");
    let (status, body) = create(&rita, "Again", &used);
    assert!(status == 422 && body.contains("SolvedBefore"), "{status} {body}");
    let id = last_segment(&create(&rita, "Cedar", &solution(&rita)).1);
    let draft = id_in(&rita.get("/customers/new").body, "drf_").unwrap();
    let fields = [
        ("draft", draft.as_str()),
        ("section", "contact"),
        ("to", "keep"),
        ("input[contact_last]", "Núñez"),
        ("input[email]", "a@b.example"),
    ];
    assert_eq!(rita.post("/fn/draft-save", &fields).status, 200);
    let wizard = |captcha: &str| rita.post("/fn/draft-create", &[("draft", draft.as_str()), ("captcha", captcha)]);
    let replayed = wizard(&used);
    assert!(replayed.status == 422 && replayed.body.contains("SolvedBefore"), "{}", replayed.body);
    assert_eq!(wizard(&solution(&rita)).status, 200);
    let terminate = |captcha: &str| {
        let fields =
            [("customer", id.as_str()), ("step", "terminate"), ("reason", "over"), ("version", "1"), ("captcha", captcha)];
        rita.post("/fn/customer-step", &fields)
    };
    assert_eq!(terminate("").status, 422);
    assert_eq!(terminate(&used).status, 422);
    assert_eq!(terminate(&solution(&rita)).status, 200);
    // Another session cannot use it.
    let mut other = server.client();
    let answer = other.post("/fn/sign-in", &[("email", "rita@msp.example"), ("password", "correct horse battery")]);
    other.keep_session(&answer);
    let (status, body) = create(&other, "Stolen", &solution(&rita));
    assert!(status == 422 && body.contains("NotSolved"), "{status} {body}");
}
