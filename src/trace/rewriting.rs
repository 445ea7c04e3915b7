//! Rewrites an instruction with which a program reads a clock again and again, so that it reads the clock page.
//!
//! Each read of the time-stamp counter, and each system call, stops the thread, which takes a hundred times as long as
//! the read itself. So an instruction that has made many reads is replaced by a jump to code that reads the page, and
//! that executes the instruction if the tracer must be asked ([`super::clock_cost`]). A read costs the same virtual time
//! before and after, so only the speed changes.
//!
//! The code goes where the program has none: the zeros at the end of the last page of the instruction's segment. A near
//! jump is longer than most of these instructions. So a short jump leads to a gap nearby, which has room for the near
//! jump. Otherwise, for the counter, the instructions after it are moved into the code as well, if they are
//! position-independent and nothing seems to jump to them. If neither is possible, the instruction stays.

use super::{
    arch::{self, ClockInstruction, JUMP, Registers, SITE_BEGIN},
    memory::{read, read_into},
    ptrace,
    thread::State,
    tracer::Tracer,
    vdso,
};
use libc::pid_t;
use std::{fs, ops::Range};

/// After how many reads an instruction is rewritten; if that fails, it is tried again after twice as many.
const MANY: u32 = 64;
/// The same for calls that the mapped code makes, each of which takes a stop until then.
const MANY_CALLS: u32 = 8;
const PAGE: u64 = 4096;
/// The reach of a short jump, and how much code is searched for jumps.
const NEAR: u64 = 128;
const AROUND: u64 = 1 << 16;
/// The size of a rewritten instruction's code, with the address that precedes it.
const SITE: usize = 192;
/// How much of the stack is searched for return addresses into the code.
const STACK: usize = 1 << 16;

/// A mapping of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mapping {
    begin: u64,
    end: u64,
    /// Its offset in the file.
    offset: u64,
    is_code: bool,
    name: String,
}

