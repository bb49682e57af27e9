//! Why a workflow cannot be bound.

/// A workflow cannot be bound.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindingError {
    /// A member that no manifest fits.
    #[error(
        "step {label}: nothing to read for {member} ({product}); bind it in the workflow (`reads`) or with --read {label}.{member}=PATH"
    )]
    Unbound {
        /// Label.
        label: String,
        /// Member.
        member: String,
        /// Product.
        product: String,
    },
    /// A member that the step does not have.
    #[error("step {label}: found the input {member}, expected one of {members}; mend `reads` of the workflow")]
    NoMember {
        /// Label.
        label: String,
        /// Member.
        member: String,
        /// Those that there are.
        members: String,
    },
    /// A label of another product.
    #[error(
        "step {label}: found {bound}, which writes a {found}, expected a {expected} for {member}; bind another label"
    )]
    WrongProduct {
        /// Label.
        label: String,
        /// Member.
        member: String,
        /// Product that it takes.
        expected: String,
        /// Label that it is bound to.
        bound: String,
        /// Product of that one.
        found: String,
    },
    /// Several labels on a member that takes one.
    #[error("step {label}: found {count} manifests for {member}, expected one; unbind the others")]
    TooMany {
        /// Label.
        label: String,
        /// Member.
        member: String,
        /// How many.
        count: usize,
    },
    /// Two unbound members of one product.
    #[error("step {label}: {first} and {second} both take a {product}; bind both in the workflow (`reads`)")]
    Ambiguous {
        /// Label.
        label: String,
        /// One member.
        first: String,
        /// The other.
        second: String,
        /// Product.
        product: String,
    },
    /// A label that no list has.
    #[error("--read {label}.{member}: {label} is not a label of this workflow ({labels})")]
    NoLabel {
        /// What was typed.
        label: String,
        /// Member.
        member: String,
        /// Those that there are.
        labels: String,
    },
}
