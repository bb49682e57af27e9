//! A Slurm of two nodes on this machine (munged, slurmctld, two slurmd on loopback), made for the trial and taken down after it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::snakemake::Job;
use super::wrapper::Wrapper;
use crate::slices::{Field, RUN_ID, Tree};
use crate::{Bench, Case};

const CONFIGURATION: &str = "/etc/slurm/slurm.conf";
/// Seconds after which slurmctld takes a silent node for dead.
const NODE_TIMEOUT_S: u32 = 20;
/// Slurm starts a requeued job two minutes later; with the timeout and the polls between, a lost node is made good within this time.
const LOST_NODE_MAX: Duration = Duration::from_secs(420);
/// A slow archive, so that shards are at work when the node dies.
const SLOW: Duration = Duration::from_millis(700);
/// Snakemake's polls; its defaults are for clusters with a database.
const OPTIONS: [&str; 10] = [
    "--slurm-no-account",
    "--slurm-status-command",
    "squeue",
    "--slurm-init-seconds-before-status-checks",
    "3",
    "--seconds-between-status-checks",
    "3",
    "--latency-wait",
    "5",
    "--default-resources=slurm_partition=main",
];

/// The daemons; dropped, they are stopped.
struct Cluster {
    folder: PathBuf,
}

pub(super) fn run(
    bench: &Bench,
    field: &Field,
    snakemake: &Path,
    reference: &Tree,
    cases: &mut Vec<Case>,
) -> Result<(), String> {
    let folder = |name: &str| bench.folder(&format!("cluster-{name}")).map_err(|error| error.to_string());
    let cluster = match Cluster::start(&folder("slurm")?) {
        Ok(cluster) => cluster,
        Err(problem) => {
            cases.push(Case::failed("Slurm", format!("NOT TRIED: it could not be started: {problem}")));
            return Ok(());
        }
    };
    let root = folder("two-nodes")?;
    let wrapper = Wrapper::new(bench, "two-nodes")?;
    wrapper.arm("2/4", 75)?;
    let job =
        Job { bench, field, snakemake, wrapper: &wrapper, root: &root, shards: 4, profile: "slurm", options: &OPTIONS };
    let ended = job.run(&[])?;
    let seen = ended.expect(&[0]).and_then(|_| job.same_as(reference)).map_err(|problem| cluster.explain(problem));
    cases.push(Case::of("Slurm: 4 shards on 2 nodes = whole run", seen));
    let calls = wrapper.calls();
    let on = |node: &str| calls.iter().filter(|call| call.node == node).count();
    let seen = format!("{} calls on n1, {} on n2, {} here", on("n1"), on("n2"), on("here"));
    let both = on("n1") > 0 && on("n2") > 0;
    cases.push(Case::of("Slurm: both nodes work", if both { Ok(seen) } else { Err(seen) }));
    let codes = wrapper.codes("2/4");
    let seen = format!("exit codes {codes:?}");
    let again = matches!(codes.as_slice(), [75, 0 | 3]);
    cases.push(Case::of("Slurm: 75 is tried again in the same job", if again { Ok(seen) } else { Err(seen) }));

    let root = folder("lost-node")?;
    let wrapper = Wrapper::new(bench, "lost-node")?;
    let job = Job { root: &root, wrapper: &wrapper, ..job };
    field.server.delay(SLOW);
    let seen = lose_a_node(&cluster, &job);
    field.server.delay(Duration::ZERO);
    let seen = seen.and_then(|seen| Ok(format!("{seen}; {}", job.same_as(reference)?)));
    cases.push(Case::of("Slurm: a node killed in the middle", seen.map_err(|problem| cluster.explain(problem))));
    Ok(())
}

