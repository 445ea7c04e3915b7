//! Linux AIO (`io_submit(2)`): what a program submits is complete before the system call returns.
//!
//! A disk takes real time, and completes requests in an order of its own. Neither reaches the program: after
//! `io_submit` the tracer waits for the disk, however long that takes, and sorts the completions in the order in which
//! the requests were submitted. So no thread ever waits for the disk in `io_getevents`, and no other thread sees a
//! request in flight. A request that polls a descriptor (`IOCB_CMD_POLL`) completes when the descriptor is ready, and
//! is not waited for.
//!
//! If a request has an eventfd, the tracer signals it, once for each request, when all are complete. The kernel does so
//! a moment after the completion is visible, and nothing shows that moment.

use super::{
    objects::{Object, objects},
    time_out::Wait,
};
use crate::recording::Varies;
use crate::trace::{
    Halt,
    arch::Registers,
    backoff::Backoff,
    memory::{read, read_word, write},
    thread::{State, Then},
    tracer::Tracer,
};
use libc::pid_t;
use rustix::{
    fd::OwnedFd,
    process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open},
};
use std::fs;

/// How many requests of one system call are handled: more than a context has by default (`/proc/sys/fs/aio-max-nr`).
const MAX_REQUESTS: u64 = 65_536;

/// A request, `struct iocb` (`linux/aio_abi.h`).
struct Request {
    /// Its address in the program's memory, by which its completion refers to it.
    address: u64,
    is_poll: bool,
    descriptor: i32,
    /// Its eventfd.
    signals: Option<i32>,
}

const OPCODE: usize = 16;
const DESCRIPTOR: usize = 20;
const FLAGS: usize = 56;
const EVENT_DESCRIPTOR: usize = 60;
const REQUEST: usize = 64;
/// `IOCB_CMD_POLL`.
const POLL: u16 = 5;
/// `IOCB_FLAG_RESFD`.
const SIGNALS: u32 = 1;

impl Request {
    fn read(thread: pid_t, address: u64) -> Option<Request> {
        let request: [u8; REQUEST] = read(thread, address)?;
        let word = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|byte| request[at + byte]));
        Some(Request {
            address,
            is_poll: u16::from_le_bytes([request[OPCODE], request[OPCODE + 1]]) == POLL,
            descriptor: word(DESCRIPTOR).cast_signed(),
            signals: (word(FLAGS) & SIGNALS != 0).then_some(word(EVENT_DESCRIPTOR).cast_signed()),
        })
    }

    /// Whether the tracer signals its eventfd.
    fn is_signalled_by_us(&self, thread: pid_t) -> bool {
        !self.is_poll
            && self
                .signals
                .is_some_and(|descriptor| is_eventfd(thread, descriptor))
    }

    /// Sets whether the kernel signals its eventfd.
    fn set_signals(&self, thread: pid_t, signals: bool) {
        let Some(flags) = self.address.checked_add(FLAGS as u64) else {
            return;
        };
        if let Some(old) = read(thread, flags).map(u32::from_le_bytes) {
            let new = if signals {
                old | SIGNALS
            } else {
                old & !SIGNALS
            };
            write(thread, flags, &new.to_le_bytes());
        }
    }
}

/// The ring of completions of a context, `struct aio_ring` (`fs/aio.c`), which is mapped into the program.
struct Ring {
    thread: pid_t,
    address: u64,
    /// How many completions it can hold.
    len: u32,
    head: u32,
    tail: u32,
}

impl Ring {
    const MAGIC: u32 = 0xa10a_10a1;
    const HEADER: u64 = 32;
    const COMPLETION: usize = 32;

