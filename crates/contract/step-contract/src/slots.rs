//! The inputs of a step: named members, filled from manifests by the harness (or by a test).

use crate::input::Input;
use crate::members::Members;
use crate::product::Product;
use crate::run_manifests::RunManifests;
use crate::scope::Edge;
use crate::shared::Shared;

/// How many manifests an input member takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arity {
    /// Exactly one.
    One,
    /// One or none.
    Optional,
    /// Any number, each bound by name.
    Many,
    /// Every earlier manifest of the run.
    Run,
}

/// One member of a step's inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct InputSpec {
    /// Name of the member.
    pub name: &'static str,
    /// Product that it takes (empty for `run`).
    pub product: &'static str,
    /// Version of the product (0 for `run`).
    pub version: u32,
    /// How many.
    pub arity: Arity,
    /// By which units it is reached.
    pub edge: Edge,
}

/// Where inputs come from: the harness (files) or a test (memory). Errors are ready for people.
pub trait Source {
    /// The error of this source.
    type Error;
    /// The manifests bound to the member, in the order of the binding; a source refuses what the arity forbids.
    fn bound<P: Product>(&mut self, spec: &InputSpec) -> Result<Vec<Input<P>>, Self::Error>;
    /// All earlier manifests.
    fn run(&mut self, spec: &InputSpec) -> Result<RunManifests, Self::Error>;
}

/// What can stand as a member of a step's inputs: `P`, `Option<P>`, `Vec<P>` (edge `each`), [`Shared<P>`](Shared), `Option` or `Vec` of it
/// (edge `shared`), [`Members<P>`](Members) or `Option` of it (edge `members`), or [`RunManifests`].
pub trait Slot {
    /// What the step gets.
    type Bound;
    /// What it takes.
    fn spec(name: &'static str) -> InputSpec;
    /// Fills it.
    fn fill<S: Source>(spec: &InputSpec, source: &mut S) -> Result<Self::Bound, S::Error>;
}

impl<P: Product> Slot for P {
    type Bound = Input<P>;
    fn spec(name: &'static str) -> InputSpec {
        InputSpec { name, product: P::NAME, version: P::VERSION, arity: Arity::One, edge: Edge::Each }
    }
    fn fill<S: Source>(spec: &InputSpec, source: &mut S) -> Result<Self::Bound, S::Error> {
        let bound = source.bound::<P>(spec)?;
        Ok(bound.into_iter().next().expect("a source gives exactly one manifest to a member of arity one"))
    }
}

impl<P: Product> Slot for Option<P> {
    type Bound = Option<Input<P>>;
    fn spec(name: &'static str) -> InputSpec {
        InputSpec { arity: Arity::Optional, ..P::spec(name) }
    }
    fn fill<S: Source>(spec: &InputSpec, source: &mut S) -> Result<Self::Bound, S::Error> {
        Ok(source.bound::<P>(spec)?.into_iter().next())
    }
}

impl<P: Product> Slot for Vec<P> {
    type Bound = Vec<Input<P>>;
    fn spec(name: &'static str) -> InputSpec {
        InputSpec { arity: Arity::Many, ..P::spec(name) }
    }
    fn fill<S: Source>(spec: &InputSpec, source: &mut S) -> Result<Self::Bound, S::Error> {
        source.bound::<P>(spec)
    }
}

impl<P: Product> Slot for Shared<P> {
    type Bound = Self;
    fn spec(name: &'static str) -> InputSpec {
        InputSpec { edge: Edge::Shared, ..P::spec(name) }
    }
    fn fill<S: Source>(spec: &InputSpec, source: &mut S) -> Result<Self, S::Error> {
        P::fill(spec, source).map(Self::new)
    }
}

impl<P: Product> Slot for Option<Shared<P>> {
    type Bound = Self;
    fn spec(name: &'static str) -> InputSpec {
        InputSpec { arity: Arity::Optional, ..Shared::<P>::spec(name) }
    }
    fn fill<S: Source>(spec: &InputSpec, source: &mut S) -> Result<Self, S::Error> {
        Ok(Option::<P>::fill(spec, source)?.map(Shared::new))
    }
}

impl<P: Product> Slot for Members<P> {
    type Bound = Self;
    fn spec(name: &'static str) -> InputSpec {
        InputSpec { edge: Edge::Members, ..P::spec(name) }
    }
    fn fill<S: Source>(spec: &InputSpec, source: &mut S) -> Result<Self, S::Error> {
        P::fill(spec, source).map(Self::new)
    }
}

impl<P: Product> Slot for Option<Members<P>> {
    type Bound = Self;
    fn spec(name: &'static str) -> InputSpec {
        InputSpec { arity: Arity::Optional, ..Members::<P>::spec(name) }
    }
    fn fill<S: Source>(spec: &InputSpec, source: &mut S) -> Result<Self, S::Error> {
        Ok(Option::<P>::fill(spec, source)?.map(Members::new))
    }
}

impl<P: Product> Slot for Vec<Shared<P>> {
    type Bound = Self;
    fn spec(name: &'static str) -> InputSpec {
        InputSpec { arity: Arity::Many, ..Shared::<P>::spec(name) }
    }
    fn fill<S: Source>(spec: &InputSpec, source: &mut S) -> Result<Self, S::Error> {
        Ok(Vec::<P>::fill(spec, source)?.into_iter().map(Shared::new).collect())
    }
}

impl Slot for RunManifests {
    type Bound = Self;
    fn spec(name: &'static str) -> InputSpec {
        InputSpec { name, product: "", version: 0, arity: Arity::Run, edge: Edge::Each }
    }
    fn fill<S: Source>(spec: &InputSpec, source: &mut S) -> Result<Self::Bound, S::Error> {
        source.run(spec)
    }
}

/// The inputs of a step: a struct declared with [`crate::inputs!`].
pub trait Inputs: Sized {
    /// Members in order.
    fn specs() -> Vec<InputSpec>;
    /// Fills every member.
    fn read<S: Source>(source: &mut S) -> Result<Self, S::Error>;
}

/// Declares the inputs of a step. Members are products, `Option`s or `Vec`s of them, or `RunManifests`:
/// `inputs! { pub struct DetectInputs { frames: FrameSet, psf: Option<PsfModelSet> } }`; the step sees
/// `inputs.frames: Input<FrameSet>`, `inputs.psf: Option<Input<PsfModelSet>>`. `masters: Shared<MasterSet>` and
/// `frames: Members<FrameSet>` say another edge than `each`; the step sees them as they are.
#[macro_export]
macro_rules! inputs {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$doc:meta])* $member:ident : $slot:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        $vis struct $name { $($(#[$doc])* $vis $member: <$slot as $crate::Slot>::Bound),* }

        impl $crate::Inputs for $name {
            fn specs() -> Vec<$crate::InputSpec> {
                vec![$(<$slot as $crate::Slot>::spec(stringify!($member))),*]
            }
            fn read<S: $crate::Source>(source: &mut S) -> Result<Self, S::Error> {
                Ok(Self { $($member: {
                    let spec = <$slot as $crate::Slot>::spec(stringify!($member));
                    <$slot as $crate::Slot>::fill(&spec, source)?
                }),* })
            }
        }
    };
}
