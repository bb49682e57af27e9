//! What was asked of the server.

use std::collections::BTreeMap;

/// One request that reached the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedRequest {
    /// Name of the service.
    pub service: String,
    /// Path and query as sent, without the name of the service.
    pub target: String,
    /// Whether a fault was applied.
    pub faulty: bool,
}

/// All requests so far, and how many of one service were under way at once.
#[derive(Clone, Debug, Default)]
pub struct RequestLog {
    /// In the order of arrival.
    pub requests: Vec<LoggedRequest>,
    /// Largest number of requests of one service that were answered at the same time.
    pub peak: BTreeMap<String, usize>,
    under_way: BTreeMap<String, usize>,
}

impl RequestLog {
    /// Requests of one service so far.
    pub fn count(&self, service: &str) -> usize {
        self.requests.iter().filter(|request| request.service == service).count()
    }

    pub(crate) fn begin(&mut self, request: LoggedRequest) {
        let under_way = self.under_way.entry(request.service.clone()).or_default();
        *under_way += 1;
        let peak = self.peak.entry(request.service.clone()).or_default();
        *peak = (*peak).max(*under_way);
        self.requests.push(request);
    }

    pub(crate) fn end(&mut self, service: &str) {
        if let Some(under_way) = self.under_way.get_mut(service) {
            *under_way = under_way.saturating_sub(1);
        }
    }
}
