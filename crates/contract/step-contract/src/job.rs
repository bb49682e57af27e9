//! A job: one output unit and the input units that it needs. Its closure opens files only through [`crate::Needs`], so key and reading
//! cannot drift apart.

use crate::input::Input;
use crate::members::Members;
use crate::need::Need;
use crate::product::Product;
use crate::run_manifests::RunManifests;
use crate::scope::Edge;
use crate::shared::Shared;
use crate::ties::Ties;

/// One output unit and what it needs.
#[derive(Clone, Debug)]
pub struct Job {
    id: String,
    needs: Vec<Need>,
    ties: Ties,
    memory_bytes: Option<u64>,
}

/// What a job can need by the edge `each`: `&Input<P>`, `&Option<Input<P>>`, `&Vec<Input<P>>`.
pub trait Needable {
    /// Adds the needs of that unit id.
    fn add_needs(&self, unit: &str, needs: &mut Vec<Need>);
}

/// What a job can need by the edge `shared`: `&Shared<P>`, `&Option<Shared<P>>`, `&Vec<Shared<P>>`.
pub trait Shareable {
    /// Adds the needs of that unit id.
    fn add_shared(&self, unit: &str, needs: &mut Vec<Need>);
}

/// What a job can need by the edge `members`: `&Members<P>`, `&Option<Members<P>>`.
pub trait Groupable {
    /// Adds the need of that group.
    fn add_group(&self, group: &str, needs: &mut Vec<Need>);
}

impl Job {
    /// A job for the output unit of that id (`[A-Za-z0-9._+-]`; the harness refuses others).
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), needs: Vec::new(), ties: Ties::default(), memory_bytes: None }
    }

    /// Needs the unit of that id of an input (of each member of a `Vec`; nothing of an unbound `Option`).
    #[must_use]
    pub fn needs(mut self, input: &impl Needable, unit: &str) -> Self {
        input.add_needs(unit, &mut self.needs);
        self
    }

    /// Needs a unit of any id of a shared input. Call it again for more.
    #[must_use]
    pub fn shares(mut self, input: &impl Shareable, unit: &str) -> Self {
        input.add_shared(unit, &mut self.needs);
        self
    }

    /// Needs all members of a group. Members that are not done do not block; at least one must be kept, see [`Job::min_members`].
    #[must_use]
    pub fn members(mut self, input: &impl Groupable, group: &str) -> Self {
        input.add_group(group, &mut self.needs);
        self
    }

    /// How many kept members each group of this job needs at least (1 where nothing is said). With fewer the unit is blocked by a
    /// member that is not done, or has no work where the others were rejected or there are no more.
    #[must_use]
    pub fn min_members(mut self, members: usize) -> Self {
        self.needs.iter_mut().filter_map(|need| need.group.as_mut()).for_each(|group| group.min_members = members);
        self
    }

    /// Needs every unit of an input whatever its status (scope run): a unit that is not done does not block.
    #[must_use]
    pub fn needs_all<P: Product>(mut self, input: &Input<P>) -> Self {
        for unit in input.units() {
            self.needs.push(Need { passes_status: true, ..Need::of_unit(input, unit.id(), Edge::Each) });
        }
        self
    }

    /// Needs an input as a whole (scope run): the identity of its manifest enters the key, in place of each of its units. For a
    /// unit that depends on all of many input units a little, such as the tile of a plan made from a thousand plates.
    #[must_use]
    pub fn needs_manifest<P: Product>(mut self, input: &Input<P>) -> Self {
        let need = Need::of_manifest(input.member, input.index, &input.label, &input.step, &input.identity);
        self.needs.push(Need { passes_status: true, ..need });
        self
    }

    /// Needs all earlier manifests of the run: their identities enter the key.
    #[must_use]
    pub fn needs_run(mut self, run: &RunManifests) -> Self {
        for (index, manifest) in run.manifests.iter().enumerate() {
            let need = Need::of_manifest("run", index, &manifest.label, &manifest.step, &manifest.identity);
            self.needs.push(Need { passes_status: true, ..need });
        }
        self
    }

    /// The group that the output unit belongs to, where it is not that of the unit of the first input.
    #[must_use]
    pub fn in_group(mut self, group: impl Into<String>) -> Self {
        self.ties.group = Some(group.into());
        self
    }

    /// The kind of the output unit, where it is not that of the first input's.
    #[must_use]
    pub fn of_kind(mut self, kind: impl Into<String>) -> Self {
        self.ties.kind = Some(kind.into());
        self
    }

    /// What the output unit goes back to, where the first input does not say it.
    #[must_use]
    pub fn with_root(mut self, root: impl Into<String>) -> Self {
        self.ties.root = Some(root.into());
        self
    }

    /// Memory that the unit takes at its peak (a function of its pixels, rows, frames), in place of the step's own figure.
    #[must_use]
    pub const fn memory(mut self, bytes: u64) -> Self {
        self.memory_bytes = Some(bytes);
        self
    }

    /// Id of the output unit.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it needs, in the order of declaration.
    pub fn needed(&self) -> &[Need] {
        &self.needs
    }

    /// Memory that the unit takes at its peak, where the job says it.
    pub const fn memory_bytes(&self) -> Option<u64> {
        self.memory_bytes
    }

    /// Group, kind and root of the output unit.
    pub const fn ties(&self) -> &Ties {
        &self.ties
    }

    /// Takes group, kind and root from the first input where the job says none (for the harness).
    pub fn inherit(&mut self, ties: &Ties) {
        self.ties.inherit(ties);
    }

    /// The same with the shared units, as the manifest says them.
    pub fn ties_with_shares(&self) -> Ties {
        let mut ties = self.ties.clone();
        for need in self.needs.iter().filter(|need| need.edge == Edge::Shared) {
            ties.shares.entry(need.member.to_owned()).or_default().push(need.unit.clone());
        }
        ties
    }
}

