//! Hostile zips: names that leave the folder, links, bombs, doubles, damage of each structure, Zip64 that lies.

use super::raw::{RawEntry, end_record, end_record_64, zip};

/// What `verify` may make of a zip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// It must refuse it or name what is wrong.
    Refused,
    /// A field that says nothing of the contents: the same verdict as that of the good one, or a refusal.
    Harmless,
    /// It must verify.
    Sound,
}

/// A zip on trial.
#[derive(Clone, Debug)]
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) expected: Expected,
}

fn refused(name: impl Into<String>, bytes: Vec<u8>) -> Variant {
    Variant { name: name.into(), bytes, expected: Expected::Refused }
}

/// All of them, from the entries of a good archive.
pub(crate) fn variants(good: &[(String, Vec<u8>)]) -> Vec<Variant> {
    let entries: Vec<RawEntry> = good.iter().map(|(name, bytes)| RawEntry::deflated(name.as_bytes(), bytes)).collect();
    let mut all = vec![Variant { name: "the good one".to_owned(), bytes: zip(&entries), expected: Expected::Sound }];
    all.extend(names(&entries));
    all.extend(kinds(&entries));
    all.extend(bombs(&entries));
    all.extend(sizes(&entries));
    all.extend(shapes(&entries));
    all.extend(damage(&entries));
    all.extend(zip64(&entries));
    all.extend(contents(good));
    all
}

fn with(entries: &[RawEntry], more: &[RawEntry]) -> Vec<u8> {
    zip(&[entries, more].concat())
}

/// Names that leave the folder, hide, or stand twice.
fn names(entries: &[RawEntry]) -> Vec<Variant> {
    let long = [b"a".repeat(300), b"/b".repeat(20)];
    let mut all: Vec<Variant> = [
        &b"../escape.txt"[..],
        b"../../../../tmp/escape.txt",
        b"/absolute.txt",
        b"C:/absolute.txt",
        b"C:\\absolute.txt",
        b"data\\..\\escape.txt",
        b"./here.txt",
        b"a/./b.txt",
        b"a//b.txt",
        b"..",
        b".",
        b"",
        b"a/../../b.txt",
        b"nul\0l.txt",
        b"line\nend.txt",
        b"turn\xe2\x80\xaetxt.exe",
        b"\xff\xfe.txt",
        b"~/../.bashrc",
        b"//server/share",
        &long[0],
        &long[1],
    ]
    .into_iter()
    .map(|name| {
        refused(
            format!("name {:?}", String::from_utf8_lossy(&name[..name.len().min(40)])),
            with(entries, &[RawEntry::stored(name, b"x")]),
        )
    })
    .collect();
    let first = entries[0].clone();
    let mut upper = first.clone();
    upper.name = first.name.to_ascii_uppercase();
    upper.local_name.clone_from(&upper.name);
    let mut other = first.clone();
    other.local_name = b"other.csv".to_vec();
    other.local_name.resize(first.name.len(), b'x');
    all.push(refused("a name twice", with(entries, std::slice::from_ref(&first))));
    all.push(refused("a name twice but for case", with(entries, &[upper])));
    all.push(refused("another name before the data", with(&entries[1..], &[other])));
    all
}

/// What is no regular file.
fn kinds(entries: &[RawEntry]) -> Vec<Variant> {
    let special = [
        ("a symbolic link", 0o120_777, &b"link"[..], &b"/etc/passwd"[..]),
        ("a folder by mode", 0o040_755, b"folder", b""),
        ("a folder by name", 0o100_644, b"folder/", b""),
        ("a device", 0o060_644, b"device", b""),
        ("a pipe", 0o010_644, b"pipe", b""),
        ("a socket", 0o140_644, b"socket", b""),
    ];
    let mut all: Vec<Variant> = special
        .into_iter()
        .map(|(what, mode, name, data)| {
            refused(what, with(entries, &[RawEntry { mode, ..RawEntry::stored(name, data) }]))
        })
        .collect();
    for (what, method, flags) in [
        ("encrypted", 0, 0x0801),
        ("strongly encrypted", 0, 0x0841),
        ("method 12 (bzip2)", 12, 0x0800),
        ("method 99 (AES)", 99, 0x0800),
        ("method 9 (deflate64)", 9, 0x0800),
        ("method 93 (zstd)", 93, 0x0800),
        ("method 65535", 65_535, 0x0800),
    ] {
        let mut changed = entries.to_vec();
        (changed[0].method, changed[0].flags) = (method, flags);
        all.push(refused(what, zip(&changed)));
    }
    all
}

