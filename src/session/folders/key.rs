//! The key of a session's folders: a hash of what is run.

use crate::{
    recording::{After, Channel, EventKind, Header, Wait},
    script::{Script, Step, When},
};
use std::{os::unix::ffi::OsStrExt, time::Duration};

/// Eight digits that identify what is run and are the same each time: the command, its folder, variables and channel.
/// In virtual time also the script; in real time a person may have typed it, and then it was not known before.
pub(in crate::session) fn key(header: &Header, script: Option<&Script>) -> String {
    let mut hash = Hash::default();
    hash.list(header.command.iter().map(|word| word.as_bytes()));
    hash.list(header.cwd.iter().map(|cwd| cwd.as_os_str().as_bytes()));
    hash.list(
        header
            .env
            .iter()
            .flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()])
            .chain(header.passed.iter().map(|name| name.as_bytes())),
    );
    match &header.channel {
        Channel::Pty {
            columns,
            rows,
            term,
        } => hash.list([size(*columns, *rows).as_slice(), term.as_bytes()]),
        Channel::Pipe => hash.list([]),
    }
    // A recording has each key of a text that was typed with a delay, and may have each key that was pressed.
    let steps = script.iter().flat_map(|script| script.steps());
    let steps = steps.cloned().flat_map(Step::split);
    for step in steps.flat_map(Step::split_keys) {
        let what = match &step.kind {
            EventKind::Send(bytes) => vec![b"send".to_vec(), bytes.clone()],
            EventKind::SendSecret(name) => vec![b"secret".to_vec(), name.clone().into_bytes()],
            EventKind::Input { input, .. } => vec![input.to_string().into_bytes()],
            EventKind::Eof => vec![b"eof".to_vec()],
            EventKind::Resize { columns, rows } => vec![b"resize".to_vec(), size(*columns, *rows)],
            EventKind::Signal(signal) => {
                vec![b"signal".to_vec(), signal.number().to_be_bytes().to_vec()]
            }
            EventKind::Expect { visible, .. } => vec![visible.to_string().into_bytes()],
            // A mark changes nothing that the program sees.
            EventKind::Mark(_)
            | EventKind::Output(_)
            | EventKind::Stderr(_)
            | EventKind::Reply(_)
            | EventKind::End(_) => continue,
        };
        let after = match step.when {
            When::At(_) | When::Gap(_) => None,
            When::After(After {
                wait: Wait::Bytes(bytes),
                delay: Duration::ZERO,
            }) => Some(bytes),
            When::After(after) => Some(after.to_string().into_bytes()),
        };
        hash.list(what.iter().chain(&after).map(Vec::as_slice));
    }
    hash.digits()
}

fn size(columns: u16, rows: u16) -> Vec<u8> {
    [columns.to_be_bytes(), rows.to_be_bytes()].concat()
}

/// 64-bit FNV-1a: the standard library's hashes may change between versions.
struct Hash(u64);

impl Default for Hash {
    fn default() -> Hash {
        Hash(0xcbf2_9ce4_8422_2325)
    }
}

impl Hash {
    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }

    /// Hashes a list so that no other list has the same input.
    fn list<'a>(&mut self, words: impl IntoIterator<Item = &'a [u8]>) {
        for word in words {
            self.bytes(b"w");
            self.bytes(&(word.len() as u64).to_be_bytes());
            self.bytes(word);
        }
        self.bytes(b".");
    }

    fn digits(&self) -> String {
        format!("{:08x}", (self.0 >> 32) ^ (self.0 & 0xffff_ffff))
    }
}

#[cfg(test)]
mod tests {
    use super::{Hash, key};
    use crate::{recording::Channel, script::Script, session::Session, virtual_time::VirtualTime};
    use std::{collections::HashSet, path::Path};

    /// A value from the authors' own tests, folded.
    #[test]
    fn the_hash_is_fnv_1a() {
        let mut hash = Hash::default();
        hash.bytes(b"foobar");
        assert_eq!(hash.0, 0x8594_4171_f739_67e8);
    }

    fn key_of(session: &Session) -> String {
        let header = session.header(Path::new("/")).unwrap();
        key(&header, session.virtual_time.map(|_| &session.script))
    }

    #[test]
    fn different_commands_have_different_keys() {
        let session = || {
            Session::new("cat")
                .arg("a")
                .virtual_time(VirtualTime::default())
        };
        let script = |text: &str| session().script(text.parse::<Script>().unwrap());
        let sessions = [
            session(),
            session().arg("b"),
            Session::new("cata").virtual_time(VirtualTime::default()),
            session().env("A", "b"),
            session().env("Ab", ""),
            session().pty(80, 25),
            session().channel(Channel::Pipe),
            script("0.1 send \"a\""),
            script("0.1 send \"b\""),
            script("after \"a\" send \"b\""),
            script("0.1 eof"),
            script("0.1 signal INT"),
            script("0.1 resize 1x2"),
            script("0.1 resize 2x1"),
        ];
        let keys: HashSet<String> = sessions.iter().map(key_of).collect();
        assert_eq!(keys.len(), sessions.len());
    }

    /// It must never change: recordings contain the names.
    #[test]
    fn a_key_is_the_same_in_every_version() {
        assert_eq!(key_of(&Session::new("true").real_time()), "444ec083");
    }

    #[test]
    fn a_repeated_recording_has_the_same_key() {
        let script = "0.1 send \"a\"\nafter \"a\" send \"b\"\n@1.000 signal INT\n";
        let folder = tempfile::tempdir().unwrap();
        let session = Session::new("sh")
            .args(["-c", "cat; cat"])
            .env("A", "b")
            .current_dir(folder.path().join("."))
            .folder(folder.path().parent().unwrap())
            .script(script.parse::<Script>().unwrap())
            .virtual_time(VirtualTime::default());
        let key_of = |session: &Session| {
            let cwd = session.absolute_cwd().unwrap();
            key(&session.header(&cwd).unwrap(), Some(&session.script))
        };
        if crate::session::virtual_time_available().is_ok() {
            let recording = session.run().unwrap();
            let again = Session::again(&recording, folder.path().parent().unwrap()).unwrap();
            assert_eq!(key_of(&again), key_of(&session));
        }
    }
}
