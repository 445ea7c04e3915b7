//! Each timed wait of the system ends at its deadline, or earlier by a signal or by the event that it waits for, and says so:
//! result, remaining time, and the time that has passed on the clock.

use std::{
    io,
    mem::MaybeUninit,
    ptr,
    sync::atomic::AtomicU32,
    thread,
    time::{Duration, Instant},
};

const MS: libc::c_long = 1_000_000;
/// How long each waits, unless something happens.
const WAIT: libc::timespec = libc::timespec {
    tv_sec: 0,
    tv_nsec: 100 * MS,
};

/// Makes a system call. Returns its result, or the name of its error.
fn call(number: libc::c_long, arguments: [usize; 6]) -> String {
    let [one, two, three, four, five, six] = arguments;
    // SAFETY: every caller passes what the call takes, and pointers to what outlives it.
    match unsafe { libc::syscall(number, one, two, three, four, five, six) } {
        -1 => match io::Error::last_os_error().raw_os_error() {
            Some(libc::EINTR) => "EINTR".to_owned(),
            Some(libc::EAGAIN) => "EAGAIN".to_owned(),
            Some(libc::ETIMEDOUT) => "ETIMEDOUT".to_owned(),
            other => format!("{other:?}"),
        },
        value => value.to_string(),
    }
}

/// The address of a value, as an argument.
fn at<T>(value: &mut T) -> usize {
    ptr::from_mut(value).expose_provenance()
}

/// To the nearest millisecond, as a read of the clock takes a little time too.
fn rounded(time: Duration) -> u128 {
    (time + Duration::from_micros(500)).as_millis()
}

fn remaining(seconds: i64, nanoseconds: i64) -> String {
    let nanoseconds = u64::try_from(seconds * 1000 * MS + nanoseconds).unwrap();
    format!("{} ms left", rounded(Duration::from_nanos(nanoseconds)))
}

fn tell(name: &str, wait: impl FnOnce() -> String) {
    let begun = Instant::now();
    let result = wait();
    println!("{name}: {result} after {} ms", rounded(begun.elapsed()));
}

/// Waits while another thread lets something happen 30 ms later.
fn meanwhile(happens: impl FnOnce() + Send, wait: impl FnOnce() -> String) -> String {
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(30));
            happens();
        });
        wait()
    })
}

/// An instant of a clock, 100 ms from now.
fn deadline(clock: libc::clockid_t) -> libc::timespec {
    let mut now = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: all zeros is a valid `timespec`, and the call may write one there.
    let mut end = unsafe {
        libc::clock_gettime(clock, now.as_mut_ptr());
        now.assume_init()
    };
    end.tv_nsec += WAIT.tv_nsec;
    end.tv_sec += end.tv_nsec / (1000 * MS);
    end.tv_nsec %= 1000 * MS;
    end
}

extern "C" fn nothing(_: libc::c_int) {}

/// The main thread, to be signalled.
#[derive(Clone, Copy)]
struct Me(libc::pthread_t);

impl Me {
    /// This thread. SIGUSR1 interrupts its waits, and it can wait for SIGUSR2.
    fn new() -> Me {
        let mut action = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: all zeros is a valid `sigaction`, without `SA_RESTART`; the handler does nothing; the set is written
        // before it is read.
        unsafe {
            (*action.as_mut_ptr()).sa_sigaction = nothing as *const () as usize;
            libc::sigaction(libc::SIGUSR1, action.as_ptr(), ptr::null_mut());
            let mut set = MaybeUninit::<libc::sigset_t>::uninit();
            libc::sigemptyset(set.as_mut_ptr());
            libc::sigaddset(set.as_mut_ptr(), libc::SIGUSR2);
            libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), ptr::null_mut());
            Me(libc::pthread_self())
        }
    }

    fn signal(self, signal: libc::c_int) {
        // SAFETY: the main thread joins whoever calls this.
        unsafe { libc::pthread_kill(self.0, signal) };
    }
}

/// A pipe, and its one byte.
struct Pipe([libc::c_int; 2]);

impl Pipe {
    fn new() -> Pipe {
        let mut ends = [0; 2];
        // SAFETY: the call may write two descriptors there.
        unsafe { libc::pipe(ends.as_mut_ptr()) };
        Pipe(ends)
    }