    fn read(thread: pid_t, address: u64) -> Option<Ring> {
        let header: [u8; 20] = read(thread, address)?;
        let word = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|byte| header[4 * at + byte]));
        let ring = Ring {
            thread,
            address,
            len: word(1),
            head: word(2),
            tail: word(3),
        };
        (word(4) == Ring::MAGIC && ring.head < ring.len && ring.tail < ring.len).then_some(ring)
    }

    /// The places from `from` to the tail.
    fn places(&self, from: u32) -> Vec<u32> {
        let count = (self.tail + self.len - from % self.len) % self.len;
        (0..count).map(|step| (from + step) % self.len).collect()
    }

    fn address(&self, place: u32) -> u64 {
        self.address + Ring::HEADER + u64::from(place) * Ring::COMPLETION as u64
    }

    fn completion(&self, place: u32) -> Option<[u8; Ring::COMPLETION]> {
        read(self.thread, self.address(place))
    }
}

/// The request that a completion refers to.
fn request_of(completion: &[u8; Ring::COMPLETION]) -> u64 {
    u64::from_le_bytes([8, 9, 10, 11, 12, 13, 14, 15].map(|byte| completion[byte]))
}

/// The requests of an `io_submit`, in order.
fn requests(thread: pid_t, entry: &Registers) -> Vec<Request> {
    let count = entry
        .argument(1)
        .cast_signed()
        .clamp(0, MAX_REQUESTS.cast_signed());
    let requests = (0..count.cast_unsigned()).map_while(|index| {
        let address = read_word(thread, entry.argument(2).checked_add(8 * index)?)?;
        Request::read(thread, address)
    });
    requests.collect()
}

/// What an `io_submit` is about to submit.
pub(in crate::trace) struct Submitted {
    requests: Vec<Request>,
    /// The tail of the ring before.
    end: u32,
}

/// The descriptors on which `io_submit` itself may block.
pub(super) fn descriptors(thread: pid_t, entry: &Registers) -> Vec<i32> {
    let requests = requests(thread, entry).into_iter();
    requests.map(|request| request.descriptor).collect()
}

impl Tracer<'_> {
    /// A thread submits requests.
    pub(super) fn enter_submit(&mut self, id: pid_t, entry: Registers) {
        self.note_file_change();
        self.before_submit(id, &entry);
        self.enter(id, entry, Wait::PLAIN, None, Then::Complete);
    }

    fn before_submit(&mut self, id: pid_t, entry: &Registers) {
        let Some(ring) = Ring::read(id, entry.argument(0)) else {
            return;
        };
        let mut requests = requests(id, entry);
        for request in &mut requests {
            if !request.is_signalled_by_us(id) {
                request.signals = None;
            }
            if request.signals.is_some() {
                request.set_signals(id, false);
            }
        }
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.submitted = Some(Submitted {
                requests,
                end: ring.tail,
            });
        }
    }

    /// Waits until the requests that `io_submit` has submitted are complete.
    pub(super) fn exit_submit(
        &mut self,
        id: pid_t,
        entry: &Registers,
        returned: i64,
    ) -> Result<(), Halt> {
        let Some(thread) = self.threads.get_mut(&id) else {
            return Ok(());
        };
        let process = thread.process;
        let Some(Submitted { mut requests, end }) = thread.submitted.take() else {
            return Ok(());
        };
        for request in &requests {
            if request.signals.is_some() {
                request.set_signals(id, true);
            }
        }
        requests.truncate(usize::try_from(returned).unwrap_or(0));
        let context = entry.argument(0);
        let (polls, requests): (Vec<_>, Vec<_>) =
            requests.into_iter().partition(|request| request.is_poll);
        for poll in polls {
            self.external.note_polled(process, context, poll.descriptor);
        }
        if requests.is_empty() {
            return Ok(());
        }
        self.await_completions(id, context, &requests, end)?;
        let waiting = self.threads_in_getevents(process, context);
        if waiting.is_empty() {
            sort_completions(id, context, &requests, end);
        } else {
            self.await_reaper(&waiting, requests.len())?;
        }
        signal(process, &requests);
        Ok(())
    }

    /// Waits until the disk has completed these requests.
    fn await_completions(
        &mut self,
        id: pid_t,
        context: u64,
        requests: &[Request],
        end: u32,
    ) -> Result<(), Halt> {
        let mut backoff = Backoff::new();
        while let Some(ring) = Ring::read(id, context) {
            let completions = ring.places(end);
            let completions = completions
                .into_iter()
                .filter_map(|place| ring.completion(place));
            let mut complete: Vec<u64> = completions.map(|one| request_of(&one)).collect();
            let is_complete = requests.iter().all(|request| {
                let at = complete
                    .iter()
                    .position(|address| *address == request.address);
                at.map(|at| complete.swap_remove(at)).is_some()
            });
            if is_complete {
                break;
            }
            if !backoff.yield_cpu(&mut self.pace) {
                self.watch.check()?;
                backoff.wait(&self.pace);
            }
        }
        Ok(())
    }

    /// The threads that wait for completions of a context, and how many each wants.
    fn threads_in_getevents(&self, process: pid_t, context: u64) -> Vec<(pid_t, u64)> {
        let waiting = self.threads.iter().filter_map(|(id, thread)| {
            let entry = thread
                .call
                .filter(|_| thread.state == State::Waiting)?
                .entry;
            let is_in = objects(*id, &entry).contains(&Object::Completions(context));
            (is_in && thread.process == process).then(|| (*id, entry.argument(1)))
        });
        waiting.collect()
    }

    /// Waits until a thread that waits for completions has been woken. It takes completions as they come, and of
    /// several threads the first may leave too few for the others: then the disk decides the order.
    fn await_reaper(&mut self, waiting: &[(pid_t, u64)], complete: usize) -> Result<(), Halt> {
        if complete > 1 || waiting.len() > 1 {
            self.note(&Varies::DiskOrder);
        }
        let [(reaper, wanted)] = waiting else {
            return Ok(());
        };
        if usize::try_from(*wanted).is_ok_and(|wanted| wanted > complete) {
            return Ok(());
        }
        let mut backoff = Backoff::new();
        while self.threads.get(reaper).is_some_and(|thread| {
            thread
                .sleep
                .is_some_and(|sleep| thread.probe.still_sleeps(sleep))
        }) {
            if !backoff.yield_cpu(&mut self.pace) {
                self.watch.check()?;
                backoff.wait(&self.pace);
            }
        }
        Ok(())
    }
}