/// Small zips that would be large.
fn bombs(entries: &[RawEntry]) -> Vec<Variant> {
    let zeros = vec![0; 400 << 20];
    let blanks = vec![b' '; 400 << 20];
    let mut overlapping = entries.to_vec();
    let kernel = RawEntry::deflated(b"kernel", &zeros[..64 << 20]);
    overlapping.push(kernel.clone());
    let at = zip(&overlapping).windows(4).rposition(|bytes| bytes == b"PK\x03\x04").unwrap_or(0) as u32;
    for number in 0..500 {
        let name = format!("copy-{number}").into_bytes();
        overlapping.push(RawEntry { name, offset: Some(at), has_local: false, ..kernel.clone() });
    }
    let documents: Vec<RawEntry> = (0..12)
        .map(|number| RawEntry::deflated(format!("data/{number}/manifest.json").as_bytes(), &blanks[..100 << 20]))
        .collect();
    let mut numbers = b"[0".to_vec();
    numbers.extend(b",0".repeat(30 << 20));
    numbers.push(b']');
    let nested = b"[".repeat(2 << 20);
    vec![
        refused("400 MiB of zeros added", with(entries, &[RawEntry::deflated(b"zeros.bin", &zeros)])),
        refused(
            "a manifest of 400 MiB of blanks",
            with(entries, &[RawEntry::deflated(b"data/manifest.json", &blanks)]),
        ),
        refused("twelve manifests of 100 MiB", with(entries, &documents)),
        refused("a table of contents of 400 MiB", with(&entries[1..], &[RawEntry::deflated(b"contents.csv", &blanks)])),
        refused("500 entries on the same 64 MiB", zip(&overlapping)),
        refused(
            "a manifest of 30 million zeros, stored",
            with(entries, &[RawEntry::stored(b"data/manifest.json", &numbers)]),
        ),
        refused(
            "a manifest of two million open brackets",
            with(entries, &[RawEntry::stored(b"data/manifest.json", &nested)]),
        ),
    ]
}

/// Lengths and sums that do not agree.
fn sizes(entries: &[RawEntry]) -> Vec<Variant> {
    let mut all = Vec::new();
    let last = entries.len() - 1;
    let mut change = |what: &str, change: &dyn Fn(&mut RawEntry)| {
        let mut changed = entries.to_vec();
        change(&mut changed[last]);
        all.push(refused(what, zip(&changed)));
    };
    change("announced one byte too short", &|entry| {
        (entry.uncompressed, entry.local_uncompressed) = (entry.uncompressed - 1, entry.uncompressed - 1)
    });
    change("announced one byte too long", &|entry| {
        (entry.uncompressed, entry.local_uncompressed) = (entry.uncompressed + 1, entry.uncompressed + 1)
    });
    change("announced empty", &|entry| (entry.uncompressed, entry.local_uncompressed) = (0, 0));
    change("announced 4 GiB", &|entry| (entry.uncompressed, entry.local_uncompressed) = (u32::MAX - 1, u32::MAX - 1));
    change("two lengths", &|entry| entry.local_uncompressed += 1);
    change("compressed length too short", &|entry| entry.compressed -= 1);
    change("compressed length beyond the file", &|entry| entry.compressed = u32::MAX - 1);
    change("wrong CRC-32", &|entry| entry.crc ^= 1);
    change("no header where the directory says", &|entry| entry.offset = Some(7));
    change("a header beyond the file", &|entry| entry.offset = Some(u32::MAX - 1));
    change("broken deflate", &|entry| {
        let middle = entry.data.len() / 2;
        entry.data[middle..].fill(0xff);
    });
    all
}

