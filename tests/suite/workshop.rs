//! A folder in which tests run `strobe`, and what it prints.

use crate::{bounded::Run, capture::end};
use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};
use stroboscope::recording::End;
use tempfile::TempDir;

/// A folder to work in, with strobe at hand.
pub struct Workshop(TempDir);

impl Workshop {
    pub fn new() -> Workshop {
        Workshop(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The line in a file, once it has been written.
    pub fn line(&self, name: &str) -> Option<String> {
        let text = fs::read_to_string(self.path(name)).ok()?;
        Some(text.strip_suffix('\n')?.to_owned())
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_strobe"));
        command
            .args(arguments)
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .env_remove("NO_COLOR")
            .env_remove("STROBE_REQUIRE");
        command
    }

    /// Runs strobe, which must leave with this status.
    #[track_caller]
    pub fn strobe(&self, arguments: &[&str], status: u8) -> Text {
        Text::of(&mut self.command(arguments), status)
    }

    /// Strobe refuses this with one line.
    #[track_caller]
    pub fn refuses(&self, arguments: &[&str], message: &str) {
        let text = self.strobe(arguments, 2);
        assert_eq!(
            (text.stdout.as_str(), text.stderr.as_str()),
            ("", format!("strobe: {message}\n").as_str())
        );
    }

    /// A script that prints something, as a program of its own.
    pub fn program(&self, name: &str, body: &str) {
        use std::os::unix::fs::PermissionsExt;
        self.write(name, &format!("#!/bin/sh\n{body}\n"));
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// What strobe said.
pub struct Text {
    pub stdout: String,
    pub stderr: String,
}

impl Text {
    /// What a command says, which must leave with this status.
    #[track_caller]
    pub fn of(command: &mut Command, status: u8) -> Text {
        let output = command.run_tool();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        let end = end(output.status);
        let last = |text: &str| {
            let lines: Vec<&str> = text.lines().collect();
            lines[lines.len().saturating_sub(20)..].join("\n")
        };
        let shown = [last(&stdout), last(&stderr)].join("\n");
        assert_eq!(end, End::Exit(status), "{command:?}\n{shown}");
        Text { stdout, stderr }
    }
}