/// Sorts completions in the order in which their requests were submitted. None of them has been taken.
fn sort_completions(thread: pid_t, context: u64, requests: &[Request], end: u32) {
    let Some(ring) = Ring::read(thread, context) else {
        return;
    };
    let order = |address| {
        requests
            .iter()
            .position(|request| request.address == address)
    };
    let mut completions = Vec::new();
    for place in ring.places(end) {
        if let Some(completion) = ring.completion(place)
            && let Some(order) = order(request_of(&completion))
        {
            completions.push((place, order, completion));
        }
    }
    let places: Vec<u32> = completions.iter().map(|(place, ..)| *place).collect();
    completions.sort_by_key(|(_, order, _)| *order);
    for (place, (.., completion)) in places.into_iter().zip(completions) {
        write(thread, ring.address(place), &completion);
    }
}

/// Signals the eventfds of requests.
fn signal(process: pid_t, requests: &[Request]) {
    let pidfd =
        Pid::from_raw(process).and_then(|process| pidfd_open(process, PidfdFlags::empty()).ok());
    let Some(pidfd) = pidfd else {
        return;
    };
    for descriptor in requests.iter().filter_map(|request| request.signals) {
        let eventfd: Result<OwnedFd, _> = pidfd_getfd(&pidfd, descriptor, PidfdGetfdFlags::empty());
        // An eventfd that was closed meanwhile is not signalled.
        let _ = eventfd.and_then(|eventfd| rustix::io::write(&eventfd, &1_u64.to_ne_bytes()));
    }
}

fn is_eventfd(thread: pid_t, descriptor: i32) -> bool {
    let file = fs::read_link(format!("/proc/{thread}/fd/{descriptor}"));
    file.is_ok_and(|file| file.as_os_str() == "anon_inode:[eventfd]")
}