/// Bytes before, between, behind; ends that are cut or doubled.
fn shapes(entries: &[RawEntry]) -> Vec<Variant> {
    let good = zip(entries);
    let mut all = Vec::new();
    for part in [0, 1, 2, 5, 8, 9] {
        all.push(refused(format!("cut after {part} tenths"), good[..good.len() * part / 10].to_vec()));
    }
    for lost in [1, 4, 21, 22, 23] {
        all.push(refused(format!("without its last {lost} bytes"), good[..good.len() - lost].to_vec()));
    }
    all.push(refused("a shell script before it", [b"#!/bin/sh\nexit\n".as_slice(), &good].concat()));
    all.push(refused("bytes behind it", [good.as_slice(), b"stranger"].concat()));
    all.push(refused("two zips in one file", [good.as_slice(), &good].concat()));
    let mut hidden = entries.to_vec();
    hidden.insert(1, RawEntry::stored(b"hidden.txt", b"in no directory"));
    let mut with_hidden = zip(&hidden);
    let directory = directory_of(&with_hidden);
    let hidden_at = (directory..with_hidden.len())
        .filter(|at| with_hidden[*at..].starts_with(b"PK\x01\x02"))
        .nth(1)
        .unwrap_or(directory);
    with_hidden.drain(hidden_at..hidden_at + 46 + b"hidden.txt".len());
    let (count, size) = (entries.len() as u16, (with_hidden.len() - 22 - directory) as u32);
    with_hidden.truncate(with_hidden.len() - 22);
    with_hidden.extend(end_record(count, size, directory as u32, b""));
    all.push(refused("an entry that the directory leaves out", with_hidden));
    let body = &good[..good.len() - 22];
    let (start, count) = (directory_of(&good) as u32, entries.len() as u16);
    let size = body.len() as u32 - start;
    let fake = end_record(0, 0, body.len() as u32, b"");
    all.push(refused("an end record inside the comment", [body, &end_record(count, size, start, &fake)].concat()));
    all.push(Variant {
        name: "a comment".to_owned(),
        bytes: [body, &end_record(count, size, start, b"a comment")].concat(),
        expected: Expected::Harmless,
    });
    all.push(refused("an empty zip", end_record(0, 0, 0, b"")));
    all.push(refused("an empty file", Vec::new()));
    all.push(refused("a web page", b"<!DOCTYPE html><html><body>404 Not Found</body></html>".to_vec()));
    all.push(refused("zeros", vec![0; 100_000]));
    all
}

fn directory_of(zip: &[u8]) -> usize {
    let at = zip.len() - 6;
    u32::from_le_bytes([zip[at], zip[at + 1], zip[at + 2], zip[at + 3]]) as usize
}

/// One bit in each field of the first local header, the first central header and the end record.
fn damage(entries: &[RawEntry]) -> Vec<Variant> {
    let good = zip(entries);
    let (local, central, end) = (0, directory_of(&good), good.len() - 22);
    let harmless = |field: &str| {
        ["version", "time", "date", "internal attributes", "made by"].iter().any(|word| field.contains(word))
    };
    let fields = [
        (
            local,
            &[
                ("signature", 0),
                ("version needed", 4),
                ("flags", 6),
                ("method", 8),
                ("time", 10),
                ("date", 12),
                ("CRC-32", 14),
                ("compressed length", 18),
                ("length", 22),
                ("length of the name", 26),
                ("length of the extra field", 28),
                ("name", 30),
            ][..],
            "local",
        ),
        (
            central,
            &[
                ("signature", 0),
                ("made by", 4),
                ("version needed", 6),
                ("flags", 8),
                ("method", 10),
                ("time", 12),
                ("date", 14),
                ("CRC-32", 16),
                ("compressed length", 20),
                ("length", 24),
                ("length of the name", 28),
                ("length of the extra field", 30),
                ("length of the comment", 32),
                ("disk", 34),
                ("internal attributes", 36),
                ("mode", 41),
                ("offset", 42),
                ("name", 46),
            ][..],
            "central",
        ),
        (
            end,
            &[
                ("signature", 0),
                ("disk", 4),
                ("disk of the directory", 6),
                ("entries on the disk", 8),
                ("entries", 10),
                ("size", 12),
                ("start", 16),
                ("length of the comment", 20),
            ][..],
            "end record",
        ),
    ];
    let mut all = Vec::new();
    for (start, fields, structure) in fields {
        for (field, at) in fields {
            let mut bytes = good.clone();
            bytes[start + at] ^= if *field == "mode" { 0x20 } else { 1 };
            let expected = if harmless(field) { Expected::Harmless } else { Expected::Refused };
            all.push(Variant { name: format!("{structure}: a bit of the {field}"), bytes, expected });
        }
    }
    all
}

