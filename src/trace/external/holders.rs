//! Which processes outside the traced tree have an object: a file that is open, or mapped.
//!
//! A process that we may not inspect belongs to another user, and is assumed not to have it.

use libc::pid_t;
use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::{DirEntryExt, MetadataExt},
    path::Path,
};

/// A mapped file, as identified by `proc_pid_maps(5)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Mapped {
    /// Major and minor number, in hexadecimal.
    device: String,
    inode: u64,
}

/// The mapping that contains an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mapping {
    pub(super) file: Mapped,
    pub(super) is_shared: bool,
    pub(super) name: String,
}

/// The mapping that contains an address.
pub(super) fn mapping(thread: pid_t, address: u64) -> Option<Mapping> {
    let maps = maps(thread)?;
    let line = maps.lines().find(|line| {
        let range = line
            .split_once(' ')
            .and_then(|(range, _)| range.split_once('-'));
        let number = |digits| u64::from_str_radix(digits, 16).ok();
        range.is_some_and(|(start, end)| {
            number(start).is_some_and(|start| start <= address)
                && number(end).is_some_and(|end| address < end)
        })
    })?;
    parse(line)
}

/// The current name of a mapped file; `None` if it has none. A file that was created under another name in the same
/// directory and then linked appears as deleted: the C library does so with named semaphores.
pub(super) fn name_now(thread: pid_t, mapping: &Mapping) -> Option<String> {
    let Some(former) = mapping.name.strip_suffix(" (deleted)") else {
        return Some(mapping.name.clone());
    };
    let (folder, _) = former.rsplit_once('/')?;
    let entries = fs::read_dir(format!("/proc/{thread}/root{folder}/"));
    let mut entries = entries.into_iter().flatten().flatten();
    let entry = entries.find(|entry| entry.ino() == mapping.file.inode)?;
    Some(format!("{folder}/{}", entry.file_name().to_string_lossy()))
}

/// Whether a process outside the traced tree has a shared mapping of the file.
pub(super) fn is_mapped_outside(file: &Mapped, inside: &BTreeSet<pid_t>) -> bool {
    others(inside).any(|process| {
        maps(process).is_some_and(|maps| {
            let mut shared = maps.lines().filter_map(parse);
            shared.any(|mapping| mapping.is_shared && mapping.file == *file)
        })
    })
}

/// Whether a process outside the traced tree has the file open.
pub(super) fn is_open_outside(file: &fs::Metadata, inside: &BTreeSet<pid_t>) -> bool {
    others(inside).any(|process| !descriptors_of(process, file).is_empty())
}

/// The descriptors by which a process has the file open.
pub(super) fn descriptors_of(process: pid_t, file: &fs::Metadata) -> Vec<i32> {
    let entries = fs::read_dir(format!("/proc/{process}/fd"));
    let same = entries
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| is_same(&entry.path(), file));
    same.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}

fn is_same(path: &Path, file: &fs::Metadata) -> bool {
    fs::metadata(path).is_ok_and(|other| (other.dev(), other.ino()) == (file.dev(), file.ino()))
}

/// All processes outside the traced tree, including this one.
fn others(inside: &BTreeSet<pid_t>) -> impl Iterator<Item = pid_t> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(move |process| !inside.contains(process))
}

fn maps(process: pid_t) -> Option<String> {
    // Names need not be UTF-8.
    let maps = fs::read(format!("/proc/{process}/maps")).ok()?;
    Some(String::from_utf8_lossy(&maps).into_owned())
}

/// Parses a line of `proc_pid_maps(5)`: range, permissions, offset, device, inode, name.
fn parse(line: &str) -> Option<Mapping> {
    let mut fields = line.splitn(6, ' ');
    let (_range, permissions) = (fields.next()?, fields.next()?);
    let (_offset, device, inode) = (fields.next()?, fields.next()?, fields.next()?);
    Some(Mapping {
        file: Mapped {
            device: device.to_owned(),
            inode: inode.parse().ok()?,
        },
        is_shared: permissions.ends_with('s'),
        name: fields.next().unwrap_or_default().trim_start().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::{is_mapped_outside, is_open_outside, mapping, parse};
    use std::collections::BTreeSet;

    #[test]
    fn a_mapping_is_parsed_with_its_name() {
        let line = "7ff1451ad000-7ff1451ae000 rw-s 00000000 00:1b 2                          /dev/shm/a b (deleted)";
        let mapping = parse(line).unwrap();
        assert!(mapping.is_shared);
        assert_eq!(mapping.file.inode, 2);
        assert_eq!(mapping.name, "/dev/shm/a b (deleted)");
        let line = "7ff1451ad000-7ff1451ae000 rw-p 00000000 00:00 0 ";
        let mapping = parse(line).unwrap();
        assert_eq!((mapping.is_shared, mapping.name.as_str()), (false, ""));
    }

    #[test]
    fn our_own_files_are_found_and_traced_processes_are_skipped() {
        let us = std::process::id().cast_signed();
        let file = tempfile::tempfile().unwrap();
        let file = file.metadata().unwrap();
        assert!(is_open_outside(&file, &BTreeSet::new()));
        assert!(!is_open_outside(&file, &BTreeSet::from([us])));
        let local = 0_u8;
        let stack = mapping(us, (&raw const local).addr() as u64).unwrap();
        assert!(!stack.is_shared && !is_mapped_outside(&stack.file, &BTreeSet::new()));
    }
}
