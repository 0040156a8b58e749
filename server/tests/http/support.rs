//! Starts the real binary on a free port with data of its own, and asks it as a client would.

use std::{
    io::{BufRead, BufReader},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::{ConnectOptions, Connection, Executor, postgres::PgConnectOptions};
use tempfile::TempDir;
use ureq::http::Response;

/// Where a server's data are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// Makes of one test one for each engine.
macro_rules! on_both {
    ($(#[$doc:meta])* $name:ident) => {
        mod $name {
            #[test]
            fn sqlite() {
                super::$name(crate::support::Engine::Sqlite);
            }
            #[test]
            fn postgres() {
                super::$name(crate::support::Engine::Postgres);
            }
        }
    };
}
pub(crate) use on_both;

/// A data folder and, on PostgreSQL, a database; both go with it.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    database: Option<(PgConnectOptions, String)>,
    /// What the server is told, which may be a proxy in front of the database.
    pub(crate) url: Option<String>,
}

pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

impl Place {
    pub(crate) fn new(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("site")).unwrap();
        std::fs::write(folder.path().join("site/site.json"), r#"{"build":"test"}"#).unwrap();
        if engine == Engine::Sqlite {
            return Self { folder, database: None, url: None };
        }
        let server = std::env::var("NOCTURNE_TEST_POSTGRES")
            .expect("NOCTURNE_TEST_POSTGRES names a PostgreSQL to test on: `cargo xtask test` starts one");
        let admin: PgConnectOptions = server.parse().unwrap();
        let name = format!("http_{:016x}", rand::random::<u64>());
        block_on(async {
            let mut connection = admin.connect().await.unwrap();
            connection.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
            connection.close().await.unwrap();
        });
        let url = admin.clone().database(&name).to_url_lossy().to_string();
        Self { folder, database: Some((admin, name)), url: Some(url) }
    }

    pub(crate) fn database_address(&self) -> Option<SocketAddr> {
        self.database.as_ref().map(|(options, _)| SocketAddr::new(options.get_host().parse().unwrap(), options.get_port()))
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nocturne"));
        command.args(arguments).env_remove("RUST_LOG").arg("--data-dir").arg(self.folder.path());
        if let Some(url) = &self.url {
            command.arg("--database-url").arg(url);
        }
        command
    }

    /// Runs a command to its end: whether it succeeded, and what it printed.
    pub(crate) fn run(&self, arguments: &[&str]) -> (bool, String) {
        let output = self.command(arguments).stdin(Stdio::null()).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
    }

    /// What a server writes to its log until it listens and is ended.
    pub(crate) fn log_of_a_start(&self, arguments: &[&str]) -> String {
        let site = self.folder.path().join("site");
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0", "--site", site.to_str().unwrap()]);
        let mut child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
        Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap()
    }

    pub(crate) fn start(&self) -> Server {
        self.start_with(&[])
    }

    pub(crate) fn start_with(&self, arguments: &[&str]) -> Server {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0", "--allow-target", "127.0.0.0/8"]);
        let site = self.folder.path().join("site");
        let mut child =
            command.arg("--site").arg(site).args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let base =
            line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("the server did not start: {line:?}")).to_owned();
        Server { child, base }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((admin, name)) = &self.database {
            block_on(async {
                if let Ok(mut connection) = admin.connect().await {
                    let _ = connection.execute(sqlx::AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).await;
                }
            });
        }
    }
}

/// A running server, killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) base: String,
}

impl Server {
    pub(crate) fn client(&self) -> Client {
        Client::new(&self.base)
    }

    /// SIGKILL: no warning, no clean end.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGHUP: read the certificate anew.
    pub(crate) fn hang_up(&self) {
        assert!(Command::new("kill").args(["-HUP", &self.child.id().to_string()]).status().unwrap().success());
    }

    /// SIGTERM; returns whether it ended well.
    pub(crate) fn terminate(mut self) -> bool {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap().success()
    }