/// Zip64 records and extra fields that lie.
fn zip64(entries: &[RawEntry]) -> Vec<Variant> {
    let good = zip(entries);
    let (body, start, count) = (&good[..good.len() - 22], directory_of(&good) as u64, entries.len() as u64);
    let (size, record_at) = (body.len() as u64 - start, body.len() as u64);
    let last = || end_record(u16::MAX, u32::MAX, u32::MAX, b"");
    let made = |entries: u64, size: u64, start: u64, at: u64| {
        [body, &end_record_64(entries, size, start, at), &last()].concat()
    };
    let extra = |values: &[u64], stated: u16| {
        let mut changed = entries.to_vec();
        let mut extra = 1_u16.to_le_bytes().to_vec();
        extra.extend(stated.to_le_bytes());
        values.iter().for_each(|value| extra.extend(value.to_le_bytes()));
        (changed[0].extra, changed[0].uncompressed, changed[0].compressed) = (extra, u32::MAX, u32::MAX);
        zip(&changed)
    };
    vec![
        Variant {
            name: "an honest Zip64 end record".to_owned(),
            bytes: made(count, size, start, record_at),
            expected: Expected::Harmless,
        },
        refused("Zip64 announced, no record", [body, &last()].concat()),
        refused("Zip64: 2^60 entries", made(1 << 60, size, start, record_at)),
        refused("Zip64: one entry too many", made(count + 1, size, start, record_at)),
        refused("Zip64: one entry too few", made(count - 1, size, start, record_at)),
        refused("Zip64: a directory of 2^63 bytes", made(count, 1 << 63, start, record_at)),
        refused("Zip64: a directory at 2^64 - 1", made(count, size, u64::MAX, record_at)),
        refused("Zip64: a locator to 2^64 - 1", made(count, size, start, u64::MAX)),
        refused("Zip64: a locator to the beginning", made(count, size, start, 0)),
        refused("Zip64: a locator to itself", made(count, size, start, record_at + 56)),
        refused("Zip64: lengths of 2^63 in an extra field", extra(&[1 << 63, 1 << 63], 16)),
        refused("Zip64: lengths of 2^64 - 1 in an extra field", extra(&[u64::MAX, u64::MAX], 16)),
        refused("Zip64: an extra field shorter than it says", extra(&[5], 16)),
        refused("Zip64: an extra field longer than the header", extra(&[5, 5], 60_000)),
        refused("Zip64: an empty extra field", extra(&[], 0)),
    ]
}

/// Tables of contents that are none, in sound zips.
fn contents(good: &[(String, Vec<u8>)]) -> Vec<Variant> {
    let with = |bytes: Vec<u8>| {
        let entries: Vec<RawEntry> = good
            .iter()
            .map(|(name, old)| RawEntry::deflated(name.as_bytes(), if name == "contents.csv" { &bytes } else { old }))
            .collect();
        zip(&entries)
    };
    let without: Vec<RawEntry> = good
        .iter()
        .filter(|(name, _)| name != "contents.csv")
        .map(|(name, bytes)| RawEntry::deflated(name.as_bytes(), bytes))
        .collect();
    let text = good.iter().find(|(name, _)| name == "contents.csv").map(|(_, bytes)| bytes.clone()).unwrap_or_default();
    let lines = String::from_utf8_lossy(&text).into_owned();
    let reversed: Vec<&str> =
        lines.lines().take(1).chain(lines.lines().skip(1).collect::<Vec<_>>().into_iter().rev()).collect();
    vec![
        refused("no table of contents", zip(&without)),
        refused("contents: empty", with(Vec::new())),
        refused("contents: not UTF-8", with([text.as_slice(), b"\xff\xfe,1,2,3,4,true\n"].concat())),
        refused("contents: a row too short", with([text.as_slice(), b"zzz,1\n"].concat())),
        refused(
            "contents: a path that climbs out",
            with([text.as_slice(), b"zz/../../etc/passwd,1,2,table,x,false\n"].concat()),
        ),
        refused(
            "contents: a row twice",
            with(format!("{lines}{}\n", lines.lines().last().unwrap_or_default()).into_bytes()),
        ),
        refused("contents: rows backwards", with(format!("{}\n", reversed.join("\n")).into_bytes())),
        refused("contents: an open quote", with([text.as_slice(), b"\"zzz,1,2,table,x,true\n"].concat())),
        refused("contents: a row of 10 MiB", with([text.as_slice(), &b"z".repeat(10 << 20), b"\n"].concat())),
    ]
}
