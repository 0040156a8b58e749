//! Behind nginx with the configuration of `deploy/nginx.conf`: people's own addresses, Secure cookies, and a stream that flows.

use std::{
    io::Read,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::{
    kiosk::make_link,
    support::{Engine, Place, until},
};

const CONFIG: &str = include_str!("../../../deploy/nginx.conf");

/// nginx in the foreground, with data of its own; killed when it is dropped.
struct Nginx(Child);

impl Nginx {
    /// Runs the configuration of the documentation on other ports, without TLS, in a folder of its own.
    fn start(folder: &Path, port: u16, server: &str) -> Self {
        let replaced = [
            ("server 127.0.0.1:3000;", format!("server {server};")),
            ("listen 443 ssl http2;", format!("listen 127.0.0.1:{port};")),
            ("/var/log/nginx/nocturne.log", format!("{}/access", folder.display())),
        ];
        let mut site = CONFIG.to_owned();
        for (documented, here) in replaced {
            assert!(site.contains(documented), "{documented}");
            site = site.replace(documented, &here);
        }
        let site: String = site.lines().filter(|line| !line.trim().starts_with("ssl_")).map(|line| format!("{line}\n")).collect();
        let place = folder.display();
        let config = format!(
            "daemon off; pid {place}/pid; error_log stderr; events {{}}\nhttp {{ client_body_temp_path {place}/body;\
             proxy_temp_path {place}/proxy; fastcgi_temp_path {place}/fastcgi; uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;\n{site}}}\n"
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, config).unwrap();
        let program =
            std::env::var_os("NOCTURNE_TEST_NGINX").expect("NOCTURNE_TEST_NGINX names nginx: `cargo xtask test` sets it");
        let child = Command::new(program).arg("-p").arg(folder).arg("-c").arg(file).stderr(Stdio::null()).spawn().unwrap();
        Self(child)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // SIGTERM, so that the workers end with it.
        let _ = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn behind_nginx_addresses_are_peoples_own_and_the_stream_flows() {
    let place = Place::new(Engine::Sqlite);
    let server = place.start_with(&["--public-url", "https://noc.example.com", "--trusted-proxy", "127.0.0.1/32"]);
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let _nginx = Nginx::start(folder.path(), port, server.base.strip_prefix("http://").unwrap());
    let outside = server.client().at(&format!("http://127.0.0.1:{port}"));
    until("nginx answers", || outside.try_get("/healthz").ok().filter(|answer| answer.status == 200));

    let fields = [
        ("input[msp_name]", "Night Shift"),
        ("input[name]", "Rita"),
        ("input[email]", "rita@msp.example"),
        ("input[password]", "correct horse battery"),
    ];
    let own_origin = [("origin", "https://noc.example.com"), ("sec-fetch-site", "same-origin")];
    let answer = outside.try_post("/fn/set-up", &fields, &own_origin).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.set_cookie.as_deref().is_some_and(|cookie| cookie.starts_with("__Host-") && cookie.contains("Secure")));
    let mut rita = outside.clone();
    rita.keep_session(&answer);

    let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    assert_eq!(rita.try_post("/fn/sign-out", &[], &foreign).unwrap().status, 403);

    let mut stream = rita.stream("/live/stream");
    let mut seen = String::new();
    let mut bytes = [0; 512];
    while !seen.contains("event: beat") {
        let count = stream.read(&mut bytes).unwrap();
        assert!(count > 0, "the stream ended: {seen}");
        seen.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }

    // A kiosk link stands in no log, nor does an invitation, and its screen's cookie is for HTTPS alone.
    let opened = outside.get("/kiosk/not-a-link-but-as-secret");
    assert_eq!(opened.location.as_deref(), Some("/kiosk/over"));
    outside.get("/invitation/not-an-invitation-but-as-secret");
    let from =
        [("referer", "https://noc.example.com/invitation/not-an-invitation-but-as-secret"), ("sec-fetch-site", "same-origin")];
    outside.try_post("/fn/me", &[], &from).unwrap();
    let token = make_link(&rita, "Lobby", &[]);
    let cookie = outside.get(&format!("/kiosk/{token}")).set_cookie.unwrap();
    assert!(cookie.starts_with("__Secure-nocturne-kiosk=") && cookie.ends_with("; Secure"), "{cookie}");
    let log = until("nginx logs", || {
        outside.get("/kiosk/screen/any");
        std::fs::read_to_string(folder.path().join("access")).ok().filter(|log| log.contains("GET /kiosk/screen/any HTTP"))
    });
    assert!(!log.contains(&token) && !log.contains("as-secret"), "{log}");
}
