//! Starts the real binary on a free port with data of its own, and asks it as a client would.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use fixture::{Cluster, Database};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, Row, SqliteConnection, sqlite::SqliteConnectOptions};
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
    database: Option<Database>,
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
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Database::create()),
        };
        Self { folder, url: database.as_ref().map(Database::url), database }
    }

    /// On a cluster that the test may stop.
    pub(crate) fn on(cluster: &Cluster) -> Self {
        let database = Database::create_on(&cluster.url());
        Self { url: Some(database.url()), database: Some(database), ..Self::new(Engine::Sqlite) }
    }

    pub(crate) fn database_address(&self) -> Option<SocketAddr> {
        self.database.as_ref().map(Database::address)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nocturne"));
        command.args(arguments).env_remove("RUST_LOG").env("NOCTURNE_CAPTCHA", "off").arg("--data-dir").arg(self.folder.path());
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
        self.start_at("127.0.0.1:0", arguments)
    }

    pub(crate) fn start_at(&self, listen: &str, arguments: &[&str]) -> Server {
        let mut command = self.command(&["serve", "--listen", listen, "--allow-target", "127.0.0.0/8"]);
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

/// Reads beside the server, and can keep it from writing.
impl Place {
    /// The rows of a query whose columns are texts.
    pub(crate) fn rows<const N: usize>(&self, sql: &'static str) -> Vec<[String; N]> {
        block_on(async {
            match &self.url {
                None => texts(&sqlx::query(sql).fetch_all(&mut self.sqlite().await).await.unwrap()),
                Some(url) => texts(&sqlx::query(sql).fetch_all(&mut PgConnection::connect(url).await.unwrap()).await.unwrap()),
            }
        })
    }

    /// Runs a statement beside the server; what the database says against it.
    pub(crate) fn try_execute(&self, sql: String) -> Result<(), String> {
        let sql = sqlx::AssertSqlSafe(sql);
        block_on(async {
            match &self.url {
                None => self.sqlite().await.execute(sql).await.map(|_| ()),
                Some(url) => PgConnection::connect(url).await.unwrap().execute(sql).await.map(|_| ()),
            }
        })
        .map_err(|error| error.to_string())
    }

    /// Runs a statement on SQLite while no server does.
    pub(crate) fn execute(&self, sql: &'static str) {
        block_on(async { self.sqlite().await.execute(sql).await.unwrap() });
    }

    async fn sqlite(&self) -> SqliteConnection {
        let file = sqlite_file(self.folder.path());
        SqliteConnectOptions::new().filename(file).collation("C", str::cmp).connect().await.unwrap()
    }

    /// Takes the lock that every write of a status needs: nothing is stored until the answer is dropped.
    pub(crate) fn hold_writes(&self) -> Held {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let holder = runtime.block_on(async {
            match &self.url {
                None => {
                    let mut sqlite = self.sqlite().await;
                    sqlite.execute("PRAGMA busy_timeout = 20000").await.unwrap();
                    sqlite.execute("BEGIN EXCLUSIVE").await.unwrap();
                    Holder::Sqlite(sqlite)
                }
                Some(url) => {
                    let mut postgres = PgConnection::connect(url).await.unwrap();
                    let lock = format!("SELECT pg_advisory_lock({STATUSES_LOCK})");
                    postgres.execute(sqlx::AssertSqlSafe(lock)).await.unwrap();
                    Holder::Postgres(postgres)
                }
            }
        });
        Held { runtime, holder: Some(holder) }
    }
}

/// As `store` says.
const STATUSES_LOCK: i64 = 0x006e_6f63_7475_726e + 1;

fn texts<R: Row, const N: usize>(rows: &[R]) -> Vec<[String; N]>
where
    for<'r> String: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    usize: sqlx::ColumnIndex<R>,
{
    rows.iter().map(|row| std::array::from_fn(|column| row.get(column))).collect()
}

/// Whoever keeps everyone else from writing.
pub(crate) struct Held {
    runtime: tokio::runtime::Runtime,
    holder: Option<Holder>,
}

enum Holder {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.runtime.block_on(async {
            match self.holder.take() {
                Some(Holder::Sqlite(sqlite)) => sqlite.close().await,
                Some(Holder::Postgres(postgres)) => postgres.close().await,
                None => Ok(()),
            }
        });
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

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
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

    /// A form that the browser itself sends, asking for a page or a file.
    pub(crate) fn send(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.try_post(path, fields, &[("sec-fetch-site", "same-origin"), ("accept", "text/html")]).unwrap()
    }

    /// The status of an answer that has no end.
    pub(crate) fn status_of(&self, path: &str) -> u16 {
        let cookie = self.cookie.as_deref().unwrap_or_default();
        self.agent.get(format!("{}{path}", self.base)).header("cookie", cookie).call().unwrap().status().as_u16()
    }

    /// What a script of the page asks for as CSV: the status, the named headers, and the text.
    pub(crate) fn csv(&self, path: &str, headers: &[&str]) -> (u16, Vec<String>, String) {
        let cookie = self.cookie.as_deref().unwrap_or_default();
        let request = self.agent.get(format!("{}{path}", self.base)).header("cookie", cookie).header("accept", "text/csv");
        let mut answer = request.call().unwrap();
        let of = |name: &&str| answer.headers().get(*name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let named = headers.iter().map(of).collect();
        let text = answer.body_mut().with_config().limit(50_000_000).read_to_vec().unwrap();
        (answer.status().as_u16(), named, String::from_utf8(text).unwrap())
    }

    /// What is no text.
    pub(crate) fn try_bytes(&self, path: &str) -> Result<Vec<u8>, ureq::Error> {
        let cookie = self.cookie.as_deref().unwrap_or_default();
        let mut answer = self.agent.get(format!("{}{path}", self.base)).header("cookie", cookie).call()?;
        if answer.status().as_u16() != 200 {
            return Err(ureq::Error::StatusCode(answer.status().as_u16()));
        }
        answer.body_mut().with_config().limit(50_000_000).read_to_vec()
    }

    /// A stream, read as it comes.
    pub(crate) fn stream(&self, path: &str) -> impl std::io::Read + use<> {
        let cookie = self.cookie.as_deref().unwrap_or_default();
        self.agent.get(format!("{}{path}", self.base)).header("cookie", cookie).call().unwrap().into_body().into_reader()
    }

    /// Server-sent events after `last`, as lines; an error where the server does not answer with any.
    pub(crate) fn open_stream(&self, path: &str, last: &str) -> std::io::Result<TcpStream> {
        let host = self.base.trim_start_matches("http://");
        let mut socket = TcpStream::connect(host)?;
        socket.set_read_timeout(Some(Duration::from_secs(5)))?;
        let cookie = self.cookie.as_deref().unwrap_or_default();
        write!(
            socket,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\nCookie: {cookie}\r\nLast-Event-ID: {last}\r\n\r\n"
        )?;
        Ok(socket)
    }

    /// A form whose sender goes away once it is being taken in; returns when the server has let go of the connection.
    pub(crate) fn post_and_go_away(&self, path: &str, body: &str) {
        let host = self.base.trim_start_matches("http://");
        let mut socket = TcpStream::connect(host).unwrap();
        let cookie = self.cookie.as_deref().unwrap_or_default();
        let length = body.len();
        write!(
            socket,
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\nSec-Fetch-Site: same-origin\r\nCookie: {cookie}\r\n\
            Expect: 100-continue\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
        )
        .unwrap();
        // Said when somebody reads the body.
        let mut go_on = [0; 25];
        socket.read_exact(&mut go_on).unwrap();
        assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
        socket.write_all(body.as_bytes()).unwrap();
        socket.shutdown(Shutdown::Write).unwrap();
        assert_eq!(socket.read(&mut [0]).unwrap(), 0, "it was answered");
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

    /// A file sent by the form of `/customers/import`; `headers` say who sends it.
    pub(crate) fn upload(&self, bytes: &[u8], headers: &[(&str, &str)]) -> Answer {
        let part = |about: &str| format!("--boundary\r\nContent-Disposition: form-data; {about}\r\n\r\n");
        let mut body =
            (part("name=\"encoding\"") + "utf-8\r\n" + &part("name=\"file\"; filename=\"customers.csv\"")).into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--boundary--\r\n");
        let mut request = self.agent.post(format!("{}/imports", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        read(request.header("content-type", "multipart/form-data; boundary=boundary").send(&body[..]).unwrap()).unwrap()
    }

    /// Moves the server's clock; back where it is less than 0.
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
pub(crate) fn last_segment(body: &str) -> String {
    body.trim_matches('"').rsplit('/').next().unwrap().to_owned()
}

/// The first id with this prefix in a page or an answer.
pub(crate) fn id_in(text: &str, prefix: &str) -> Option<String> {
    let id = &text[text.find(prefix)?..];
    Some(
        id.split(|character: char| !character.is_ascii_alphanumeric() && character != '_' && character != '-').next()?.to_owned(),
    )
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
    /// The answer to the next COMMIT is lost.
    deaf: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Wire {
    pub(crate) fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let wire = Self { address, whole: Arc::new(AtomicBool::new(true)), deaf: Arc::default(), open: Arc::default() };
        let (whole, deaf, open) = (wire.whole.clone(), wire.deaf.clone(), wire.open.clone());
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                if !whole.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(database) = TcpStream::connect(target) else { continue };
                open.lock().unwrap().extend([client.try_clone().unwrap(), database.try_clone().unwrap()]);
                let deaf = deaf.clone();
                let (mut asking, mut asked) = (client.try_clone().unwrap(), database.try_clone().unwrap());
                std::thread::spawn(move || {
                    let _ = carry(&mut asking, &mut asked, &deaf);
                    let _ = asked.shutdown(Shutdown::Both);
                });
                std::thread::spawn(move || {
                    let (mut from, mut to) = (database, client);
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Both);
                });
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

    /// The next COMMIT arrives, and its answer does not.
    pub(crate) fn lose_next_answer(&self) {
        self.deaf.store(true, Ordering::SeqCst);
    }

    pub(crate) fn mend(&self) {
        self.whole.store(true, Ordering::SeqCst);
    }
}

fn carry(asking: &mut TcpStream, asked: &mut TcpStream, deaf: &AtomicBool) -> std::io::Result<()> {
    let mut bytes = [0; 65_536];
    loop {
        let count = asking.read(&mut bytes)?;
        if count == 0 {
            return Ok(());
        }
        if bytes[..count].windows(6).any(|word| word == b"COMMIT") && deaf.swap(false, Ordering::SeqCst) {
            asking.shutdown(Shutdown::Both)?;
        }
        asked.write_all(&bytes[..count])?;
    }
}

/// The SQLite file of a data folder.
pub(crate) fn sqlite_file(folder: &Path) -> std::path::PathBuf {
    folder.join("nocturne.db")
}
