//! What a program reads from the files of the system that show the machine, the clock or its processes
//! ([`KnownFile`]).

use super::{
    clock::{Base, Clock},
    proc,
    thread::{State, Thread},
    tracer::Tracer,
};
use crate::{
    recording::Machine,
    virtual_time::known_files::{self, Generated, KnownFile, RESIDENT},
};
use libc::pid_t;
use std::fs;

/// The units of times in `/proc` (`sysconf(3)`, `_SC_CLK_TCK`), and of memory, in kilobytes.
const TICKS: u128 = 100;
const PAGE: u64 = 4;
/// Where the clock started that `/proc` counts processes' starts by: a process that was there before the program.
const BOOT: u64 = 0;

impl Tracer<'_> {
    /// The text that a thread reads in a known file, which it has open as this descriptor; `None` if it is to read the real
    /// one.
    pub(super) fn known_text(
        &mut self,
        id: pid_t,
        descriptor: i32,
        file: KnownFile,
    ) -> Option<Vec<u8>> {
        let generated = match file {
            KnownFile::Text(text) => return Some(text.as_bytes().to_vec()),
            KnownFile::Generated(generated) => generated,
            KnownFile::Differs => {
                let path = proc::file(id, descriptor)?;
                self.note_differing(path.to_str()?);
                return None;
            }
        };
        // As the program sees it: with its own ids.
        let real = || fs::read_to_string(proc::path(id, descriptor)).ok();
        let text = match generated {
            Generated::Uptime => {
                let up = self.clock.shows(Base::Uptime).as_millis() / 10;
                format!("{0}.{1:02} {0}.{1:02}\n", up / 100, up % 100)
            }
            Generated::SystemStat if self.machine == Machine::Host => {
                let boot = self.boot();
                let real = real()?;
                let lines = real.lines().map(|line| match line.split_once(' ') {
                    Some(("btime", _)) => format!("btime {boot}\n"),
                    _ => format!("{line}\n"),
                });
                lines.collect()
            }
            Generated::SystemStat => self.system_stat(),
            Generated::Uuid => self.uuid()?,
            // Each line names a group after two colons (cgroups(7)).
            Generated::Cgroup => {
                let real = real()?;
                let lines =
                    real.lines()
                        .map(|line| match line.splitn(3, ':').collect::<Vec<_>>()[..] {
                            [number, controllers, _] => format!("{number}:{controllers}:/\n"),
                            _ => format!("{line}\n"),
                        });
                lines.collect()
            }
            Generated::Stat | Generated::Status | Generated::Statm => {
                let real = real()?;
                let shown = self.shown_process(id, descriptor)?;
                match generated {
                    Generated::Stat => stat(&real, &shown),
                    Generated::Status => Some(status(&real, &shown)),
                    _ => statm(&real, &shown),
                }?
            }
        };
        Some(text.into_bytes())
    }

    /// Notes that a program has read a file that differs from run to run.
    fn note_differing(&mut self, path: &str) {
        let name = known_files::name(path);
        self.log(self.root, |_| {
            format!("it reads `{name}`, which differs from run to run")
        });
        self.differing.insert(name);
    }

    /// When the system was started, in seconds since 1970.
    fn boot(&self) -> u64 {
        let [now, up] = [Base::Wall, Base::Uptime].map(|base| self.clock.shows(base));
        now.saturating_sub(up).as_secs()
    }

    /// `/proc/stat` of a machine that has always been idle.
    fn system_stat(&self) -> String {
        let idle = self.clock.shows(Base::Uptime).as_millis() * TICKS / 1_000;
        let (boot, processes) = (self.boot(), self.creation + 1);
        format!(
            "cpu  0 0 0 {idle} 0 0 0 0 0 0\ncpu0 0 0 0 {idle} 0 0 0 0 0 0\nintr 0\nctxt 0\nbtime {boot}\n\
             processes {processes}\nprocs_running 1\nprocs_blocked 0\nsoftirq 0 0 0 0 0 0 0 0 0 0 0\n"
        )
    }

    /// A random UUID of version 4 (RFC 9562); `None` if random numbers are real.
    fn uuid(&mut self) -> Option<String> {
        let mut bytes = self.randomness.take(16)?;
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let digits: Vec<String> = [0..4, 4..6, 6..8, 8..10, 10..16]
            .into_iter()
            .map(|part| {
                bytes[part]
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect()
            })
            .collect();
        Some(digits.join("-") + "\n")
    }

    /// What is known of the process or thread whose file in `/proc` a thread has open; `None` if it is one outside, which
    /// is noted.
    fn shown_process(&mut self, id: pid_t, descriptor: i32) -> Option<Shown> {
        let path = proc::file(id, descriptor)?;
        let path = path.to_str()?;
        let mut numbers = path
            .split('/')
            .filter_map(|name| name.parse::<pid_t>().ok());
        let named = numbers.next_back()?;
        let reader = self.threads.get(&id)?.process;
        let Some(thread) = self
            .thread_named(id, named)
            .and_then(|id| self.threads.get(&id))
        else {
            if named == 1 && proc::nested_ids(id).len() > 1 {
                // The init of its namespace.
                return Some(Shown {
                    born: BOOT,
                    state: Some('S'),
                    is_ours: true,
                });
            }
            if let Some(born) = self.zombie_named(id, named) {
                return Some(Shown {
                    born: Clock::uptime_at(born),
                    state: None,
                    is_ours: false,
                });
            }
            self.note_differing(path);
            return None;
        };
        Some(Shown {
            born: Clock::uptime_at(thread.born),
            state: state(thread, reader),
            is_ours: false,
        })
    }
}

