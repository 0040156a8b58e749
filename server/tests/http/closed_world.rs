//! Who may what (DOMAIN C4), as a closed world: every address that the router has × every kind of caller has an expectation here, and
//! an address that nobody listed fails.

use std::collections::BTreeSet;

use crate::{
    accounts::{account, manage},
    kiosk::{make_link, open_link},
    maintenance::add_dead_monitor_named,
    support::{Client, Engine, Place, Server, id_in, last_segment, until},
    tenants::{command_with_password, sign_in},
};

/// Who asks, in the order of the columns. Harbor is the customer that everything is about. Rita, an admin, has created it.
const CALLERS: [&str; 10] = [
    "nobody",
    "a user of Harbor",
    "an operator",
    "an operator associated with Harbor",
    "the same, but denied Harbor",
    "an admin",
    "Rita",
    "an admin of another MSP",
    "the Super Admin of Harbor",
    "a kiosk that shows Cedar",
];

/// How an address is asked.
#[derive(Debug, Clone, Copy)]
enum Asked {
    Page,
    Form(&'static str),
    Json(&'static str),
    /// Like a form, by sessions that may end with it.
    Own(&'static str),
}

use Asked::{Form, Json, Own, Page};

/// An address of the router, how it is asked, and what each caller is answered: `+` it is done, or only its content is complained
/// about (409, 422); `1` 401, `3` 403, `4` 404, `>` sent elsewhere. `{customer}` and the like stand for the scene's ids, `{fresh_..}`
/// for one that is made for this call.
const WORLD: &[(&str, Asked, &str)] = &[
    // Reading.
    ("/fn/me", Form(""), "1+++++++"),
    ("/fn/health", Form("fresh=true"), "13++++++"),
    ("/fn/customers", Json(r#"{"query":{}}"#), "13++++++"),
    ("/fn/customer", Json(r#"{"customer":"{customer}"}"#), "133+43+4"),
    ("/fn/customer-form", Json(r#"{"customer":"{customer}"}"#), "133343+4"),
    ("/fn/customers-waiting", Form(""), "13333+++"),
    ("/fn/mobile-number", Json(r#"{"whose":"{customer}"}"#), "13334344"),
    ("/fn/draft", Json(r#"{"draft":"","section":""}"#), "13333+++"),
    ("/fn/choices", Json(r#"{"list":"countries","typed":"g"}"#), "13++++++"),
    ("/fn/captcha", Json("{}"), "13++++++"),
    ("/fn/customer-sheet", Json(r#"{"customer":"{customer}"}"#), "133+43+4"),
    ("/fn/customer-step-basis", Json(r#"{"customer":"{customer}"}"#), "13333++4"),
    ("/fn/monitors", Form("search=&status=&customer=&sort=&descending=false&page=1"), "1+++++++"),
    ("/fn/monitor", Form("monitor={monitor}&range="), "1+3+43+4"),
    ("/fn/monitor-owner", Form("customer={customer}"), "133+43+4"),
    // Before there are more monitors, which have other slots.
    ("/live/replay/tile/{edition}/{slot}", Page, "13>>4>>4"),
    ("/live/replay", Page, "13++++++"),
    ("/live/replay/piece", Page, "13++++++"),
    ("/fn/outages", Form("filter=&customer=&page=1"), "13++++++"),
    ("/fn/outage", Form("outage={outage}"), "133+43+4"),
    ("/fn/incidents", Form(""), "13++++++"),
    ("/fn/maintenance", Form("customer=&over=false&page=1"), "13++++++"),
    ("/fn/maintenance-customers", Form("search="), "13++++++"),
    ("/fn/maintenance-basis", Form("customer={customer}"), "133+43+4"),
    ("/fn/maintenance-window", Form("window={window}"), "133+43+4"),
    ("/fn/groups", Form(""), "13++++++"),
    ("/fn/group", Json(r#"{"group":"{group}","search":"","ticked":[]}"#), "13+++++4"),
    ("/fn/group-offer", Json(r#"{"group":null,"search":""}"#), "13++++++"),
    ("/fn/users", Form(""), "13++++++"),
    ("/fn/user", Json(r#"{"user":"{user}","query":{}}"#), "13+++++4"),
    ("/fn/catalogue", Form(""), "13++++++"),
    ("/fn/catalogue-basis", Form(""), "13333+++"),
    ("/fn/customer-services", Form("customer={customer}"), "133+43+4"),
    ("/fn/customer-locations", Form("customer={customer}"), "133+43+4"),
    ("/fn/customer-contacts", Form("customer={customer}"), "133+43+4"),
    ("/fn/customer-users", Form("customer={customer}"), "133+43+4"),
    ("/fn/invitations", Form("customer={customer}"), "13333++4"),
    ("/fn/invitation", Form("token=nothing"), "44444444"),
    ("/fn/outbox", Form("state=&page=1"), "13333+++"),
    ("/fn/mail", Form("mail={mail}"), "13333++4"),
    ("/fn/jump", Json(r#"{"wanted":"h"}"#), "13++++++"),
    ("/fn/wall-incidents", Form(""), "13++++++"),
    ("/fn/wall-table", Form("status=&customer=&sort=&descending=false&page=1"), "13++++++"),
    ("/fn/audit", Json(r#"{"input":{},"before":0}"#), "13333+++"),
    ("/fn/audit-kinds", Form(""), "13333+++"),
    ("/fn/kiosks", Form(""), "13333+++"),
    // Told to its page alone, while the server makes it.
    ("/fn/kiosk", Form(""), "44444444"),
    ("/fn/customer-deletion", Json(r#"{"customer":"{customer}"}"#), "13334++4"),
    ("/fn/export", Json(r#"{"token":"nobodys"}"#), "13444444"),
    ("/fn/vitals", Form(""), "13333+++"),
    ("/fn/portal", Form("page=1"), "1+333333"),
    ("/fn/imports", Form(""), "13333+++"),
    ("/fn/import", Json(r#"{"import":"{import}","show":"","page":1}"#), "133334+4"),
    ("/fn/import-progress", Form("import={import}"), "133334+4"),
    ("/fn/settings", Form(""), "13333+++"),
    ("/fn/own-account", Form(""), "13333333"),
    ("/fn/approval", Form("approval={approval}"), "13333333"),
    // Changing.
    (
        "/fn/customer-create",
        Form("input[company]=New&input[email]=it@new.example&input[account_manager_email]=a@b.example"),
        "13333+++",
    ),
    ("/fn/draft-save", Form("draft={draft}&section=company&to=next&input[company]=New"), "13333+44"),
    ("/fn/draft-discard", Form("draft={draft}"), "13333+++"),
    ("/fn/draft-create", Form("draft={draft}"), "13333444"),
    ("/fn/mobile-verify", Form("whose={customer}&code=123456"), "13334344"),
    ("/fn/mobile-resend", Form("whose={customer}"), "13334344"),
    ("/fn/mobile-discard", Form("whose={customer}"), "13334344"),
    ("/fn/waiting-reopen", Form("whose={draft}"), "13333444"),
    ("/fn/customer-existing", Form("customer=cus_nobody"), "13333+++"),
    ("/fn/approval-answer", Form("approval={approval}&step=approve"), "13333333"),
    ("/fn/settings-edit", Form("version=0&input[name]="), "13333+++"),
    ("/fn/customer-edit", Form("customer={customer}&version=0&input[company]=Harbor&input[email]=it@new.example"), "133343+4"),
    ("/fn/customer-associate", Form("customer={fresh_customer}"), "14334++4"),
    ("/fn/customer-step", Form("customer={fresh_customer}&step=terminate&reason=over"), "14334++4"),
    ("/fn/customer-delete", Form("customer={fresh_customer}&email=wrong&answer=delete"), "14334++4"),
    ("/fn/customer-columns", Form("show[]=email"), "1+++++++"),
    ("/fn/monitor-create", Form("customer={customer}&input[name]=new&input[kind]=simulated&input[profile]=steady"), "133+43+4"),
    ("/fn/monitor-edit", Form("monitor={monitor}&version=0&input[name]=x&input[kind]=simulated"), "133+43+4"),
    ("/fn/monitor-suspend", Form("monitor={fresh_monitor}"), "133+43+4"),
    ("/fn/monitor-resume", Form("monitor={fresh_monitor}"), "133+43+4"),
    ("/fn/monitor-delete", Form("monitor={fresh_monitor}"), "133+43+4"),
    ("/fn/heartbeat-renew", Form("monitor={fresh_heartbeat}"), "133+43+4"),
    ("/fn/outage-take", Form("outage={outage}"), "133+43+4"),
    // One outage alone is no incident.
    ("/fn/incident-take", Form("incident={outage}"), "13444444"),
    ("/fn/outage-hand-back", Form("outage={outage}"), "133+43+4"),
    ("/fn/outage-note", Form("outage={outage}&text=seen"), "133+43+4"),
    ("/fn/outage-snooze", Form("outage={outage}&minutes=30&reason=known"), "133+43+4"),
    ("/fn/maintenance-begin", Form("monitor={fresh_monitor}&minutes=30"), "133+43+4"),
    ("/fn/maintenance-create", Form("customer={customer}&input[name]=x"), "133+43+4"),
    ("/fn/maintenance-edit", Form("window={window}&version=0&input[name]=x"), "133+43+4"),
    ("/fn/maintenance-end", Form("window={fresh_window}"), "133+43+4"),
    ("/fn/maintenance-delete", Form("window={fresh_window}"), "133+43+4"),
    ("/fn/group-create", Form("name="), "13333+++"),
    ("/fn/group-edit", Form("group={group}&version=0&name="), "13333++4"),
    ("/fn/group-delete", Form("group={fresh_group}"), "13333++4"),
    ("/fn/group-dissociate", Form("group={fresh_group}&user={user}"), "13333++4"),
    ("/fn/group-associate", Form("group={fresh_group}&user={user}"), "13333++4"),
    ("/fn/group-join", Form("customer={fresh_customer}&group={group}"), "13333++4"),
    ("/fn/group-leave", Form("customer={fresh_customer}&group={group}"), "13333++4"),
    ("/fn/group-default", Form("group={group}&shown={group}"), "13+++++4"),
    ("/fn/import-map", Form("import={import}&version=0&map[]=company&map[]=email"), "133334+4"),
    ("/fn/import-run", Form("import={import}"), "133334+4"),
    ("/fn/catalogue-level", Form("id={level}&version=0&input[name]="), "13333++4"),
    ("/fn/catalogue-plan", Form("level={level}&input[name]="), "13333++4"),
    ("/fn/catalogue-service", Form("id={service}&version=0&input[name]="), "13333++4"),
    ("/fn/catalogue-rates", Form("id={rates}&version=0&input[name]="), "13333++4"),
    ("/fn/catalogue-default", Form("part={service}"), "13333++4"),
    ("/fn/catalogue-delete", Form("part={level}"), "13333++4"),
    ("/fn/customer-level", Form("customer={customer}&level="), "133343+4"),
    ("/fn/service-item-save", Form("customer={customer}&input[service]="), "133343+4"),
    ("/fn/service-item-delete", Form("customer={customer}&id={item}"), "133343+4"),
    ("/fn/location-save", Form("customer={customer}&input[name]="), "133+43+4"),
    ("/fn/location-default", Form("customer={customer}&id={location}"), "133+43+4"),
    ("/fn/location-delete", Form("customer={customer}&id={location}"), "133+43+4"),
    ("/fn/contact-save", Form("customer={customer}&input[first_name]="), "133+43+4"),
    ("/fn/contact-delete", Form("customer={customer}&id={fresh_contact}"), "133+43+4"),
    ("/fn/user-tie", Form("customer={fresh_customer}&user={user}&step=associate&back=/users"), "14334++4"),
    ("/fn/user-role", Form("user={user}&role=operator"), "13333++4"),
    ("/fn/user-remove", Form("user={fresh_user}&back=/users"), "13333++4"),
    ("/fn/invite", Form("customer={customer}&input[email]=nobody"), "13333++4"),
    ("/fn/invitation-resend", Form("invitation={fresh_invitation}"), "13333++4"),
    ("/fn/invitation-revoke", Form("invitation={fresh_invitation}"), "13333++4"),
    ("/fn/kiosk-create", Form("name="), "13333+++"),
    ("/fn/kiosk-revoke", Form("kiosk={fresh_kiosk}"), "13333++4"),
    ("/fn/mail-send-again", Form("mail={mail}"), "13333++4"),
    // Pages.
    ("/", Page, ">>++++++"),
    ("/set-up", Page, ">>>>>>>>"),
    ("/sign-in", Page, "+>>>>>>>"),
    ("/wall", Page, ">>++++++"),
    ("/customers", Page, ">>++++++"),
    ("/customers/new", Page, ">>333+++"),
    ("/customers/import", Page, ">>333+++"),
    ("/customers/import/{import}", Page, ">>3334+4"),
    ("/customers/waiting", Page, ">>333+++"),
    ("/customers/waiting/{draft}", Page, ">>333444"),
    ("/customers/{customer}/mobile", Page, ">>334344"),
    ("/customers/existing", Page, ">>333+++"),
    ("/customers/{customer}", Page, ">>3+43+4"),
    ("/customers/{customer}/edit", Page, ">>3343+4"),
    ("/customers/{customer}/monitors/new", Page, ">>3+43+4"),
    ("/customers/{customer}/maintenance/new", Page, ">>3+43+4"),
    ("/customers/{customer}/services", Page, ">>3+43+4"),
    ("/customers/{customer}/locations", Page, ">>3+43+4"),
    ("/customers/{customer}/contacts", Page, ">>3+43+4"),
    ("/customers/{customer}/step/{step}", Page, ">>333++4"),
    ("/customers/{customer}/delete", Page, ">>334++4"),
    ("/customers.csv", Page, ">>++++++"),
    ("/exports/{token}", Page, ">>444444"),
    ("/exports/{token}/customers.csv", Page, ">>444444"),
    ("/customers/{customer}/users", Page, ">>3+43+4"),
    ("/customers/{customer}/users/invite", Page, ">>3343+4"),
    ("/monitors", Page, ">>++++++"),
    ("/monitors/{monitor}", Page, ">>3+43+4"),
    ("/monitors/{monitor}/edit", Page, ">>3+43+4"),
    ("/groups", Page, ">>++++++"),
    ("/groups/new", Page, ">>333+++"),
    ("/groups/{group}", Page, ">>+++++4"),
    ("/users", Page, ">>++++++"),
    ("/users/invite", Page, ">>333+++"),
    ("/users/{user}", Page, ">>+++++4"),
    ("/outages", Page, ">>++++++"),
    ("/outages/{outage}", Page, ">>3+43+4"),
    ("/maintenance", Page, ">>++++++"),
    ("/maintenance/new", Page, ">>++++++"),
    ("/maintenance/{window}", Page, ">>3+43+4"),
    ("/catalogue", Page, ">>++++++"),
    ("/catalogue/{part}", Page, ">>333++4"),
    ("/audit", Page, ">>333+++"),
    ("/audit.csv", Page, ">>333+++"),
    ("/outbox", Page, ">>333+++"),
    ("/outbox/{mail}", Page, ">>333++4"),
    ("/settings", Page, ">>333+++"),
    ("/installation", Page, ">>333+++"),
    ("/account", Page, ">+++++++"),
    ("/account/second-factor", Page, ">+++++++"),
    ("/account/recovery-codes", Page, ">4444444"),
    ("/account/approval/{approval}", Page, ">3333333"),
    ("/portal", Page, ">+333333"),
    ("/portal/leave", Page, ">3333333"),
    ("/{*any}", Page, ">>444444"),
    ("/kiosks", Page, ">>333+++"),
    ("/kiosks/new", Page, ">>333+++"),
    ("/invitation/{token}", Page, "44444444"),
    // A kiosk's own: who is signed in is nobody there.
    ("/kiosk/screen/{link}", Page, "44444444"),
    ("/kiosk/over", Page, "44444444"),
    ("/kiosk/{token}", Page, ">>>>>>>>"),
    ("/kiosk/screen/{link}/live/snapshot", Page, "44444444"),
    ("/kiosk/screen/{link}/live/stream", Page, "44444444"),
    // The rest.
    ("/build", Page, "++++++++"),
    ("/healthz", Page, "++++++++"),
    ("/readyz", Page, "++++++++"),
    ("/metrics", Page, "++++++++"),
    ("/heartbeat/{token}", Page, "++++++++"),
    ("/imports", Form(""), "13333+++"),
    ("/imports/template.csv", Page, ">>333+++"),
    ("/imports/{import}/report.csv", Page, ">>3334+4"),
    ("/fn/import-discard", Form("import={import}"), "133334+4"),
    ("/live/snapshot", Page, "13++++++"),
    ("/live/stream", Page, "13++++++"),
    ("/live/tile/{epoch}/{slot}", Page, "13>>4>>4"),
    ("/pkg/{*path}", Page, "44444444"),
    ("/__test/clock", Json(r#"{"advance_ms":0}"#), "++++++++"),
    // One's own account and session: last, for they end sessions.
    ("/fn/account", Own(""), "1+++++++"),
    ("/fn/account-password", Own("old_password=wrong&password=short"), "1+++++++"),
    ("/fn/account-session-end", Own("session={session}"), "144444+4"),
    ("/fn/account-sessions-end", Own(""), "1+++++++"),
    ("/fn/second-factor", Own(""), "1+++++++"),
    ("/fn/second-factor-offer", Own("password=wrong"), "1+++++++"),
    ("/fn/second-factor-confirm", Own("code=000000"), "1+++++++"),
    ("/fn/second-factor-off", Own("password=wrong"), "1+++++++"),
    ("/fn/recovery-codes", Own(""), "1+++++++"),
    ("/fn/recovery-codes-renew", Own("password=wrong"), "1+++++++"),
    ("/fn/sign-out", Own(""), "++++++++"),
    // Coming in.
    (
        "/fn/set-up",
        Form("input[msp_name]=x&input[name]=x&input[email]=x@y.example&input[password]=correct horse battery"),
        "++++++++",
    ),
    ("/fn/invitation-accept", Form("token=nothing&input[name]=x&input[password]=correct horse battery"), "44444444"),
    ("/fn/sign-in", Form("email=nobody@nowhere.example&password=wrong"), "11111111"),
    ("/fn/sign-in-code", Form("code=000000"), "11111111"),
    ("/fn/sign-in-pending", Form(""), "++++++++"),
    ("/fn/sign-in-again", Form(""), "++++++++"),
    // The very last: Harbor is gone then.
    ("/fn/account-leave", Own(""), "13333333"),
];

/// What the Super Admin of Harbor, the ninth caller, is answered where that is no refusal (`3`, `4`) and for a page not the way to
/// their own (`>`): to them what an MSP has is another tenant's, whatever is added to the table above.
const OWNER: &[(&str, char)] = &[
    ("/fn/me", '+'),
    ("/fn/portal", '+'),
    ("/fn/own-account", '+'),
    // A choice of how a list looks is a cookie of whoever is signed in.
    ("/fn/customer-columns", '+'),
    ("/fn/approval", '+'),
    ("/fn/approval-answer", '+'),
    ("/fn/account-leave", '+'),
    ("/account", '+'),
    ("/account/second-factor", '+'),
    ("/account/approval/{approval}", '+'),
    ("/portal", '+'),
    ("/portal/leave", '+'),
    ("/build", '+'),
    ("/healthz", '+'),
    ("/readyz", '+'),
    ("/metrics", '+'),
    ("/heartbeat/{token}", '+'),
    ("/__test/clock", '+'),
    ("/fn/account", '+'),
    ("/fn/account-password", '+'),
    ("/fn/account-sessions-end", '+'),
    ("/fn/second-factor", '+'),
    ("/fn/second-factor-offer", '+'),
    ("/fn/second-factor-confirm", '+'),
    ("/fn/second-factor-off", '+'),
    ("/fn/recovery-codes", '+'),
    ("/fn/recovery-codes-renew", '+'),
    ("/fn/sign-out", '+'),
    ("/fn/set-up", '+'),
    ("/fn/sign-in", '1'),
    ("/fn/sign-in-code", '1'),
    ("/fn/sign-in-pending", '+'),
    ("/fn/sign-in-again", '+'),
];

/// What a kiosk, the tenth caller, may (DOMAIN F10). Everywhere else it is answered as nobody is, whatever is added to the table above.
const KIOSK: &[&str] = &["/kiosk/screen/{link}", "/kiosk/screen/{link}/live/snapshot", "/kiosk/screen/{link}/live/stream"];

fn is_as_the_owner_expects(address: &str, asked: Asked, answer: char) -> bool {
    match OWNER.iter().find(|(known, _)| *known == address) {
        Some((_, expected)) => answer == *expected,
        None => matches!(answer, '3' | '4') || (answer == '>' && matches!(asked, Page)),
    }
}

#[test]
fn c4_every_address_is_listed_here_and_nothing_else() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _inside = runtime.enter();
    let there: BTreeSet<String> = server::addresses().into_iter().collect();
    let listed: BTreeSet<String> = WORLD.iter().map(|(address, ..)| (*address).to_owned()).collect();
    let missing: Vec<_> = there.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&there).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not listed: {missing:#?}\nlisted, but not there: {gone:#?}");
}

#[test]
fn c4_c7_every_caller_is_answered_as_the_table_says() {
    let place = Place::new(Engine::Sqlite);
    let scene = Scene::new(&place);
    let mut wrong = Vec::new();
    for (address, asked, expected) in WORLD {
        let answers: String = (0..CALLERS.len()).map(|caller| scene.answer(caller, address, *asked)).collect();
        let (answers, kiosks) = answers.split_at(SCREEN);
        let as_nobody = if KIOSK.contains(address) { "+" } else { &answers[..1] };
        if kiosks != as_nobody {
            wrong.push(format!("{address:42} {kiosks} is answered to {}", CALLERS[SCREEN]));
        }
        let (answers, owners) = answers.split_at(OWNS);
        if !owners.chars().all(|answer| is_as_the_owner_expects(address, *asked, answer)) {
            wrong.push(format!("{address:42} {owners} is answered to {}", CALLERS[OWNS]));
        }
        if answers != *expected {
            wrong.push(format!("{address:42} {answers} and not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "the columns are {CALLERS:?}\n{}", wrong.join("\n"));
}

/// Two MSPs, ten callers, and one of everything that belongs to Harbor.
struct Scene<'a> {
    place: &'a Place,
    msp: String,
    server: Server,
    callers: Vec<Client>,
    /// Their addresses, for a session of their own.
    emails: Vec<&'static str>,
    /// What `{name}` stands for.
    ids: Vec<(&'static str, String)>,
    /// Users that are associated with each fresh customer, and one that is denied it.
    associated: [String; 2],
    denied: String,
}

const RITA: usize = 6;
const OWNS: usize = 8;
const SCREEN: usize = 9;

impl<'a> Scene<'a> {
    fn new(place: &'a Place) -> Self {
        let msp = command_with_password(place, &["msp", "create", "--name", "One", "--admin-email", "rita@one.example"]);
        command_with_password(place, &["msp", "create", "--name", "Two", "--admin-email", "bob@two.example"]);
        assert!(place.run(&["msp", "quota", "--msp", &msp, "--customers", "1000"]).0);
        let user = |role: &str, name: &str, email: &str| {
            command_with_password(place, &["user", "create", "--role", role, "--name", name, "--email", email, "--msp", &msp])
        };
        let _otto = user("operator", "Otto", "otto@one.example");
        let olu = user("operator", "Olu", "olu@one.example");
        let uma = user("operator", "Uma", "uma@one.example");
        let _adam = user("admin", "Adam", "adam@one.example");
        let harbor = account(place, "Harbor", "sue@harbor.example");
        let server = place.start();
        let rita = sign_in(&server, "rita@one.example");
        let mut scene = Self {
            place,
            msp: msp.clone(),
            server,
            callers: Vec::new(),
            emails: Vec::new(),
            ids: Vec::new(),
            associated: [olu.clone(), uma.clone()],
            denied: uma,
        };
        let sue = sign_in(&scene.server, "sue@harbor.example");
        let approval = manage(&rita, &sue, &harbor);
        scene.tie_all(&rita, &harbor);
        let carl =
            ["user", "create", "--role", "customer", "--customer", &harbor, "--email", "carl@harbor.example", "--name", "Carl"];
        command_with_password(place, &[&carl[..], &["--msp", &msp]].concat());
        scene.emails = vec![
            "",
            "carl@harbor.example",
            "otto@one.example",
            "olu@one.example",
            "uma@one.example",
            "adam@one.example",
            "rita@one.example",
            "bob@two.example",
            "sue@harbor.example",
        ];
        scene.callers = scene.emails.iter().map(|email| scene.sign_in(email)).collect();
        scene.furnish(&rita, &harbor, &olu);
        scene.add_screen(&rita);
        scene.ids.push(("approval", approval));
        scene
    }

    fn sign_in(&self, email: &str) -> Client {
        if email.is_empty() { self.server.client() } else { sign_in(&self.server, email) }
    }

    /// The screen of a link that shows another customer. It tries what it has as a person's session too, and the link's own token.
    fn add_screen(&mut self, rita: &Client) {
        // Without a monitor: one more would be another edition of the day that was.
        let cedar = rita.add_customer("Cedar");
        let token = make_link(rita, "Lobby", &[&cedar]);
        let (mut screen, address) = open_link(&self.server, &token);
        self.ids.push(("link", id_in(&address, "ksk_").unwrap()));
        let cookie = screen.cookie.take().unwrap();
        let (_, value) = cookie.split_once('=').unwrap();
        screen.cookie = Some(format!("{cookie}; nocturne={value}; nocturne={token}"));
        self.callers.push(screen);
        self.emails.push("");
    }

    /// One of everything, and it is DOWN.
    fn furnish(&mut self, rita: &Client, harbor: &str, olu: &str) {
        let monitor = add_dead_monitor_named(rita, harbor, "Harbor's web");
        let outage = until("the monitor is down", || {
            let list = rita.post("/fn/outages", &[("filter", ""), ("customer", ""), ("page", "1")]).body;
            id_in(&list, "out_")
        });
        let heartbeat = heartbeat(rita, harbor);
        let page = rita.post("/fn/monitor", &[("monitor", &heartbeat), ("range", "")]).body;
        let token = page.split("/heartbeat/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let session = id_in(&rita.post("/fn/account", &[]).body, "ses_").unwrap();
        let snapshot = rita.try_bytes("/live/snapshot").unwrap();
        let epoch = u64::from_le_bytes(snapshot[2..10].try_into().unwrap());
        let day = rita.try_bytes("/live/replay").unwrap();
        let edition = u64::from_le_bytes(day[2..10].try_into().unwrap());
        let catalogue = rita.post("/fn/catalogue", &[]).body;
        let part = |prefix| id_in(&catalogue, prefix).unwrap();
        let rates = rita.post("/fn/catalogue-rates", &[("input[name]", "Usual"), ("input[currency]", "EUR")]);
        assert_eq!(rates.status, 200, "{}", rates.body);
        let services = rita.post("/fn/customer-services", &[("customer", harbor)]).body;
        let location = location(rita, harbor);
        contact(rita, harbor, &location);
        self.ids = vec![
            ("customer", harbor.to_owned()),
            ("level", part("lvl_")),
            ("part", part("lvl_")),
            ("service", part("svc_")),
            ("rates", id_in(&rita.post("/fn/catalogue", &[]).body, "rat_").unwrap()),
            ("item", id_in(&services, "itm_").unwrap()),
            ("location", location),
            ("monitor", monitor),
            ("outage", outage),
            ("window", window(rita, &heartbeat)),
            ("group", group(rita, harbor, "Ports")),
            ("mail", mail(rita, harbor)),
            ("user", olu.to_owned()),
            ("import", import(rita)),
            ("draft", "drf_00000000000070008000000000000001".into()),
            ("session", session),
            ("token", token),
            ("step", "terminate".into()),
            ("epoch", format!("{epoch:016x}")),
            ("slot", "0".into()),
            ("edition", format!("{edition:016x}")),
            ("*any", "nothing/here".into()),
            ("*path", "nothing.js".into()),
        ];
    }

    /// A new customer of Rita's, with the same people around it as Harbor has.
    fn customer(&self, rita: &Client) -> String {
        let customer = rita.add_customer("Harbor");
        self.tie_all(rita, &customer);
        customer
    }

    fn tie_all(&self, rita: &Client, customer: &str) {
        let tie = |user: &str, step: &str| {
            let fields = [("customer", customer), ("user", user), ("step", step), ("back", "/users")];
            let answer = rita.post("/fn/user-tie", &fields);
            assert_eq!(answer.status, 200, "{}", answer.body);
        };
        for user in &self.associated {
            tie(user, "associate");
        }
        tie(&self.denied, "deny");
    }

    fn fresh(&self, what: &str) -> String {
        let rita = &self.callers[RITA];
        let harbor = &self.ids[0].1;
        match what {
            "fresh_customer" => self.customer(rita),
            "fresh_monitor" => rita.add_monitor(harbor, "fresh", "steady"),
            "fresh_heartbeat" => heartbeat(rita, harbor),
            "fresh_kiosk" => kiosk(rita, harbor),
            "fresh_invitation" => invitation(rita, harbor),
            "fresh_user" => self.fresh_user(),
            "fresh_window" => window(rita, &rita.add_monitor(harbor, "fresh", "steady")),
            "fresh_contact" => contact(rita, harbor, &location(rita, harbor)),
            "fresh_group" => group(rita, &self.customer(rita), &format!("Ports {}", rand::random::<u64>())),
            other => panic!("there is no {other}"),
        }
    }

    /// Another person of Harbor.
    fn fresh_user(&self) -> String {
        let email = format!("p{}@harbor.example", rand::random::<u64>());
        let whose = ["--customer", &self.ids[0].1, "--email", &email, "--name", "Fresh", "--msp", &self.msp];
        command_with_password(self.place, &[&["user", "create", "--role", "customer"][..], &whose].concat())
    }

    fn filled(&self, text: &str) -> String {
        let mut filled = text.to_owned();
        for (name, id) in &self.ids {
            filled = filled.replace(&format!("{{{name}}}"), id);
        }
        while let Some(start) = filled.find("{fresh_") {
            let end = start + filled[start..].find('}').unwrap();
            let fresh = self.fresh(&filled[start + 1..end]);
            filled.replace_range(start..=end, &fresh);
        }
        filled
    }

    fn answer(&self, caller: usize, address: &str, asked: Asked) -> char {
        let address = self.filled(address);
        if matches!(asked, Own(_)) || address.starts_with("/fn/sign-in") {
            // Wrong passwords lock accounts and addresses for a while.
            self.callers[RITA].post_json("/__test/clock", r#"{"advance_ms":1000000}"#);
        }
        let own;
        let client = if matches!(asked, Own(_)) && caller != SCREEN {
            own = self.sign_in(self.emails[caller]);
            &own
        } else {
            &self.callers[caller]
        };
        let (status, body) = match asked {
            Page if address.ends_with("/live/stream") => (client.status_of(&address), String::new()),
            Page => {
                let answer = client.get(&address);
                (answer.status, answer.body)
            }
            Form(fields) | Own(fields) => {
                let fields = self.filled(fields);
                let fields: Vec<(&str, &str)> = fields.split('&').filter_map(|pair| pair.split_once('=')).collect();
                let answer = client.post(&address, &fields);
                (answer.status, answer.body)
            }
            Json(body) => {
                let answer = client.post_json(&address, &self.filled(body));
                (answer.status, answer.body)
            }
        };
        let name = CALLERS[caller];
        // Who is denied Harbor, who is of another MSP, and a kiosk of another customer learn nothing of it, whatever they are answered.
        assert!(!([4, 7, SCREEN].contains(&caller) && body.contains("Harbor")), "{name} learns of Harbor at {address}: {body}");
        match status {
            200..=299 | 409 | 422 => '+',
            300..=399 => '>',
            401 => '1',
            403 => '3',
            404 => '4',
            other => panic!("{name} is answered {other} at {address}: {body}"),
        }
    }
}

fn heartbeat(rita: &Client, customer: &str) -> String {
    let fields = [
        ("customer", customer),
        ("input[name]", "fresh backup"),
        ("input[kind]", "heartbeat"),
        ("input[interval_s]", "300"),
        ("input[grace_s]", "60"),
        ("input[timeout_s]", "5"),
        ("input[retries]", "0"),
    ];
    let answer = rita.post("/fn/monitor-create", &fields);
    assert_eq!(answer.status, 200, "{}", answer.body);
    last_segment(&answer.body)
}

/// A maintenance window that is open over the monitor.
fn window(rita: &Client, monitor: &str) -> String {
    let answer = rita.post("/fn/maintenance-begin", &[("monitor", monitor), ("minutes", "30")]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let page = rita.post("/fn/monitor", &[("monitor", monitor), ("range", "")]).body;
    id_in(&page, "mnt_").unwrap()
}

/// A location of a name that nobody had before.
fn location(rita: &Client, customer: &str) -> String {
    let name = format!("Quay {}", rand::random::<u64>());
    let answer = rita.post("/fn/location-save", &[("customer", customer), ("input[name]", &name)]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    id_before(&rita.post("/fn/customer-locations", &[("customer", customer)]).body, &name, "loc_")
}

fn contact(rita: &Client, customer: &str, location: &str) -> String {
    let name = format!("Zoë {}", rand::random::<u64>());
    let fields = [
        ("customer", customer),
        ("input[first_name]", name.as_str()),
        ("input[location]", location),
        ("input[portal_access]", "none"),
    ];
    let answer = rita.post("/fn/contact-save", &fields);
    assert_eq!(answer.status, 200, "{}", answer.body);
    id_before(&rita.post("/fn/customer-contacts", &[("customer", customer)]).body, &name, "con_")
}

/// The last id with this prefix before `name`.
fn id_before(text: &str, name: &str, prefix: &str) -> String {
    let before = &text[..text.find(name).unwrap()];
    id_in(&before[before.rfind(prefix).unwrap()..], prefix).unwrap()
}

fn group(rita: &Client, customer: &str, name: &str) -> String {
    let answer = rita.post("/fn/group-create", &[("name", name), ("tick[]", customer)]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    id_before(&rita.post("/fn/groups", &[]).body, name, "grp_")
}

/// A file to import, checked by nobody yet.
fn import(rita: &Client) -> String {
    let answer = rita.upload(b"Company,Email\nHarbor,it@harbor.example\n", &[("sec-fetch-site", "same-origin")]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    last_segment(&answer.body)
}

/// A mail about the customer.
fn mail(rita: &Client, customer: &str) -> String {
    invitation(rita, customer);
    id_in(&rita.post("/fn/outbox", &[("page", "1")]).body, "eml_").unwrap()
}

/// A link that shows the customer.
fn kiosk(rita: &Client, customer: &str) -> String {
    let name = format!("Screen {}", rand::random::<u64>());
    make_link(rita, &name, &[customer]);
    let list = rita.post("/fn/kiosks", &[]).body;
    id_before(&list, &name, "ksk_")
}

/// An open invitation of a person of the customer.
fn invitation(rita: &Client, customer: &str) -> String {
    let email = format!("p{}@harbor.example", rand::random::<u64>());
    let answer = rita.post("/fn/invite", &[("customer", customer), ("input[email]", &email)]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    id_in(&rita.post("/fn/invitations", &[("customer", customer)]).body, "inv_").unwrap()
}
