//! The tools of these trials, where they are.

use std::path::{Path, PathBuf};

/// What to do without Snakemake.
pub(super) const NO_SNAKEMAKE: &str = "NOT TRIED: snakemake is not on PATH, in SKYLEDGER_SNAKEMAKE or in target/snakemake/bin; .ci/cluster-tools installs it";

/// Snakemake: named by `SKYLEDGER_SNAKEMAKE`, in `target/snakemake`, or on `PATH`.
pub fn snakemake(checkout: &Path) -> Option<PathBuf> {
    let named = std::env::var_os("SKYLEDGER_SNAKEMAKE").map(PathBuf::from);
    let own = checkout.join("target/snakemake/bin/snakemake");
    named.into_iter().chain([own]).find(|program| program.is_file()).or_else(|| test_sky::tool("snakemake"))
}

/// Why Slurm cannot be started here; none where it can.
pub(super) fn missing_of_slurm() -> Option<String> {
    for tool in ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol"] {
        if test_sky::tool(tool).is_none() && !Path::new("/usr/sbin").join(tool).is_file() {
            return Some(format!(
                "NOT TRIED: {tool} is not installed (Debian: slurmctld slurmd slurm-client munge); see .ci/cluster-tools"
            ));
        }
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let user = status.lines().find_map(|line| line.strip_prefix("Uid:")?.split_whitespace().nth(1));
    if user != Some("0") {
        return Some("NOT TRIED: Slurm's daemons and /etc/slurm/slurm.conf need root".to_owned());
    }
    Path::new("/etc/slurm/slurm.conf")
        .exists()
        .then(|| "NOT TRIED: /etc/slurm/slurm.conf is there already; this trial makes its own cluster".to_owned())
}