impl Tracer<'_> {
    /// Rewrites the instruction that a thread has stopped at, if it has read a clock often enough. Returns whether it
    /// was rewritten.
    pub(super) fn rewrite_if_hot(&mut self, id: pid_t, at: u64) -> bool {
        let Some(process) = self.threads.get(&id).map(|thread| thread.process) else {
            return false;
        };
        let reads = self.sites.entry((process, at)).or_default();
        *reads = reads.saturating_add(1);
        *reads >= MANY && reads.is_power_of_two() && self.rewrite(id, at).is_some()
    }

    /// Replaces what loads the number before a `syscall` by a jump to the [mapped code](super::mapped_code) that makes the
    /// call, if the thread that has stopped there has made it often enough. The `syscall` itself stays, for threads that
    /// are in it, for jumps to it, and for calls that the code leaves to it.
    pub(super) fn rewrite_call_if_hot(&mut self, id: pid_t, entry: &Registers) {
        let Some(process) = self.threads.get(&id).map(|thread| thread.process) else {
            return;
        };
        if !self.has_code(id) {
            return;
        }
        let after = entry.instruction();
        let calls = self.sites.entry((process, after)).or_default();
        *calls = calls.saturating_add(1);
        if *calls >= MANY_CALLS && calls.is_power_of_two() {
            let is_rewritten = rewrite_call(id, entry, after).is_some();
            if is_rewritten && entry.call() == libc::SYS_close {
                self.note_unseen_closes();
            }
        }
    }

    /// Whether a thread's process has the [mapped code](super::mapped_code).
    pub(super) fn has_code(&self, id: pid_t) -> bool {
        let process = self.threads.get(&id).map(|thread| thread.process);
        let page = process.and_then(|process| self.pages.get(&process));
        page.is_some_and(|page| page.has_code)
    }

    /// A process has executed a program.
    pub(super) fn forget_sites(&mut self, process: pid_t) {
        self.sites.retain(|(other, _), _| *other != process);
    }

    fn rewrite(&self, id: pid_t, at: u64) -> Option<()> {
        let mappings = mappings(id)?;
        let vdso = mappings.iter().find(|mapping| mapping.name == "[vdso]")?;
        let clock_gettime = vdso::clock_gettime(id, vdso.begin)?;
        let code = mappings.iter().find(|mapping| mapping.contains(at))?;
        if !code.is_code || code == vdso || !code.name.starts_with('/') {
            return None;
        }
        let segment_end = segment_end(id, &mappings, code)?;
        if at >= segment_end {
            // It is in a site.
            return None;
        }
        let near_begin = at.saturating_sub(AROUND).max(code.begin);
        let near_end = (at + AROUND).min(code.end);
        let near = bytes(id, near_begin, near_end)?;
        let here = &near[usize::try_from(at - near_begin).ok()?..];
        let instruction = ClockInstruction::of(here)?;
        let after = at + instruction.len() as u64;
        let mut site = instruction.site(clock_gettime);
        let site_at = free(id, segment_end, code.end)?;
        let entry = site_at + SITE_BEGIN as u64;

        // With a short jump and a gap, no other instruction is touched.
        let window = at.saturating_sub(NEAR).max(near_begin)..(at + NEAR).min(near_end);
        let offset = |address: u64| usize::try_from(address - near_begin).ok();
        let gap = arch::caves(&near[offset(window.start)?..offset(window.end)?])
            .map(|gap| window.start + gap as u64)
            .find_map(|gap| Some((gap, arch::short_jump(at, gap)?)));
        // A thread inside this system call would, after a signal, restart it by executing the jump.
        let is_in_call = instruction == ClockInstruction::Call
            && self.another_thread_is_in(id, &(after..after + 1));
        if let Some((gap, short)) = gap.filter(|_| !is_in_call) {
            finish(&mut site, site_at, after)?;
            let mut head = short.to_vec();
            // Fill the rest of a longer instruction.
            head.resize(instruction.len(), 0x90);
            return (ptrace::write_bytes(id, site_at, &site)
                && ptrace::write_bytes(id, gap, &arch::jump_from(gap, entry)?)
                && ptrace::write_bytes(id, at, &head))
            .then_some(());
        }

        // With a near jump, the instructions after it must move.
        if instruction == ClockInstruction::Call {
            return None;
        }
        let mut len = instruction.len();
        while len < JUMP {
            let target = at + len as u64;
            if arch::seems_to_jump_to(&near, near_begin, target) {
                return None;
            }
            let moved = arch::movable(&here[len..])?;
            site.extend(here.get(len..len + moved)?);
            len += moved;
        }
        if self.may_return_to(id, &(at + 1..at + len as u64)) {
            return None;
        }
        finish(&mut site, site_at, at + len as u64)?;
        let mut head = arch::jump_from(at, entry)?.to_vec();
        head.resize(len, 0x90);
        (ptrace::write_bytes(id, site_at, &site) && ptrace::write_bytes(id, at, &head))
            .then_some(())
    }

    /// Whether the program counter of another thread is in this code.
    fn another_thread_is_in(&self, id: pid_t, code: &Range<u64>) -> bool {
        let stands = |thread: pid_t| {
            let call = fs::read_to_string(format!("/proc/{thread}/task/{thread}/syscall"));
            // proc_pid_syscall(5): the last field is the program counter.
            let counter = call.ok().and_then(|call| {
                let last = call.split_ascii_whitespace().next_back()?;
                u64::from_str_radix(last.strip_prefix("0x")?, 16).ok()
            });
            counter.is_none_or(|counter| code.contains(&counter))
        };
        let mut others = self
            .threads
            .iter()
            .filter(|(other, thread)| **other != id && thread.state != State::Ended);
        others.any(|(other, _)| stands(*other))
    }

    /// Whether another thread is in this code, or a signal handler of this one may return to it.
    fn may_return_to(&self, id: pid_t, code: &Range<u64>) -> bool {
        if self.another_thread_is_in(id, code) {
            return true;
        }
        let Some(registers) = ptrace::registers(id) else {
            return true;
        };
        let mut stack = vec![0; STACK];
        // The stack may be shorter.
        while !read_into(id, registers.stack(), &mut stack) {
            stack.truncate(stack.len() / 2);
            if stack.is_empty() {
                return true;
            }
        }
        let (words, _) = stack.as_chunks::<8>();
        words
            .iter()
            .any(|word| code.contains(&u64::from_le_bytes(*word)))
    }
}