/// What `/proc` shows of a process besides what is real.
struct Shown {
    /// When it began, in nanoseconds since the system was started.
    born: u64,
    /// Its state, if that is not the real one.
    state: Option<char>,
    /// It is an init of ours.
    is_ours: bool,
}

/// The state of a thread without a tracer, as a thread of `reader` sees it; `None` if the real one is right.
fn state(thread: &Thread, reader: pid_t) -> Option<char> {
    match thread.state {
        _ if thread.process == reader => Some('R'),
        State::Stopped => Some('T'),
        State::Ended | State::Exiting => None,
        _ => Some('S'),
    }
}

/// `/proc/PID/stat` with what differs replaced (`proc_pid_stat(5)`).
fn stat(real: &str, shown: &Shown) -> Option<String> {
    // Fields are counted from 1, and after the name from 3.
    const FIRST: usize = 3;
    const FAULTS_AND_TIMES: std::ops::RangeInclusive<usize> = 10..=17;
    const START: usize = 22;
    const VIRTUAL_SIZE: usize = 23;
    const RESIDENT_PAGES: usize = 24;
    /// Addresses in the program's memory, and those that it is at; where it waits; its processor; waits for disks, and
    /// times of guests.
    const ADDRESSES: [usize; 13] = [26, 27, 28, 29, 30, 45, 46, 47, 48, 49, 50, 51, 35];
    const HIDDEN: [usize; 7] = [29, 30, 35, 39, 42, 43, 44];
    let (name, fields) = real.trim_end().rsplit_once(") ")?;
    let fields = fields.split(' ').enumerate().map(|(index, real)| {
        let field = index + FIRST;
        match (field, shown.state) {
            (FIRST, Some(state)) => state.to_string(),
            (START, _) => (u128::from(shown.born) * TICKS / 1_000_000_000).to_string(),
            (RESIDENT_PAGES, _) if real != "0" => (RESIDENT / PAGE).to_string(),
            (VIRTUAL_SIZE, _) if shown.is_ours => (RESIDENT * 1024).to_string(),
            _ if FAULTS_AND_TIMES.contains(&field)
                || HIDDEN.contains(&field)
                || (shown.is_ours && ADDRESSES.contains(&field)) =>
            {
                "0".to_owned()
            }
            _ => real.to_owned(),
        }
    });
    Some(format!(
        "{name}) {}\n",
        fields.collect::<Vec<_>>().join(" ")
    ))
}

