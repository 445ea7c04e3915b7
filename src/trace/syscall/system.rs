//! System calls that describe the machine: `uname` and `sysinfo`. The kernel's version stays real.

use super::{entry::filled, time_out::Wait};
use crate::{
    recording::Machine,
    trace::{arch::Registers, clock::Base, memory::write, thread::Then, tracer::Tracer},
    virtual_time::known_files::{FREE_MEMORY, HOST_NAME, MEMORY},
};
use libc::pid_t;

/// The size of each name in `struct utsname`, and which of them are those of the host and of its domain (uname(2)).
const NAME: usize = 65;
const HOST: u64 = 1;
const DOMAIN: u64 = 5;
const NO_DOMAIN: &str = "(none)";
/// The size of `struct sysinfo` (sysinfo(2)).
const INFO: usize = 112;

impl Tracer<'_> {
    /// A thread asks for the names of the system, or for its state.
    pub(super) fn enter_system(&mut self, id: pid_t, entry: Registers) {
        let is_host = self.machine == Machine::Host;
        match entry.call() {
            libc::SYS_uname if is_host => self.pass(id),
            libc::SYS_uname => self.enter(id, entry, Wait::PLAIN, None, Then::HideNames),
            _ if is_host => self.enter(id, entry, Wait::PLAIN, None, Then::HideUptime),
            _ => {
                let result = filled(write(id, entry.argument(0), &self.info()));
                self.answer(id, entry, result);
            }
        }
    }

    /// What `sysinfo` returns on the virtual machine.
    fn info(&self) -> [u8; INFO] {
        let mut info = [0; INFO];
        let words = [
            (0, self.clock.shows(Base::Uptime).as_secs()),
            (32, MEMORY),
            (40, FREE_MEMORY),
            // Processes, and an init.
            (80, self.threads.len() as u64 + 1),
        ];
        for (at, word) in words {
            info[at..at + 8].copy_from_slice(&word.to_le_bytes());
        }
        // The unit of memory.
        info[104] = 1;
        info
    }

    /// The real uptime was written to this address.
    pub(super) fn hide_uptime(&self, id: pid_t, address: u64) {
        let uptime = self.clock.shows(Base::Uptime).as_secs();
        write(id, address, &uptime.to_le_bytes());
    }
}

/// The real names were written to this address.
pub(super) fn hide_names(id: pid_t, address: u64) {
    for (index, name) in [(HOST, HOST_NAME), (DOMAIN, NO_DOMAIN)] {
        let mut field = [0; NAME];
        field[..name.len()].copy_from_slice(name.as_bytes());
        write(id, address + index * NAME as u64, &field);
    }
}
