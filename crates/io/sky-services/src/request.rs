//! One question to a service.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::service::Service;

/// A question: without an upload it is a GET, with one a POST of `multipart/form-data`.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Who is asked.
    pub service: Service,
    /// Path below the address of the service, without a leading slash.
    pub path: String,
    /// Parameters by name; the order does not matter.
    pub parameters: Vec<(String, String)>,
    /// A table to send along.
    pub upload: Option<Upload>,
    /// Version of the code that reads the answer: another version does not trust what the former one accepted.
    pub parser_version: u32,
    /// Cap on the answer after unpacking, bytes.
    pub max_bytes: u64,
    /// Only so many bytes from its start are wanted (the service may send them as status 206), for a look at a large file; never kept.
    pub first_bytes: Option<u64>,
    /// Bytes of an answer that is too large for the usual time (a whole plate), else 0: it gets the time that it needs at 100 kB/s.
    pub large_bytes: u64,
}

/// A file that is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    /// Name of the form's field.
    pub field: String,
    /// Media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub content: Vec<u8>,
}

impl Request {
    /// The key of its cache entry: SHA-256 over service name, path, sorted parameters, upload and parser version; never over an address.
    pub fn key(&self) -> String {
        #[derive(Serialize)]
        struct Identity<'a> {
            service: &'a str,
            path: &'a str,
            parameters: Vec<&'a (String, String)>,
            upload_sha256: Option<String>,
            parser_version: u32,
        }
        let mut parameters: Vec<_> = self.parameters.iter().collect();
        parameters.sort();
        let identity = Identity {
            service: self.service.name(),
            path: &self.path,
            parameters,
            upload_sha256: self.upload.as_ref().map(Upload::sha256),
            parser_version: self.parser_version,
        };
        hex(&Sha256::digest(serde_json::to_vec(&identity).expect("strings and numbers are always JSON")))
    }
}

impl Upload {
    /// SHA-256 of field name and content.
    pub fn sha256(&self) -> String {
        hex(&Sha256::new().chain_update(&self.field).chain_update([0]).chain_update(&self.content).finalize())
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(parameters: &[(&str, &str)]) -> Request {
        Request {
            service: Service::Vizier,
            path: "viz-bin/asu-tsv".into(),
            parameters: parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            upload: None,
            parser_version: 1,
            max_bytes: 1,
            first_bytes: None,
            large_bytes: 0,
        }
    }

    #[test]
    fn the_order_of_parameters_does_not_enter_the_key() {
        assert_eq!(request(&[("a", "1"), ("b", "2")]).key(), request(&[("b", "2"), ("a", "1")]).key());
    }

    #[test]
    fn whatever_changes_the_answer_changes_the_key() {
        let base = request(&[("a", "1")]);
        let others = [
            request(&[("a", "2")]),
            request(&[("a", "1"), ("b", "")]),
            Request { service: Service::VizierTap, ..base.clone() },
            Request { path: "viz-bin/votable".into(), ..base.clone() },
            Request { parser_version: 2, ..base.clone() },
            Request {
                upload: Some(Upload { field: "cat1".into(), media_type: "text/csv", content: vec![1] }),
                ..base.clone()
            },
        ];
        for other in others {
            assert_ne!(other.key(), base.key(), "{other:?} must not be answered from the entry of another question");
        }
    }
}