/// Kills n2 with everything on it while a shard works there, and waits for Snakemake.
fn lose_a_node(cluster: &Cluster, job: &Job<'_>) -> Result<String, String> {
    let said = fs_err::File::create(job.root.join("snakemake.log")).map_err(|error| error.to_string())?;
    let mut command = job.command(&[])?;
    command.stdout(Stdio::null()).stderr(said.into_parts().0);
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let clock = Instant::now();
    let outcome = (|| {
        let jobs = wait_for(Duration::from_secs(90), || {
            let jobs = cluster.jobs_on("n2");
            let at_work = job.root.join("data/downloads").join(RUN_ID).is_dir()
                && !cluster.processes_of(&jobs, "download").is_empty();
            at_work.then_some(jobs)
        })
        .ok_or("no shard came to n2")?;
        let killed = cluster.kill_node("n2", &jobs)?;
        let status = wait_for(LOST_NODE_MAX, || child.try_wait().ok().flatten());
        let seconds = clock.elapsed().as_secs();
        match status {
            Some(status) if status.success() => {
                let done = job.wrapper.calls().iter().filter(|call| call.what.contains('/')).count();
                let there = job.wrapper.calls().iter().filter(|call| call.node == "n2").count();
                Ok(format!(
                    "{killed} processes of n2 killed, its jobs ran again on n1; {done} shards ended ({there} on n2), {seconds} s in all"
                ))
            }
            Some(status) => Err(format!("snakemake ended with {status} after {seconds} s")),
            None => Err(format!("snakemake had not ended after {seconds} s")),
        }
    })();
    if outcome.is_err() {
        let _ = child.kill();
        let _ = child.wait();
        let log = std::fs::read_to_string(job.root.join("snakemake.log")).unwrap_or_default();
        let last: Vec<&str> = log.lines().rev().take(15).collect();
        return outcome
            .map_err(|problem| format!("{problem}: {}", last.into_iter().rev().collect::<Vec<_>>().join(" | ")));
    }
    outcome
}

