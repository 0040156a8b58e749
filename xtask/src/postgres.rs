//! A PostgreSQL cluster of our own for the tests: in a temporary folder, on a free port of the loopback, gone when this process is.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};

use crate::step::{Outcome, answer, at, command, run};

/// Nothing in it outlives the tests, so nothing has to survive a crash: no write waits for the disk.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
max_connections = 300
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum_naptime = 10s
";

/// Stops the cluster and removes its folder as soon as its standard input ends. That happens whichever way this process ends:
/// done, failed, by Ctrl-C or killed. Its own process group keeps a terminal's Ctrl-C away from it.
const GUARDIAN: &str = r#"
trap '' HUP INT TERM
cat > /dev/null
"$1/pg_ctl" stop --pgdata "$2/data" --mode immediate --wait > /dev/null 2>&1
rm -rf "$2"
"#;

#[derive(Debug)]
pub(crate) struct Cluster {
    folder: PathBuf,
    port: u16,
    guardian: Child,
}

impl Cluster {
    /// Makes and starts a cluster with the programs in `programs`.
    pub(crate) fn start(programs: &Path) -> Outcome<Cluster> {
        let owner = Owner::find()?;
        let folder = std::env::temp_dir().join(format!("nocturne-postgres-{}", process::id()));
        fs::create_dir(&folder).map_err(at(&folder))?;
        if let Some((user, group)) = owner.ids {
            chown(&folder, Some(user), Some(group)).map_err(at(&folder))?;
        }
        let guardian = owner
            .command("sh")
            .args(["-c", GUARDIAN, "guardian"])
            .arg(programs)
            .arg(&folder)
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let cluster = Cluster { folder, port: free_port()?, guardian };
        cluster.fill(programs, &owner)?;
        Ok(cluster)
    }

    /// For `psql`, the server's `--database-url` and the tests, which make databases of their own in it.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn fill(&self, programs: &Path, owner: &Owner) -> Outcome<()> {
        let data = self.folder.join("data");
        let initdb = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
        run(owner.command(programs.join("initdb")).args(initdb).arg("--pgdata").arg(&data).stdout(Stdio::null()))?;

        let settings = data.join("postgresql.auto.conf");
        let place = format!("port = {}\nunix_socket_directories = '{}'\n", self.port, self.folder.display());
        fs::write(&settings, format!("{SETTINGS}{place}")).map_err(at(&settings))?;

        let log = self.folder.join("log");
        let mut start = owner.command(programs.join("pg_ctl"));
        start.args(["start", "--wait", "--silent", "--pgdata"]).arg(&data).arg("--log").arg(&log).stdout(Stdio::null());
        run(&mut start).map_err(|error| format!("{error}\n{}", fs::read_to_string(&log).unwrap_or_default()).into())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.guardian.stdin.take());
        if let Err(error) = self.guardian.wait() {
            eprintln!("the PostgreSQL of the tests may still run on port {}: {error}", self.port);
        }
    }
}

/// Who runs the cluster: PostgreSQL refuses root.
struct Owner {
    ids: Option<(u32, u32)>,
}

impl Owner {
    fn find() -> Outcome<Owner> {
        if answer("id", &["-u"]).as_deref() != Some("0") {
            return Ok(Owner { ids: None });
        }
        let ids = ["postgres", "nobody"].iter().find_map(|user| id("-u", user).zip(id("-g", user)));
        let ids = ids.ok_or("as root, a user `postgres` or `nobody` is needed to run PostgreSQL")?;
        Ok(Owner { ids: Some(ids) })
    }

    fn command(&self, program: impl Into<PathBuf>) -> Command {
        let mut command = command(program.into());
        command.current_dir("/").stdin(Stdio::null());
        if let Some((user, group)) = self.ids {
            command.uid(user).gid(group);
        }
        command
    }
}

fn id(which: &str, user: &str) -> Option<u32> {
    answer("id", &[which, user])?.parse().ok()
}

/// A port below those that systems hand out by themselves: nobody else takes it before the cluster does.
fn free_port() -> Outcome<u16> {
    let first = 20_000 + u16::try_from(process::id() % 10_000)?;
    (first..32_000).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).ok_or_else(|| "no free port on 127.0.0.1".into())
}

#[cfg(test)]
mod test {
    use super::Cluster;
    use std::net::TcpStream;

    #[test]
    fn a_cluster_answers_and_leaves_nothing_behind() {
        let cluster = Cluster::start(&crate::needs::postgres().unwrap()).unwrap();
        let (address, folder) = (("127.0.0.1", cluster.port), cluster.folder.clone());
        assert!(TcpStream::connect(address).is_ok() && folder.exists());
        drop(cluster);
        assert!(TcpStream::connect(address).is_err() && !folder.exists());
    }
}