    /// The first page filled in: an MSP with an admin, who is signed in.
    pub(crate) fn set_up(&self) -> Client {
        let mut client = self.client();
        let answer = client.post(
            "/fn/set-up",
            &[
                ("input[msp_name]", "Night Shift"),
                ("input[name]", "Rita"),
                ("input[email]", "rita@msp.example"),
                ("input[password]", "correct horse battery"),
            ],
        );
        assert_eq!(answer.status, 200, "{}", answer.body);
        client.keep_session(&answer);
        client
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A browser's part of HTTP: a cookie, an origin, no redirects followed.
#[derive(Clone)]
pub(crate) struct Client {
    agent: ureq::Agent,
    base: String,
    pub(crate) cookie: Option<String>,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) set_cookie: Option<String>,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: String,
}

impl Client {
    pub(crate) fn new(base: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(30)));
        Self { agent: config.build().new_agent(), base: base.to_owned(), cookie: None }
    }

    pub(crate) fn at(&self, base: &str) -> Self {
        Self { cookie: self.cookie.clone(), ..Self::new(base) }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.try_get(path).unwrap()
    }

    pub(crate) fn try_get(&self, path: &str) -> Result<Answer, ureq::Error> {
        let mut request = self.agent.get(format!("{}{path}", self.base)).header("accept", "text/html");
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        read(request.call()?)
    }

    /// What a script of the page sends as JSON.
    pub(crate) fn post_json(&self, path: &str, body: &str) -> Answer {
        let request = self.agent.post(format!("{}{path}", self.base)).header("accept", "application/json");
        let request = request.header("sec-fetch-site", "same-origin").header("content-type", "application/json");
        let request = if let Some(cookie) = &self.cookie { request.header("cookie", cookie) } else { request };
        read(request.send(body).unwrap()).unwrap()
    }

    /// The status of an answer that has no end.
    pub(crate) fn status_of(&self, path: &str) -> u16 {
        let cookie = self.cookie.as_deref().unwrap_or_default();
        self.agent.get(format!("{}{path}", self.base)).header("cookie", cookie).call().unwrap().status().as_u16()
    }

    pub(crate) fn bytes(&self, path: &str) -> Vec<u8> {
        let cookie = self.cookie.as_deref().unwrap_or_default();
        let mut answer = self.agent.get(format!("{}{path}", self.base)).header("cookie", cookie).call().unwrap();
        answer.body_mut().read_to_vec().unwrap()
    }

    /// A stream, read as it comes.
    pub(crate) fn stream(&self, path: &str) -> impl std::io::Read + use<> {
        let cookie = self.cookie.as_deref().unwrap_or_default();
        self.agent.get(format!("{}{path}", self.base)).header("cookie", cookie).call().unwrap().into_body().into_reader()
    }

    /// A form sent by the page's own script.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.try_post(path, fields, &[("sec-fetch-site", "same-origin")]).unwrap()
    }

    pub(crate) fn try_post(&self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Result<Answer, ureq::Error> {
        let mut request = self.agent.post(format!("{}{path}", self.base));
        if !headers.iter().any(|(name, _)| *name == "accept") {
            request = request.header("accept", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        read(request.send_form(fields.iter().copied())?)
    }

    /// Moves the server's clock forward.
    pub(crate) fn advance(&self, ms: i64) {
        let request = self.agent.post(format!("{}/__test/clock", self.base)).header("content-type", "application/json");
        let answer = request.send(format!(r#"{{"advance_ms":{ms}}}"#)).unwrap();
        assert_eq!(answer.status().as_u16(), 204);
    }

    pub(crate) fn keep_session(&mut self, answer: &Answer) {
        let cookie = answer.set_cookie.as_deref().expect("a session");
        self.cookie = cookie.split(';').next().map(str::to_owned);
    }

    /// Adds a customer; its id.
    pub(crate) fn add_customer(&self, company: &str) -> String {
        let answer = self.post("/fn/customer-create", &customer(company));
        assert_eq!(answer.status, 200, "{}", answer.body);
        last_segment(&answer.body)
    }

    /// Adds a simulated monitor; its id.
    pub(crate) fn add_monitor(&self, customer: &str, name: &str, profile: &str) -> String {
        let answer = self.post("/fn/monitor-create", &monitor(customer, name, profile));
        assert_eq!(answer.status, 200, "{}", answer.body);
        last_segment(&answer.body)
    }
}

pub(crate) fn customer(company: &str) -> Vec<(&str, &str)> {
    vec![
        ("input[company]", company),
        ("input[email]", "it@customer.example"),
        ("input[account_manager_email]", "rita@msp.example"),
    ]
}

pub(crate) fn monitor<'a>(customer: &'a str, name: &'a str, profile: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("customer", customer),
        ("input[name]", name),
        ("input[kind]", "simulated"),
        ("input[profile]", profile),
        ("input[interval_s]", "10"),
        ("input[timeout_s]", "5"),
        ("input[retries]", "0"),
    ]
}

/// An operator of the MSP that was set up, signed in.
pub(crate) fn add_operator(place: &Place, server: &Server, email: &str) -> Client {
    const PASSWORD: &str = "correct horse battery";
    let arguments = ["user", "create", "--role", "operator", "--email", email, "--name", "Otto", "--password-stdin"];
    let mut child = place.command(&arguments).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), PASSWORD.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    let mut client = server.client();
    let answer = client.post("/fn/sign-in", &[("email", email), ("password", PASSWORD)]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    client.keep_session(&answer);
    client
}

/// The id of a member of staff, from the page of all of them.
pub(crate) fn user_id(admin: &Client, email: &str) -> String {
    let page = admin.get("/users").body;
    let row = page.split("<tr").find(|row| row.contains(email)).expect("a row");
    let id = row.split("/users/").nth(1).expect("a link");
    id[..36].to_owned()
}

/// `"/customers/cus_..."` as JSON: the id.
fn last_segment(body: &str) -> String {
    body.trim_matches('"').rsplit('/').next().unwrap().to_owned()
}

fn read(mut answer: Response<ureq::Body>) -> Result<Answer, ureq::Error> {
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (location, set_cookie, retry_after) = (header("location"), header("set-cookie"), header("retry-after"));
    let body = String::from_utf8_lossy(&answer.body_mut().read_to_vec()?).into_owned();
    Ok(Answer { status: answer.status().as_u16(), location, set_cookie, retry_after, body })
}

/// Asks until it is so; fails after half a minute.
pub(crate) fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(Instant::now() < end, "waited too long until {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A wire between server and database that can be cut.
pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    whole: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Wire {
    pub(crate) fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let wire = Self { address: listener.local_addr().unwrap(), whole: Arc::new(AtomicBool::new(true)), open: Arc::default() };
        let (whole, open) = (wire.whole.clone(), wire.open.clone());
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                if !whole.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(database) = TcpStream::connect(target) else { continue };
                open.lock().unwrap().extend([client.try_clone().unwrap(), database.try_clone().unwrap()]);
                for (mut from, mut to) in [(client.try_clone().unwrap(), database.try_clone().unwrap()), (database, client)] {
                    std::thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
            }
        });
        wire
    }

    pub(crate) fn cut(&self) {
        self.whole.store(false, Ordering::SeqCst);
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    pub(crate) fn mend(&self) {
        self.whole.store(true, Ordering::SeqCst);
    }
}

/// The SQLite file of a data folder.
pub(crate) fn sqlite_file(folder: &Path) -> std::path::PathBuf {
    folder.join("nocturne.db")
}