fn rewrite_call(id: pid_t, entry: &Registers, after: u64) -> Option<()> {
    const CALL: u64 = 2;
    let call = after.checked_sub(CALL)?;
    let before = read(id, call.checked_sub(arch::BEFORE_CALL as u64)?)?;
    let load = arch::load(entry.call(), &before)?;
    let at = call - load.len() as u64;
    let mappings = mappings(id)?;
    let code = mappings.iter().find(|mapping| mapping.contains(at))?;
    if !code.is_code || !code.name.starts_with('/') {
        return None;
    }
    let segment_end = segment_end(id, &mappings, code)?;
    if at >= segment_end {
        return None;
    }
    let site_at = free(id, segment_end, code.end)?;
    let begin = site_at + SITE_BEGIN as u64;
    let mut site = arch::call_site(entry.call(), load, site_at, call)?;
    finish(&mut site, site_at, after)?;
    let (gap, head) = if load.len() >= JUMP {
        (None, arch::jump_from(at, begin)?.to_vec())
    } else {
        let window = at.saturating_sub(NEAR).max(code.begin)..(at + NEAR).min(segment_end);
        let (gap, short) = arch::caves(&bytes(id, window.start, window.end)?)
            .map(|gap| window.start + gap as u64)
            .find_map(|gap| Some((gap, arch::short_jump(at, gap)?)))?;
        (Some((gap, arch::jump_from(gap, begin)?)), short.to_vec())
    };
    let is_written = ptrace::write_bytes(id, site_at, &site)
        && gap.is_none_or(|(gap, jump)| ptrace::write_bytes(id, gap, &jump))
        && ptrace::write_bytes(id, at, &head);
    is_written.then_some(())
}

impl Mapping {
    fn contains(&self, address: u64) -> bool {
        (self.begin..self.end).contains(&address)
    }
}

/// Ends a site's code with a jump to this address.
fn finish(site: &mut Vec<u8>, site_at: u64, after: u64) -> Option<()> {
    site.extend(arch::jump_from(site_at + site.len() as u64, after)?);
    (site.len() <= SITE).then_some(())
}

/// Free space for a site between the end of a segment and the end of its mapping: nothing but zeros.
fn free(id: pid_t, segment_end: u64, mapping_end: u64) -> Option<u64> {
    let space = bytes(id, segment_end, mapping_end)?;
    // The last one first.
    let mut sites = space.rchunks_exact(SITE);
    let taken = sites.position(|site| site.iter().all(|byte| *byte == 0))?;
    Some(mapping_end - ((taken + 1) * SITE) as u64)
}

/// The end of the file's segment that a mapping contains (elf(5)); `None` if it is not an ELF file, or has no such
/// segment.
fn segment_end(id: pid_t, mappings: &[Mapping], code: &Mapping) -> Option<u64> {
    const LOAD: u64 = 1;
    let is_first = |mapping: &&Mapping| mapping.name == code.name && mapping.offset == 0;
    let header = bytes(
        id,
        mappings.iter().find(is_first)?.begin,
        mappings.iter().find(is_first)?.begin + PAGE,
    )?;
    let number = |at: u64, len: usize| {
        let at = usize::try_from(at).ok()?;
        let mut number = [0; 8];
        number[..len].copy_from_slice(header.get(at..at + len)?);
        Some(u64::from_le_bytes(number))
    };
    if !header.starts_with(b"\x7fELF") {
        return None;
    }
    let (table, entry, entries) = (number(32, 8)?, number(54, 2)?, number(56, 2)?);
    let segments = (0..entries).map(|index| table + index * entry);
    let end_of = |segment: u64| {
        let (offset, len) = (number(segment + 8, 8)?, number(segment + 32, 8)?);
        let begin = code.begin + offset.checked_sub(code.offset)?;
        let is_it = number(segment, 4)? == LOAD && offset / PAGE * PAGE == code.offset;
        is_it.then_some(begin + len)
    };
    segments
        .filter_map(end_of)
        .find(|end| (code.end.saturating_sub(PAGE)..=code.end).contains(end))
}

fn bytes(id: pid_t, begin: u64, end: u64) -> Option<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(end.checked_sub(begin)?).ok()?];
    read_into(id, begin, &mut bytes).then_some(bytes)
}

/// A process's mappings (`proc_pid_maps(5)`).
fn mappings(id: pid_t) -> Option<Vec<Mapping>> {
    let text = fs::read_to_string(format!("/proc/{id}/maps")).ok()?;
    let mapping = |line: &str| {
        let mut words = line.split_ascii_whitespace();
        let (begin, end) = words.next()?.split_once('-')?;
        let access = words.next()?;
        let offset = words.next()?;
        Some(Mapping {
            begin: u64::from_str_radix(begin, 16).ok()?,
            end: u64::from_str_radix(end, 16).ok()?,
            offset: u64::from_str_radix(offset, 16).ok()?,
            // Shared code is not changed.
            is_code: access == "r-xp",
            name: words.nth(2).unwrap_or_default().to_owned(),
        })
    };
    Some(text.lines().filter_map(mapping).collect())
}