impl<P: Product> Needable for Input<P> {
    fn add_needs(&self, unit: &str, needs: &mut Vec<Need>) {
        needs.push(Need::of_unit(self, unit, Edge::Each));
    }
}

impl<P: Product> Needable for Option<Input<P>> {
    fn add_needs(&self, unit: &str, needs: &mut Vec<Need>) {
        self.iter().for_each(|input| input.add_needs(unit, needs));
    }
}

impl<P: Product> Needable for Vec<Input<P>> {
    fn add_needs(&self, unit: &str, needs: &mut Vec<Need>) {
        for input in self {
            needs.push(Need { passes_status: true, ..Need::of_unit(input, unit, Edge::Each) });
        }
    }
}

impl<P: Product> Shareable for Shared<P> {
    fn add_shared(&self, unit: &str, needs: &mut Vec<Need>) {
        needs.push(Need::of_unit(self, unit, Edge::Shared));
    }
}

impl<P: Product> Shareable for Option<Shared<P>> {
    fn add_shared(&self, unit: &str, needs: &mut Vec<Need>) {
        self.iter().for_each(|input| input.add_shared(unit, needs));
    }
}

impl<P: Product> Shareable for Vec<Shared<P>> {
    fn add_shared(&self, unit: &str, needs: &mut Vec<Need>) {
        for input in self {
            needs.push(Need { passes_status: true, ..Need::of_unit(input, unit, Edge::Shared) });
        }
    }
}

impl<P: Product> Groupable for Members<P> {
    fn add_group(&self, group: &str, needs: &mut Vec<Need>) {
        needs.push(Need::of_group(self, group));
    }
}

impl<P: Product> Groupable for Option<Members<P>> {
    fn add_group(&self, group: &str, needs: &mut Vec<Need>) {
        self.iter().for_each(|input| input.add_group(group, needs));
    }
}
