//! Programs that a test starts. Each has a limit of real time: what is not over by then is killed, and the test fails and
//! says what it waited for. None outlives the test.

use rustix::{
    io::Errno,
    process::{
        Pid, Signal, WaitId, WaitIdOptions, kill_process_group, set_parent_process_death_signal,
        setpgid, waitid,
    },
};
use std::{
    io::Read,
    os::unix::process::CommandExt,
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// For a program that takes less than a second on an idle machine.
pub const LIMIT: Duration = Duration::from_secs(20);
/// For tools such as compilers, and for a whole `strobe check`.
pub const TOOL_LIMIT: Duration = Duration::from_secs(240);

/// Kills a process group at its limit.
struct Watchdog {
    has_killed: Arc<AtomicBool>,
    /// The thread ends when this is dropped.
    alive: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watchdog {
    fn new(group: Pid, limit: Duration) -> Watchdog {
        let has_killed = Arc::new(AtomicBool::new(false));
        let (alive, ended) = channel();
        let killed = Arc::clone(&has_killed);
        let watch = move || {
            if ended.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                killed.store(true, SeqCst);
                // It may have ended by itself just now.
                let _ = kill_process_group(group, Signal::KILL);
            }
        };
        Watchdog {
            has_killed,
            alive: Some(alive),
            thread: Some(thread::spawn(watch)),
        }
    }

    /// Whether the limit has passed.
    fn has_killed(&self) -> bool {
        self.has_killed.load(SeqCst)
    }

    /// Calls it off: from now on the group may be reaped, and its number be another's.
    fn stop(&mut self) {
        drop(self.alive.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }

    /// Waits until a process has ended, and calls the watchdog off before it is reaped.
    fn wait(&mut self, process: Pid) {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(Errno::INTR) = waitid(WaitId::Pid(process), options) {}
        self.stop();
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What a child does before it becomes the program: it dies with the thread that runs the test, has a process group of its
/// own, and ignores no signal, as a job of a shell's in the background would.
fn prepare() -> std::io::Result<()> {
    // The leader of a session has one.
    let _ = setpgid(None, None);
    set_parent_process_death_signal(Some(Signal::KILL))?;
    for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM] {
        // SAFETY: it sets no handler.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    Ok(())
}

/// A running program, in a process group of its own.
pub struct Bounded {
    child: Child,
    watchdog: Watchdog,
    /// The command, for messages.
    command: String,
    limit: Duration,
}

impl Bounded {
    #[track_caller]
    pub fn spawn(command: &mut Command, limit: Duration) -> Bounded {
        Bounded::try_spawn(command, limit).unwrap_or_else(|error| panic!("{command:?}: {error}"))
    }

    #[expect(clippy::disallowed_methods, reason = "this is what bounds it")]
    fn try_spawn(command: &mut Command, limit: Duration) -> std::io::Result<Bounded> {
        // SAFETY: in the forked child there are a few system calls.
        unsafe { command.pre_exec(prepare) };
        let child = command.spawn()?;
        Ok(Bounded {
            watchdog: Watchdog::new(Pid::from_child(&child), limit),
            child,
            command: format!("{command:?}"),
            limit,
        })
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// The process, whose pipes can be taken.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// The first bytes of its output.
    #[track_caller]
    pub fn first<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        let read = self.child.stdout.as_mut().unwrap().read_exact(&mut bytes);
        self.assert_in_time(&format!("the first {N} bytes of its output"));
        read.unwrap_or_else(|error| panic!("{}: {error}", self.command));
        bytes
    }

    #[track_caller]
    pub fn signal(&self, signal: Signal) {
        rustix::process::kill_process(self.pid(), signal).unwrap();
    }

    /// Looks again and again until there is something, while the program runs.
    #[track_caller]
    pub fn until<T>(&mut self, awaited: &str, mut look: impl FnMut() -> Option<T>) -> T {
        loop {
            if let Some(found) = look() {
                return found;
            }
            self.assert_in_time(awaited);
            let ended = self.child.try_wait().unwrap();
            assert_eq!(ended, None, "it ended before {awaited}: {}", self.command);
            // Others want the processors.
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// How it ends.
    #[track_caller]
    pub fn wait(&mut self) -> ExitStatus {
        self.watchdog.wait(self.pid());
        self.assert_in_time("its end");
        self.child.wait().unwrap()
    }

    /// Reads its pipes to the end, and waits for it.
    #[track_caller]
    pub fn output(mut self) -> Output {
        drop(self.child.stdin.take());
        let (stdout, stderr) = (self.child.stdout.take(), self.child.stderr.take());
        let stderr = thread::spawn(move || stderr.map_or_else(Vec::new, read_to_end));
        let stdout = stdout.map_or_else(Vec::new, read_to_end);
        let stderr = stderr.join().unwrap();
        self.assert_in_time("the end of its output");
        let status = self.wait();
        Output {
            status,
            stdout,
            stderr,
        }
    }

    #[track_caller]
    pub fn assert_in_time(&self, awaited: &str) {
        let Bounded { command, limit, .. } = self;
        assert!(
            !self.watchdog.has_killed(),
            "waited {limit:?} for {awaited}, and killed it: {command}"
        );
    }
}

impl Drop for Bounded {
    fn drop(&mut self) {
        // Of an ended group there may be others left.
        let _ = kill_process_group(self.pid(), Signal::KILL);
        self.watchdog.stop();
        let _ = self.child.wait();
    }
}

fn read_to_end(mut pipe: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    pipe.read_to_end(&mut bytes).unwrap();
    bytes
}

/// What stands for [`Command::output`] and [`Command::status`] here: both outputs are captured, there is no input, and there is a limit.
pub trait Run {
    /// Runs a program of ours, or a small one.
    fn run(&mut self) -> Output;
    /// Runs a tool, such as a compiler.
    fn run_tool(&mut self) -> Output;
    /// Runs a program that may not be there.
    fn try_run(&mut self) -> std::io::Result<Output>;
}

impl Run for Command {
    #[track_caller]
    fn run(&mut self) -> Output {
        Bounded::spawn(captured(self), LIMIT).output()
    }

    #[track_caller]
    fn run_tool(&mut self) -> Output {
        Bounded::spawn(captured(self), TOOL_LIMIT).output()
    }

    #[track_caller]
    fn try_run(&mut self) -> std::io::Result<Output> {
        Ok(Bounded::try_spawn(captured(self), TOOL_LIMIT)?.output())
    }
}

fn captured(command: &mut Command) -> &mut Command {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
}

#[test]
fn a_program_that_is_not_over_at_its_limit_is_killed_with_its_children() {
    let mut shell = Command::new("sh");
    let shell = captured(shell.args(["-c", "echo $$; sleep 1000; :"]));
    let mut bounded = Bounded::spawn(shell, Duration::from_millis(200));
    let group = bounded.pid();
    bounded.first::<1>();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| bounded.output()));
    let message = *panic.unwrap_err().downcast::<String>().unwrap();
    assert!(message.starts_with("waited 200ms for the end of its output, and killed it: "));
    assert!(message.contains("sleep 1000"), "{message}");
    is_gone(group);
}

#[test]
fn a_program_is_killed_with_its_children_when_its_test_ends() {
    let mut shell = Command::new("sh");
    let mut bounded = Bounded::spawn(captured(shell.args(["-c", "echo; sleep 1000; :"])), LIMIT);
    bounded.first::<1>();
    let group = bounded.pid();
    drop(bounded);
    is_gone(group);
}

/// Children that were killed are there until the system's init has reaped them.
#[track_caller]
fn is_gone(group: Pid) {
    let begun = std::time::Instant::now();
    while rustix::process::test_kill_process_group(group).is_ok() {
        assert!(begun.elapsed() < LIMIT, "{group:?} is left");
        thread::sleep(Duration::from_millis(1));
    }
}
