//! The files of a unit by role, small in memory.

use std::fmt;

use crate::parts::FileEntry;

/// Files by role, in the order of the manifest: a map of two entries would take five times their memory.
#[derive(Clone, Debug, Default)]
pub struct RawFiles(Box<[(String, FileEntry)]>);

impl RawFiles {
    /// The file of that role.
    pub fn get(&self, role: &str) -> Option<&FileEntry> {
        self.iter().find(|(name, _)| *name == role).map(|(_, entry)| entry)
    }

    /// Roles and files.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&String, &FileEntry)> {
        self.0.iter().map(|(role, entry)| (role, entry))
    }
}

impl<'a> IntoIterator for &'a RawFiles {
    type Item = (&'a String, &'a FileEntry);
    type IntoIter =
        std::iter::Map<std::slice::Iter<'a, (String, FileEntry)>, fn(&(String, FileEntry)) -> (&String, &FileEntry)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(role, entry)| (role, entry))
    }
}

impl<'de> serde::Deserialize<'de> for RawFiles {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Files;
        impl<'de> serde::de::Visitor<'de> for Files {
            type Value = RawFiles;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("files by role")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<RawFiles, A::Error> {
                let mut files = Vec::with_capacity(map.size_hint().unwrap_or(0));
                while let Some(entry) = map.next_entry()? {
                    files.push(entry);
                }
                Ok(RawFiles(files.into_boxed_slice()))
            }
        }
        deserializer.deserialize_map(Files)
    }
}
