//! One keep-alive connection to the server. It does as little as possible, for what it spends the server lacks: both share this
//! machine.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::step::Outcome;

pub(crate) struct Client {
    address: SocketAddr,
    connection: BufReader<TcpStream>,
    cookie: String,
}

/// An answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) cookie: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr, cookie: &str) -> Outcome<Self> {
        let connection = TcpStream::connect(address)?;
        connection.set_nodelay(true)?;
        connection.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self { address, connection: BufReader::new(connection), cookie: cookie.to_owned() })
    }

    /// Signs in; the session is this connection's from then on.
    pub(crate) fn sign_in(&mut self, email: &str, password: &str) -> Outcome<String> {
        let form = format!("email={}&password={}&next=%2F", email.replace('@', "%40"), password);
        let answer = self.post("/fn/sign-in", "application/x-www-form-urlencoded", form.as_bytes())?;
        let cookie = answer.cookie.ok_or_else(|| format!("no session: {}", String::from_utf8_lossy(&answer.body)))?;
        cookie.split(';').next().unwrap_or_default().clone_into(&mut self.cookie);
        Ok(self.cookie.clone())
    }

    pub(crate) fn get(&mut self, path: &str, headers: &str) -> Outcome<Answer> {
        self.send("GET", path, headers, &[])?;
        self.read()
    }

    pub(crate) fn post(&mut self, path: &str, kind: &str, body: &[u8]) -> Outcome<Answer> {
        let headers = format!("content-type: {kind}\r\ncontent-length: {}\r\naccept: application/json\r\n", body.len());
        self.send("POST", path, &headers, body)?;
        self.read()
    }

    /// Asks for a stream: what comes is read from what this returns.
    pub(crate) fn stream(mut self, path: &str) -> Outcome<BufReader<TcpStream>> {
        self.send("GET", path, "accept: text/event-stream\r\n", &[])?;
        Ok(self.connection)
    }

    fn send(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> Outcome<()> {
        let Self { address, cookie, .. } = self;
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\n{headers}\r\n").into_bytes();
        request.extend_from_slice(body);
        Ok(self.connection.get_mut().write_all(&request)?)
    }

    fn read(&mut self) -> Outcome<Answer> {
        let line = self.line()?;
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(|| format!("no status: {line:?}"))?;
        let (mut length, mut chunked, mut cookie) = (0, false, None);
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(": ") else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse()?,
                "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
                "set-cookie" => cookie = Some(value.to_owned()),
                _ => {}
            }
        }
        let mut body = Vec::new();
        while chunked {
            length = usize::from_str_radix(self.line()?.split(';').next().unwrap_or_default(), 16)?;
            chunked = length > 0;
            self.take(length, &mut body)?;
            self.line()?;
            length = 0;
        }
        self.take(length, &mut body)?;
        Ok(Answer { status, cookie, body })
    }

    fn line(&mut self) -> Outcome<String> {
        let mut line = String::new();
        if self.connection.read_line(&mut line)? == 0 {
            return Err("the server closed the connection".into());
        }
        Ok(line.trim_end().to_owned())
    }

    fn take(&mut self, length: usize, body: &mut Vec<u8>) -> Outcome<()> {
        let start = body.len();
        body.resize(start + length, 0);
        Ok(self.connection.read_exact(&mut body[start..])?)
    }
}

impl Answer {
    pub(crate) fn expect(self, status: u16) -> Outcome<Self> {
        if self.status == status {
            return Ok(self);
        }
        Err(format!("answered {} and not {status}: {}", self.status, String::from_utf8_lossy(&self.body)).into())
    }
}
