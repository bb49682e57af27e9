//! The class `cluster`, as far as one machine goes without Slurm.
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use proof::Bench;

#[test]
fn shards_under_snakemake_are_the_whole_run() {
    let bench = Bench::new(1, true).expect("a folder");
    if proof::cluster::snakemake_program(&bench.checkout()).is_none() {
        eprintln!("skipped: snakemake is not installed (.ci/cluster-tools installs it)");
        return;
    }
    proof::cluster::run(&bench).expect("the class can be run").expect(6);
}
