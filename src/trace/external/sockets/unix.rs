//! Unix sockets: which are bound to a name (`/proc/net/unix`, `proc_pid_net(5)`).

use super::{address::family, sockets_of};
use libc::pid_t;
use std::{collections::BTreeSet, fs};

/// Whether an inode is that of a Unix socket.
pub(super) fn is_unix(thread: pid_t, inode: u64) -> bool {
    let number = inode.to_string();
    let table = fs::read(format!("/proc/{thread}/net/unix")).unwrap_or_default();
    let table = String::from_utf8_lossy(&table);
    let mut lines = table.lines();
    lines.any(|line| line.split_whitespace().nth(6) == Some(&number))
}

/// Whether a socket of the traced tree is bound to a Unix address. Different paths may lead to the same folder, so only
/// the last part of the name is compared.
pub(super) fn is_named_by(thread: pid_t, address: &[u8], inside: &BTreeSet<pid_t>) -> bool {
    let Some(name) = unix_name(address) else {
        return false;
    };
    let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let tree = sockets_of(inside);
    let table = fs::read(format!("/proc/{thread}/net/unix")).unwrap_or_default();
    let table = String::from_utf8_lossy(&table);
    table.lines().any(|line| {
        let mut fields = line.split_whitespace();
        let inode = fields.nth(6).and_then(|inode| inode.parse().ok());
        let bound = fields.collect::<Vec<_>>().join(" ");
        !bound.is_empty()
            && last(&bound) == last(&name)
            && inode.is_some_and(|inode: u64| tree.contains_key(&inode))
    })
}

/// The name in a `struct sockaddr_un` (unix(7)), in the table's format: an abstract name begins with `@`.
fn unix_name(address: &[u8]) -> Option<String> {
    if family(address) != Some(libc::AF_UNIX) {
        return None;
    }
    let name = match address.get(2..)? {
        [0, rest @ ..] if !rest.is_empty() => [b"@", rest].concat(),
        name => name.split(|byte| *byte == 0).next()?.to_vec(),
    };
    // The table shows a NUL within an abstract name as `@`, too.
    let name: Vec<u8> = name
        .into_iter()
        .map(|byte| if byte == 0 { b'@' } else { byte })
        .collect();
    (!name.is_empty()).then(|| String::from_utf8_lossy(&name).into_owned())
}

#[cfg(test)]
mod tests {
    use super::unix_name;

    #[test]
    fn a_name_ends_at_its_nul_and_an_abstract_one_begins_with_an_at() {
        assert_eq!(unix_name(b"\x01\0/tmp/a\0junk"), Some("/tmp/a".to_owned()));
        assert_eq!(unix_name(b"\x01\0\0name"), Some("@name".to_owned()));
        assert_eq!(unix_name(b"\x01\0"), None);
        assert_eq!(unix_name(b"\x02\0\0\0"), None);
    }
}
