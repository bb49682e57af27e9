//! What every step that asks an archive has in common: how a failed fetch ends its unit, and what the manifest's `execution` says of tries and waits.

use sky_services::{Effort, FailureKind, FetchError, ServiceClient, ServiceError, TransferSettings};
use step_contract::{Product, Reason};
use step_harness::{ErrorEnding, OutputDir, StepError, UnitFiles};

/// The services as a step asks them: at the addresses of this run, with the cache that all runs share; every wait ends when the step is to stop.
pub fn client<P: Product>(transfer: &TransferSettings, out: &OutputDir<P>) -> Result<ServiceClient, ServiceError> {
    Ok(ServiceClient::new(transfer.clone(), out.services(), out.cache())?.stopped_by(out.stop_check()))
}

/// The work of one unit on answers of services. Where it fails on what they said, the answers leave the cache and the unit is not reused: the next
/// run asks again.
pub fn on_answers<T, E: StepError>(
    services: &ServiceClient,
    files: &mut UnitFiles,
    work: impl FnOnce(&mut UnitFiles) -> Result<T, E>,
) -> Result<T, E> {
    services.begin_unit();
    let result = work(files);
    // A disk that is full says nothing of the answers.
    let is_of_answers = |error: &E| !matches!(error.ending(), ErrorEnding::Disk(_));
    if result.as_ref().is_err_and(is_of_answers) && services.forget_answers() > 0 {
        files.ask_again();
    }
    result
}

/// How a failed fetch ends its unit: with the kind of the failure, the service, the HTTP status and the sum and first characters of the body, where
/// there were such. It is temporary where the same request may succeed later. A cache that cannot be used ends the step.
pub fn ending(error: &FetchError) -> ErrorEnding {
    if let FailureKind::Disk { .. } = error.kind {
        return ErrorEnding::Disk(Reason::new("disk", error.to_string()));
    }
    let mut reason = Reason::new(error.kind.name(), error.to_string()).with("service", error.service);
    if let FailureKind::HttpError { status } = error.kind {
        reason = reason.with("status", status);
    }
    if let Some(sha256) = &error.body_sha256 {
        reason = reason.with("body_sha256", sha256).with("body_prefix", &error.body_prefix);
    }
    ErrorEnding::Failed { reason, temporary: error.kind.is_temporary() }
}

/// How settings or addresses that cannot be used end a step.
pub fn setup_ending(error: &ServiceError) -> ErrorEnding {
    ErrorEnding::Failed { reason: Reason::new("configuration", error.to_string()), temporary: false }
}

/// Notes what answers cost: attempts, cache hits, requests and waits of the unit.
pub fn note(files: &mut UnitFiles, effort: Effort) {
    // mark: attempts-recorded
    files.attempts(effort.attempts);
    // mark: cache-hits-told
    files.note("cache_hits", effort.cache_hits);
    files.note("requests", effort.fetched);
    files.note("waits_s", format!("{:.3}", effort.waits_s));
}

/// The same for a fetch that failed.
pub fn note_failure(files: &mut UnitFiles, error: &FetchError) {
    note(files, error.effort());
}
