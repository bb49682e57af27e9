//! Which jobs of a step are asked for: what ties their units, the shard that takes them, `--only`.

use std::collections::BTreeSet;

use step_contract::{GroupNeed, Job, Scope};

use crate::fault::Fault;
use crate::session::Session;

/// Gives each job the group, kind and root that its unit takes over from the first input, where the job says none: of scope unit those of
/// the unit of the same id, of scope group the kind and root that all members share.
pub(crate) fn inherit_ties(session: &Session, jobs: &mut [Job]) {
    for job in jobs {
        match session.scope {
            Scope::Unit => {
                let units = session.bound().first_units.as_ref();
                if let Some(ties) = units.and_then(|units| units.get(job.id())) {
                    job.inherit(ties);
                }
            }
            Scope::Group => {
                let ties = group_of(job).map(|group| step_contract::Ties {
                    kind: group.kind.clone(),
                    root: group.root.clone(),
                    ..step_contract::Ties::default()
                });
                if let Some(ties) = ties {
                    job.inherit(&ties);
                }
            }
            Scope::Run => {}
        }
    }
}

/// Leaves the jobs of this shard: those whose root (a unit's own id where there is none) belongs to it.
pub(crate) fn retain_shard(session: &Session, jobs: &mut Vec<Job>) -> Result<(), Fault> {
    let Some(shard) = session.selection.shard else { return Ok(()) };
    if session.scope == Scope::Group
        && let Some(job) = jobs.iter().find(|job| job.ties().root.is_none())
    {
        return Err(Fault::Contract(format!(
            "--shard {shard}: the members of group {} have no root in common, so its members may lie in several shards; the facts of \
             a unit must say its root, or run the step without --shard",
            job.id()
        )));
    }
    jobs.retain(|job| shard.takes(job.ties().root.as_deref().unwrap_or(job.id())));
    Ok(())
}

/// Ids of the jobs that `--only` asks for: the one of that id, else those of that group or root, else the group with that member.
pub(crate) fn only(session: &Session, jobs: &[Job]) -> Result<Option<BTreeSet<String>>, Fault> {
    let Some(only) = &session.selection.only else { return Ok(None) };
    let is = |text: &Option<String>| text.as_ref() == Some(only);
    let ids = |wanted: &dyn Fn(&Job) -> bool| -> BTreeSet<String> {
        jobs.iter().filter(|job| wanted(job)).map(|job| job.id().to_owned()).collect()
    };
    let first = session.bound().first_units.as_ref();
    let group_with_member = first.and_then(|units| units.get(only)).and_then(|ties| ties.group.as_ref());
    let in_group = |job: &Job| session.scope == Scope::Group && Some(job.id()) == group_with_member.map(String::as_str);
    let found =
        [ids(&|job| job.id() == only), ids(&|job| is(&job.ties().group) || is(&job.ties().root)), ids(&in_group)];
    match found.into_iter().find(|ids| !ids.is_empty()) {
        Some(ids) => Ok(Some(ids)),
        None => {
            let some: Vec<&str> = jobs.iter().take(5).map(Job::id).collect();
            Err(Fault::Usage(format!(
                "--only {only}: there is no such unit (nor a group, root or member of that name); there are {} units: {} ...",
                jobs.len(),
                some.join(", ")
            )))
        }
    }
}

/// The group of the first input that a job of scope group works on.
fn group_of(job: &Job) -> Option<&GroupNeed> {
    job.needed().iter().find_map(|need| need.group.as_ref())
}
