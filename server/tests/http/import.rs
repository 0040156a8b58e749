//! Customers imported from CSV (DOMAIN A18), over HTTP: the file's own limit, who may send one, and the whole way.

use crate::{
    support::{Client, Engine, Place, add_operator, last_segment, on_both, until},
    tenants::{command_with_password, sign_in},
};

const OWN: (&str, &str) = ("sec-fetch-site", "same-origin");

fn upload(client: &Client, text: &str) -> String {
    let answer = client.upload(text.as_bytes(), &[OWN]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    last_segment(&answer.body)
}

/// Waits until nothing goes on: whether something was seen to, and why it came to nothing.
fn wait(client: &Client, import: &str) -> (bool, String) {
    let mut seen = false;
    let end = until("the import has ended", || {
        let answer = client.post("/fn/import-progress", &[("import", import)]);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let goes_on = answer.body.contains("\"refusal\":null");
        seen |= goes_on;
        (!goes_on).then_some(answer.body)
    });
    (seen, end)
}

fn check(client: &Client, import: &str, version: &str, map: &[&str]) -> (bool, String) {
    let mut fields = vec![("import", import), ("version", version)];
    fields.extend(map.iter().map(|target| ("map[]", *target)));
    let answer = client.post("/fn/import-map", &fields);
    assert_eq!(answer.status, 200, "{}", answer.body);
    wait(client, import)
}

on_both!(a18_ten_thousand_customers_go_in_while_others_work);
fn a18_ten_thousand_customers_go_in_while_others_work(engine: Engine) {
    let place = Place::new(engine);
    let server = place.start();
    let rita = server.set_up();
    let mut text = String::from("Company,Email,Shoe size,City,Groups\n");
    for n in 0..10_000 {
        text.push_str(&format!("Customer {n:05},it@{n}.example,44,Leeds,\"{}; All\"\n", ["North", "South"][n % 2]));
    }
    let import = upload(&rita, &text);
    let (seen, end) = check(&rita, &import, "1", &["company", "email", "-", "city", "groups"]);
    assert!(seen && end == "null", "{end}");
    // Room for three: it says by how many it is too much, and nothing is half there.
    assert_eq!(rita.post("/fn/import-run", &[("import", &import)]).status, 200);
    let (_, end) = wait(&rita, &import);
    assert!(end.contains(r#""Quota":{"customers":10000,"room":3}"#), "{end}");
    assert!(rita.get("/customers").body.contains("No customers yet"));

    assert!(place.run(&["msp", "quota", "--customers", "20000"]).0);
    assert_eq!(rita.post("/fn/import-run", &[("import", &import)]).status, 200);
    // Somebody else adds a customer in the meantime, and waits for the transaction at most.
    let start = std::time::Instant::now();
    rita.add_customer("Meanwhile");
    assert!(start.elapsed().as_secs() < 15, "{:?}", start.elapsed());
    let (_, end) = wait(&rita, &import);
    assert_eq!(end, "null");
    let page = rita.get(&format!("/customers/import/{import}")).body;
    assert!(page.contains("10,000 customers") && page.contains("imported"), "{page}");
    let list = rita.post_json("/fn/customers", r#"{"query":{"search":"Customer 09999"}}"#).body;
    assert!(list.contains(r#""all":10001"#) && list.contains("Customer 09999"), "{list}");
    let groups = rita.post("/fn/groups", &[]).body;
    for (name, count) in [("All", 10_000), ("North", 5000), ("South", 5000)] {
        assert!(groups.contains(&format!(r#""name":"{name}","customers":{count}"#)), "{groups}");
    }
    assert_eq!(rita.post("/fn/import-run", &[("import", &import)]).status, 409);
}

#[test]
fn a18_a_file_has_a_limit_of_its_own_and_comes_from_who_may() {
    let place = Place::new(Engine::Sqlite);
    let server = place.start();
    let rita = server.set_up();
    let otto = add_operator(&place, &server, "otto@msp.example");
    let good = b"Company,Email\nAster,it@aster.example\n";
    assert_eq!(server.client().upload(good, &[OWN]).status, 401);
    assert_eq!(otto.upload(good, &[OWN]).status, 403);
    assert_eq!(rita.upload(good, &[("sec-fetch-site", "cross-site")]).status, 403);
    assert_eq!(rita.upload(good, &[OWN]).status, 200);
    // Larger than other requests may be, and well; then larger than a file may be.
    let large = [&good[..], "x,".repeat(200_000).as_bytes()].concat();
    let uneven = rita.upload(&large, &[OWN]);
    assert_eq!((uneven.status, uneven.body.contains("Line 3 has 200001 fields")), (422, true), "{}", uneven.body);
    let too_large = rita.upload(&vec![b'x'; 17 * 1024 * 1024], &[OWN]);
    assert_eq!((too_large.status, too_large.body.contains("larger than 16 MiB")), (413, true), "{}", too_large.body);
    for (bytes, words) in [
        (&b""[..], "The file is empty."),
        (b"Company,Email\n", "no customer below it"),
        (b"Company,Email\nAster\n", "Line 2 has 1 fields, and the header has 2."),
        (b"Company,Company\nAster,x\n", "Two columns are called \"Company\""),
        (b"Company\nA\0B\n", "Line 2 contains a NUL byte"),
    ] {
        let answer = rita.upload(bytes, &[OWN]);
        assert!(answer.status == 422 && answer.body.contains(words), "{} {}", answer.status, answer.body);
    }
    let template = rita.get("/imports/template.csv").body;
    assert!(template.contains("Company,First name,Last name,Email,") && template.contains("Customer groups"), "{template}");
}

#[test]
fn a18_a_plain_form_is_led_on_or_back_with_what_is_wrong() {
    let place = Place::new(Engine::Sqlite);
    let server = place.start();
    let rita = server.set_up();
    let browser = [OWN, ("accept", "text/html")];
    let refused = rita.upload(b"Company,Email\nAster\n", &browser);
    assert_eq!(refused.status, 303);
    let page = rita.get(&refused.location.unwrap());
    assert!(page.status == 200 && page.body.contains("Line 2 has 1 fields, and the header has 2."), "{}", page.body);
    let page = rita.get("/customers/import?refused=%22Buy+now%22").body;
    assert!(!page.contains("Buy now") && !page.contains("file-error\""), "{page}");
    let page = rita.get("/customers/import?refused=%22Unavailable%22").body;
    assert!(page.contains("The database cannot be reached.") && !page.contains("file-error\""), "{page}");
    let taken = rita.upload(b"Company,Email\nAster,nobody\n", &browser);
    let path = taken.location.unwrap();
    assert!(taken.status == 303 && path.starts_with("/customers/import/imp_"), "{path}");
    let import = last_segment(&path);
    let form = [("accept", "text/html"), OWN];
    let fields = [("import", import.as_str()), ("version", "1"), ("map[]", "company"), ("map[]", "email")];
    let answer = rita.try_post("/fn/import-map", &fields, &form).unwrap();
    assert_eq!((answer.status, answer.location.as_deref()), (302, Some(path.as_str())));
    wait(&rita, &import);
    let page = rita.get(&path).body;
    assert!(page.contains("One line has errors") && page.contains("An email address looks like"), "{page}");
    let report = rita.get(&format!("/imports/{import}/report.csv")).body;
    assert!(report.contains("2,Aster,Error,Email,An email address looks like"), "{report}");
}

#[test]
fn a18_an_import_is_unknown_to_everybody_else() {
    let place = Place::new(Engine::Sqlite);
    command_with_password(&place, &["msp", "create", "--name", "One", "--admin-email", "rita@one.example"]);
    command_with_password(&place, &["msp", "create", "--name", "Two", "--admin-email", "bob@two.example"]);
    let server = place.start();
    let (rita, bob) = (sign_in(&server, "rita@one.example"), sign_in(&server, "bob@two.example"));
    let import = upload(&rita, "Company,Email\nAster,it@aster.example\n");
    check(&rita, &import, "1", &["company", "email"]);
    let unknown = format!("imp_{:032x}", 7);
    for import in [&import, &unknown] {
        for function in ["import-progress", "import-run", "import-discard"] {
            assert_eq!(bob.post(&format!("/fn/{function}"), &[("import", import)]).status, 404, "{function}");
        }
        assert_eq!(bob.get(&format!("/customers/import/{import}")).status, 404);
        assert_eq!(bob.get(&format!("/imports/{import}/report.csv")).status, 404);
    }
    assert!(rita.get(&format!("/customers/import/{import}")).body.contains("1 customer can be imported"));
}