/// `/proc/PID/status` with what differs replaced (`proc_pid_status(5)`).
fn status(real: &str, shown: &Shown) -> String {
    let memory = |kilobytes: u64| format!("{kilobytes:8} kB");
    let line = |line: &str| {
        let Some((key, value)) = line.split_once(":\t") else {
            return format!("{line}\n");
        };
        let value = match key {
            "State" => match shown.state {
                Some('R') => "R (running)".to_owned(),
                Some('S') => "S (sleeping)".to_owned(),
                Some('T') => "T (stopped)".to_owned(),
                _ => value.to_owned(),
            },
            "TracerPid" | "voluntary_ctxt_switches" | "nonvoluntary_ctxt_switches" => {
                "0".to_owned()
            }
            "VmPeak" | "VmSize" | "VmData" | "VmStk" | "VmExe" | "VmLib" if shown.is_ours => {
                memory(RESIDENT)
            }
            "VmHWM" | "VmRSS" | "RssAnon" => memory(RESIDENT),
            "RssFile" | "RssShmem" | "VmPTE" => memory(0),
            // Signals that are queued for all processes of the user, and how many may be.
            "SigQ" => value
                .split_once('/')
                .map_or_else(|| value.to_owned(), |(_, most)| format!("0/{most}")),
            "Cpus_allowed" => "1".to_owned(),
            "Cpus_allowed_list" => "0".to_owned(),
            _ => value.to_owned(),
        };
        format!("{key}:\t{value}\n")
    };
    real.lines().map(line).collect()
}

/// `/proc/PID/statm` with what differs replaced (`proc_pid_statm(5)`).
fn statm(real: &str, shown: &Shown) -> Option<String> {
    let resident = RESIDENT / PAGE;
    if shown.is_ours {
        return Some(format!("{resident} {resident} 0 0 0 {resident} 0\n"));
    }
    let (size, rest) = real.split_once(' ')?;
    let (_, rest) = rest.split_once(' ')?;
    let (_, rest) = rest.split_once(' ')?;
    Some(format!("{size} {resident} 0 {rest}"))
}

#[cfg(test)]
mod tests {
    use super::{Shown, stat, statm, status};

    const SHOWN: Shown = Shown {
        born: 100_000_250_000_000,
        state: Some('S'),
        is_ours: false,
    };

    #[test]
    fn times_and_resident_memory_of_a_process_are_replaced() {
        // A name may contain anything.
        let real = "7 (a) b) t 2 7 7 34816 7 4194304 150 0 3 0 11 12 13 14 20 0 1 0 5551 7000000 420 18446744073709551615 1 2 3 4 5 0 0 0 65536 6 0 0 17 1 0 0 9 8 7 40 41 42 43 44 45 46 0\n";
        let expected = "7 (a) b) S 2 7 7 34816 7 4194304 0 0 0 0 0 0 0 0 20 0 1 0 10000025 7000000 1024 18446744073709551615 1 2 3 0 0 0 0 0 65536 0 0 0 17 0 0 0 0 0 0 40 41 42 43 44 45 46 0\n";
        assert_eq!(stat(real, &SHOWN).as_deref(), Some(expected));
        assert_eq!(
            statm("2000 300 200 1 0 90 0\n", &SHOWN).as_deref(),
            Some("2000 1024 0 1 0 90 0\n")
        );
        let real = "Name:\ta\nState:\tt (tracing stop)\nTracerPid:\t99\nSigQ:\t12/3834\nVmRSS:\t    1234 kB\nVmLck:\t       0 kB\nCpus_allowed:\tff\n";
        let expected = "Name:\ta\nState:\tS (sleeping)\nTracerPid:\t0\nSigQ:\t0/3834\nVmRSS:\t    4096 kB\nVmLck:\t       0 kB\nCpus_allowed:\t1\n";
        assert_eq!(status(real, &SHOWN), expected);
    }
}