impl Cluster {
    fn start(folder: &Path) -> Result<Self, String> {
        let text = |error: std::io::Error| error.to_string();
        for name in ["state", "n1", "n2"] {
            fs_err::create_dir(folder.join(name)).map_err(text)?;
        }
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").map_err(text)?;
        let host = host.trim().split('.').next().unwrap_or_default().to_owned();
        let shown = folder.display();
        let mut lines = vec![
            "ClusterName=trial".to_owned(),
            format!("SlurmctldHost={host}(127.0.0.1)"),
            format!("AuthInfo=socket={shown}/munge.sock"),
            format!("SlurmdTimeout={NODE_TIMEOUT_S}"),
        ];
        lines.extend(
            [
                "SlurmUser=root",
                "SlurmdUser=root",
                "AuthType=auth/munge",
                "CredType=cred/munge",
                "MpiDefault=none",
                "ProctrackType=proctrack/linuxproc",
                "TaskPlugin=task/none",
                "SelectType=select/cons_tres",
                "SelectTypeParameters=CR_Core",
                "JobAcctGatherType=jobacct_gather/none",
                "AccountingStorageType=accounting_storage/none",
                "ReturnToService=2",
                "KillWait=3",
            ]
            .map(str::to_owned),
        );
        for (name, place) in [
            ("StateSaveLocation", "state"),
            ("SlurmctldPidFile", "slurmctld.pid"),
            ("SlurmdPidFile", "%n/slurmd.pid"),
            ("SlurmdSpoolDir", "%n/spool"),
            ("SlurmctldLogFile", "slurmctld.log"),
            ("SlurmdLogFile", "%n.log"),
        ] {
            lines.push(format!("{name}={shown}/{place}"));
        }
        for (node, port) in [("n1", 17_001), ("n2", 17_002)] {
            lines.push(format!(
                "NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=1 RealMemory=3000"
            ));
        }
        lines.push("PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP".to_owned());
        let own = folder.join("slurm.conf");
        fs_err::write(&own, lines.join("\n") + "\n").map_err(text)?;
        let key = folder.join("munge.key");
        let mut random = [0_u8; 128];
        std::io::Read::read_exact(&mut fs_err::File::open("/dev/urandom").map_err(text)?, &mut random).map_err(text)?;
        fs_err::write(&key, random).map_err(text)?;
        let mode = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o400);
        fs_err::set_permissions(&key, mode).map_err(text)?;
        fs_err::create_dir_all("/etc/slurm").map_err(text)?;
        std::os::unix::fs::symlink(&own, CONFIGURATION).map_err(text)?;
        let cluster = Self { folder: folder.to_owned() };
        let munge = |name: &str, file: &str| format!("--{name}={}", folder.join(file).display());
        daemon(Command::new("/usr/sbin/munged").args([
            munge("key-file", "munge.key"),
            munge("socket", "munge.sock"),
            munge("pid-file", "munged.pid"),
            munge("log-file", "munged.log"),
            munge("seed-file", "munge.seed"),
        ]))?;
        daemon(&mut Command::new("/usr/sbin/slurmctld"))?;
        for node in ["n1", "n2"] {
            daemon(Command::new("/usr/sbin/slurmd").args(["-N", node]))?;
        }
        let ready = wait_for(Duration::from_secs(60), || {
            let idle = said(Command::new("sinfo").args(["-h", "-N", "-o", "%N %t"]))?;
            (idle.lines().filter(|line| line.ends_with(" idle")).count() == 2).then_some(())
        });
        match ready {
            Some(()) => Ok(cluster),
            None => Err(cluster.explain("the two nodes were not idle within 60 s".to_owned())),
        }
    }

    /// Ids of the jobs that run on a node.
    fn jobs_on(&self, node: &str) -> Vec<String> {
        let jobs = said(Command::new("squeue").args(["-h", "-t", "R", "-w", node, "-o", "%i"])).unwrap_or_default();
        jobs.lines().map(str::to_owned).collect()
    }

    /// Processes of these jobs whose command line holds a word.
    fn processes_of(&self, jobs: &[String], word: &str) -> Vec<u32> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
            let read = |name: &str| {
                String::from_utf8_lossy(&std::fs::read(entry.path().join(name)).unwrap_or_default()).into_owned()
            };
            let (line, variables) = (read("cmdline"), read("environ"));
            let is_of_job = jobs.iter().any(|job| {
                variables.split('\0').any(|variable| variable == format!("SLURM_JOB_ID={job}"))
                    || line.starts_with(&format!("slurmstepd: [{job}."))
            });
            if is_of_job && id != std::process::id() && line.contains(word) {
                found.push(id);
            }
        }
        found
    }

    /// SIGKILL for a node's slurmd, its job steps and all of their processes, as when its power fails.
    fn kill_node(&self, node: &str, jobs: &[String]) -> Result<usize, String> {
        let daemon =
            fs_err::read_to_string(self.folder.join(node).join("slurmd.pid")).map_err(|error| error.to_string())?;
        let mut processes = vec![daemon.trim().to_owned()];
        processes.extend(self.processes_of(jobs, "").iter().map(ToString::to_string));
        let killed = Command::new("kill").arg("-9").args(&processes).status().map_err(|error| error.to_string())?;
        if killed.success() { Ok(processes.len()) } else { Err(format!("kill of {processes:?}: {killed}")) }
    }

    /// A problem with the last lines of the daemons' logs.
    fn explain(&self, problem: String) -> String {
        let mut text = problem;
        for name in ["munged.log", "slurmctld.log", "n1.log", "n2.log"] {
            let log = std::fs::read_to_string(self.folder.join(name)).unwrap_or_default();
            let last: Vec<&str> = log.lines().rev().take(3).collect();
            for line in last.into_iter().rev() {
                text.push_str(&format!(" | {name}: {line}"));
            }
        }
        text
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = Command::new("scancel").args(["--state=RUNNING", "--partition=main"]).status();
        let _ = Command::new("scontrol").arg("shutdown").output();
        std::thread::sleep(Duration::from_secs(2));
        for file in ["slurmctld.pid", "n1/slurmd.pid", "n2/slurmd.pid", "munged.pid"] {
            if let Ok(id) = std::fs::read_to_string(self.folder.join(file)) {
                let _ = Command::new("kill").arg(id.trim()).output();
            }
        }
        let own = std::fs::read_link(CONFIGURATION).is_ok_and(|target| target.starts_with(&self.folder));
        if own {
            let _ = std::fs::remove_file(CONFIGURATION);
        }
    }
}

/// Starts a daemon, which goes into the background by itself.
fn daemon(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    match wait_for(Duration::from_secs(20), || child.try_wait().ok().flatten()) {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(format!("{program} ended with {status}")),
        None => Err(format!("{program} stayed in the foreground")),
    }
}

fn said(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn wait_for<T>(at_most: Duration, mut condition: impl FnMut() -> Option<T>) -> Option<T> {
    let clock = Instant::now();
    loop {
        if let Some(found) = condition() {
            return Some(found);
        }
        if clock.elapsed() > at_most {
            return None;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}