    fn fill(&self) {
        // SAFETY: it is one byte that is read.
        unsafe { libc::write(self.0[1], [0_u8].as_ptr().cast(), 1) };
    }

    fn empty(&self) {
        // SAFETY: it is one byte that may be written.
        unsafe { libc::read(self.0[0], [0_u8].as_mut_ptr().cast(), 1) };
    }

    fn poll(&self, number: libc::c_long) -> String {
        let mut fd = libc::pollfd {
            fd: self.0[0],
            events: libc::POLLIN,
            revents: 0,
        };
        if number == libc::SYS_poll {
            return call(number, [at(&mut fd), 1, 100, 0, 0, 0]);
        }
        call(number, [at(&mut fd), 1, at(&mut WAIT.clone()), 0, 8, 0])
    }

    fn select(&self, number: libc::c_long) -> String {
        // The call reads the first word of the set alone: a bit for each descriptor.
        let mut set = [1_u64 << self.0[0]; 16];
        let (mut seconds, mut nanoseconds) = (0, WAIT.tv_nsec);
        let result;
        let count = usize::try_from(self.0[0]).unwrap() + 1;
        if number == libc::SYS_select {
            let mut wait = libc::timeval {
                tv_sec: seconds,
                tv_usec: nanoseconds / 1000,
            };
            result = call(number, [count, at(&mut set), 0, 0, at(&mut wait), 0]);
            (seconds, nanoseconds) = (wait.tv_sec, wait.tv_usec * 1000);
        } else {
            let mut wait = WAIT;
            result = call(number, [count, at(&mut set), 0, 0, at(&mut wait), 0]);
            (seconds, nanoseconds) = (wait.tv_sec, wait.tv_nsec);
        }
        let found = (set[0] >> self.0[0]) & 1;
        format!("{result}, set {found}, {}", remaining(seconds, nanoseconds))
    }

    fn epoll(&self, number: libc::c_long) -> String {
        // SAFETY: the call takes a flag, and gives a descriptor of our own.
        let epoll = unsafe { libc::epoll_create1(0) };
        let mut event = libc::epoll_event {
            events: libc::EPOLLIN.cast_unsigned(),
            u64: 0,
        };
        // SAFETY: all three descriptors and the event are there.
        unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, self.0[0], &raw mut event) };
        let fd = usize::try_from(epoll).unwrap();
        let mut wait = WAIT;
        let wait = if number == libc::SYS_epoll_pwait2 {
            at(&mut wait)
        } else {
            100
        };
        let result = call(number, [fd, at(&mut event), 1, wait, 0, 8]);
        // SAFETY: nobody else has it.
        unsafe { libc::close(epoll) };
        result
    }
}

/// A semaphore of System V, at zero.
struct Semaphore(libc::c_int);

impl Semaphore {
    fn new() -> Semaphore {
        // SAFETY: the call takes numbers.
        Semaphore(unsafe { libc::semget(libc::IPC_PRIVATE, 1, 0o600) })
    }

    fn add(&self, number: i16) -> String {
        let mut change = libc::sembuf {
            sem_num: 0,
            sem_op: number,
            sem_flg: 0,
        };
        let id = usize::try_from(self.0).unwrap();
        let mut wait = WAIT;
        let arguments = [id, at(&mut change), 1, at(&mut wait), 0, 0];
        call(libc::SYS_semtimedop, arguments)
    }
}

impl Drop for Semaphore {
    fn drop(&mut self) {
        // SAFETY: the call takes numbers.
        unsafe { libc::semctl(self.0, 0, libc::IPC_RMID) };
    }
}

/// A futex whose word is 0.
fn futex(word: &AtomicU32, operation: libc::c_int, value: usize, wait: usize) -> String {
    let operation = usize::try_from(operation | libc::FUTEX_PRIVATE_FLAG).unwrap();
    let any = u32::MAX as usize;
    let word = word.as_ptr().expose_provenance();
    call(libc::SYS_futex, [word, operation, value, wait, 0, any])
}

