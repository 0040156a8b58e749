//! The release binary on data of its own, in a folder that goes with it.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process};

use super::client::Client;
use crate::step::{self, Outcome, at};

pub(crate) const ADMIN: &str = "admin@nocturne.example";

/// A data folder with a demonstration in it.
pub(crate) struct Installation {
    folder: PathBuf,
    binary: PathBuf,
    password: String,
}

/// A server on it.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: SocketAddr,
    /// The admin's session.
    pub(crate) cookie: String,
}

impl Installation {
    pub(crate) fn with_demo(customers: u32, monitors: u32) -> Outcome<Self> {
        Self::built("release", customers, monitors)
    }

    /// The same with the binary of another profile.
    pub(crate) fn built(profile: &str, customers: u32, monitors: u32) -> Outcome<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("nocturne-bench-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = env::temp_dir().join(name);
        fs::create_dir_all(&folder).map_err(at(&folder))?;
        let mut new = Self { folder, binary: step::built(profile, "nocturne")?, password: String::new() };
        let said = new.demo(customers, monitors, &[])?;
        let password = said.lines().find_map(|line| line.rsplit_once(" with the password ")).ok_or("no password was told")?;
        password.1.trim().clone_into(&mut new.password);
        Ok(new)
    }

    /// A second MSP with as much; the admin's own stays the first.
    pub(crate) fn add_second_msp(&self, customers: u32, monitors: u32) -> Outcome<()> {
        let msp = self.run(
            &["msp", "create", "--name", "Second", "--admin-email", "second@nocturne.example", "--password-stdin"],
            b"correct horse battery",
        )?;
        self.demo(customers, monitors, &["--msp", msp.lines().next().unwrap_or_default()])?;
        Ok(())
    }

    fn demo(&self, customers: u32, monitors: u32, more: &[&str]) -> Outcome<String> {
        let (customers, monitors) = (customers.to_string(), monitors.to_string());
        let arguments = ["demo", "--customers", &customers, "--monitors", &monitors, "--seed", "1"];
        self.run(&[&arguments[..], more].concat(), b"")
    }

    pub(crate) fn run(&self, arguments: &[&str], input: &[u8]) -> Outcome<String> {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input)?;
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(format!("nocturne {} failed", arguments.join(" ")).into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = step::command(&self.binary);
        command.args(arguments).arg("--data-dir").arg(&self.folder).env("RUST_LOG", "warn").env("NOCTURNE_CAPTCHA", "off");
        command
    }

    /// Starts a server; returns when it listens.
    pub(crate) fn spawn(&self, flags: &[&str]) -> Outcome<(Child, SocketAddr)> {
        let arguments = [&["serve", "--listen", "127.0.0.1:0"], flags].concat();
        let mut child = self.command(&arguments).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let address = line.trim().rsplit('/').next().unwrap_or_default().parse();
        match address {
            Ok(address) => Ok((child, address)),
            Err(_) => {
                end(&mut child);
                Err(format!("the server did not start: {line:?}").into())
            }
        }
    }

    /// The same with the admin signed in.
    pub(crate) fn start(&self, flags: &[&str]) -> Outcome<Running> {
        let (child, address) = self.spawn(flags)?;
        let mut running = Running { child, address, cookie: String::new() };
        running.cookie = Client::connect(address, "")?.sign_in(ADMIN, &self.password)?;
        Ok(running)
    }

    pub(crate) fn password(&self) -> &str {
        &self.password
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Running {
    pub(crate) fn client(&self) -> Outcome<Client> {
        Client::connect(self.address, &self.cookie)
    }

    /// What the process holds of the machine's memory, in MiB.
    pub(crate) fn memory_mib(&self) -> Outcome<f64> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(&path)?;
        let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        Ok(kib.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

pub(crate) fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}
