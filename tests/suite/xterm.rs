//! A real xterm, for tests that draw the same beside it.

use crate::{
    bounded::{Bounded, Run},
    requirement::is_met,
};
use std::{
    env, fs,
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

/// A question whose answer ends with ST (DA3).
const FENCE: &str = "\x1b[=c";
const FENCED: &str = "\x1bP!|";

/// A real xterm on a display of its own. What its program writes and reads goes through two named pipes.
pub struct Xterm {
    /// It ends before its display.
    running: [Bounded; 2],
    /// The pixels of the display (the file format of `xwd`).
    pixels: PathBuf,
    to: File,
    from: File,
}

/// Whether a test can have one.
#[track_caller]
pub fn is_there() -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let is_there = |name| env::split_paths(&path).any(|folder| folder.join(name).exists());
    is_met("xterm", is_there("xterm") && is_there("Xvfb"))
}

impl Xterm {
    /// Starts one of so many columns and rows, with resources of its own: `color1: #cc3333`.
    pub fn start(
        folder: &Path,
        (columns, rows): (u16, u16),
        resources: &[String],
        limit: Duration,
    ) -> Xterm {
        let mut server = Command::new("Xvfb");
        server.args(["-displayfd", "1", "-nolisten", "tcp"]);
        server.args(["-screen", "0", "1280x1024x24", "-fbdir"]);
        server.arg(folder);
        server.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut display = Bounded::spawn(&mut server, limit);
        let mut number = String::new();
        let mut told = BufReader::new(display.child().stdout.take().unwrap());
        told.read_line(&mut number).unwrap();
        let pipes = ["to", "from"].map(|name| folder.join(name));
        let made = Command::new("mkfifo").args(&pipes).run_tool();
        assert!(made.status.success());
        let program = "stty raw -echo; cat to & exec cat >from";
        let size = format!("{columns}x{rows}+0+0");
        let mut command = Command::new("xterm");
        command
            .args(["-u8", "-geometry", &size, "-b", "0", "+sb", "-bw", "0"])
            .args(["-xrm", "XTerm*allowWindowOps: true"])
            .args(["-xrm", "XTerm*decTerminalID: 525"]);
        for resource in resources {
            command.args(["-xrm", &format!("XTerm*{resource}")]);
        }
        command
            .args(["-e", "sh", "-c", program])
            .env("DISPLAY", format!(":{}", number.trim()))
            .env("LC_ALL", "C.UTF-8")
            .current_dir(folder)
            .stderr(Stdio::null());
        let xterm = Bounded::spawn(&mut command, limit);
        let [to, from] = &pipes;
        Xterm {
            running: [xterm, display],
            pixels: folder.join("Xvfb_screen0"),
            to: File::options().write(true).open(to).unwrap(),
            from: File::open(from).unwrap(),
        }
    }

    /// Writes this to xterm, and returns what it answered.
    pub fn ask(&mut self, text: &str) -> String {
        self.to.write_all(text.as_bytes()).unwrap();
        self.to.write_all(FENCE.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let mut some = [0; 4096];
        loop {
            let count = self.from.read(&mut some).unwrap();
            assert!(count > 0, "xterm has ended");
            answer.extend_from_slice(&some[..count]);
            let text = String::from_utf8_lossy(&answer);
            if let Some((before, after)) = text.split_once(FENCED)
                && after.ends_with("\x1b\\")
            {
                return before.to_owned();
            }
        }
    }

    /// The pixels of its window from the left and the top, as rows of a display that has 1280 by 1024.
    pub fn screen(&mut self) -> Vec<Vec<[u8; 3]>> {
        self.settle();
        let file = fs::read(&self.pixels).unwrap();
        let number = |index: usize| {
            let bytes = file[4 * index..4 * index + 4].try_into().unwrap();
            u32::from_be_bytes(bytes) as usize
        };
        // Header size, width, height, byte order, bits of a pixel, bytes of a line, colors of 12 bytes (XWDFile.h).
        let (header, width, height) = (number(0), number(4), number(5));
        assert_eq!(
            (number(7), number(11)),
            (0, 32),
            "blue, green, red, nothing"
        );
        let start = header + 12 * number(19);
        let line = |y: usize| {
            let line = &file[start + y * number(12)..][..4 * width];
            line.chunks(4).map(|bgr| [bgr[2], bgr[1], bgr[0]]).collect()
        };
        (0..height).map(line).collect()
    }

    /// Waits until all is drawn: xterm sends what it has drawn before it sleeps, and then its display sleeps, too.
    fn settle(&mut self) {
        self.ask("");
        let path = |process: &Bounded| format!("/proc/{}/status", process.pid());
        let paths = self.running.each_ref().map(path);
        let states = || {
            paths.each_ref().map(|path| {
                let status = fs::read_to_string(path).unwrap();
                let lines = status.lines();
                let told =
                    |line: &&str| line.starts_with("State") || line.contains("ctxt_switches");
                lines.filter(told).collect::<Vec<_>>().join(" ")
            })
        };
        self.running[0].until("everything drawn", || {
            let (before, after) = (states(), states());
            let sleeps = after.iter().all(|state| state.contains("(sleeping)"));
            (sleeps && before == after).then_some(())
        });
    }
}