fn sleep(number: libc::c_long, clock: libc::clockid_t) -> String {
    let (mut wait, mut left) = (WAIT, libc::timespec { ..WAIT });
    let (wait, rest) = (at(&mut wait), at(&mut left));
    let clock = usize::try_from(clock).unwrap();
    let result = if number == libc::SYS_nanosleep {
        call(number, [wait, rest, 0, 0, 0, 0])
    } else {
        call(number, [clock, 0, wait, rest, 0, 0])
    };
    match result.as_str() {
        "0" => result,
        // Only then is the remaining time written.
        _ => format!("{result}, {}", remaining(left.tv_sec, left.tv_nsec)),
    }
}

fn sleep_until(clock: libc::clockid_t) -> String {
    let mut end = deadline(clock);
    let clock = usize::try_from(clock).unwrap();
    let absolute = usize::try_from(libc::TIMER_ABSTIME).unwrap();
    let arguments = [clock, absolute, at(&mut end), 0, 0, 0];
    call(libc::SYS_clock_nanosleep, arguments)
}

fn wait_for_signal() -> String {
    let (mut set, mut wait) = (1_u64 << (libc::SIGUSR2 - 1), WAIT);
    let arguments = [at(&mut set), 0, at(&mut wait), 8, 0, 0];
    call(libc::SYS_rt_sigtimedwait, arguments)
}

pub fn main() {
    let (me, pipe, semaphore, word) = (Me::new(), Pipe::new(), Semaphore::new(), AtomicU32::new(0));
    let futex_wait = || futex(&word, libc::FUTEX_WAIT, 0, at(&mut WAIT.clone()));
    let futex_until = |clock, flag| {
        let mut end = deadline(clock);
        futex(&word, libc::FUTEX_WAIT_BITSET | flag, 0, at(&mut end))
    };
    let realtime = libc::FUTEX_CLOCK_REALTIME;
    let waits: [(&str, &(dyn Fn() -> String + Sync)); 17] = [
        ("poll", &|| pipe.poll(libc::SYS_poll)),
        ("ppoll", &|| pipe.poll(libc::SYS_ppoll)),
        ("select", &|| pipe.select(libc::SYS_select)),
        ("pselect", &|| pipe.select(libc::SYS_pselect6)),
        ("epoll_wait", &|| pipe.epoll(libc::SYS_epoll_wait)),
        ("epoll_pwait", &|| pipe.epoll(libc::SYS_epoll_pwait)),
        ("epoll_pwait2", &|| pipe.epoll(libc::SYS_epoll_pwait2)),
        ("sigtimedwait", &wait_for_signal),
        ("semtimedop", &|| semaphore.add(-1)),
        ("futex", &futex_wait),
        ("futex until", &|| futex_until(libc::CLOCK_MONOTONIC, 0)),
        ("futex until, wall", &|| {
            futex_until(libc::CLOCK_REALTIME, realtime)
        }),
        ("nanosleep", &|| sleep(libc::SYS_nanosleep, 0)),
        ("clock_nanosleep", &|| {
            sleep(libc::SYS_clock_nanosleep, libc::CLOCK_MONOTONIC)
        }),
        ("clock_nanosleep, wall", &|| {
            sleep(libc::SYS_clock_nanosleep, libc::CLOCK_REALTIME)
        }),
        ("clock_nanosleep until", &|| {
            sleep_until(libc::CLOCK_MONOTONIC)
        }),
        ("clock_nanosleep until, wall", &|| {
            sleep_until(libc::CLOCK_REALTIME)
        }),
    ];
    println!("time-outs");
    for (name, wait) in waits {
        tell(name, wait);
    }
    println!("a signal");
    for (name, wait) in waits {
        tell(name, || meanwhile(|| me.signal(libc::SIGUSR1), wait));
    }
    println!("what they wait for");
    for (name, wait) in waits {
        let happens: &(dyn Fn() + Sync) = match name {
            "sigtimedwait" => &|| me.signal(libc::SIGUSR2),
            "semtimedop" => &|| drop(semaphore.add(1)),
            _ if name.contains("futex") => &|| drop(futex(&word, libc::FUTEX_WAKE, 1, 0)),
            _ if name.contains("nanosleep") => continue,
            _ => &|| pipe.fill(),
        };
        tell(name, || meanwhile(happens, wait));
        if name.contains("poll") || name.contains("select") {
            pipe.empty();
        }
    }
}
