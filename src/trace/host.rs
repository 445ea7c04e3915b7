//! What the sessions of one process share: how many files they keep open, how many of them run on each processor, and
//! the signal that ends their waits.

use libc::c_int;
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex, OnceLock, atomic::AtomicU64},
};

/// What the sessions of one process share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Host {
    /// For how many threads files are kept open.
    pub(super) probes: Arc<AtomicU64>,
    /// How many sessions run on each processor.
    pub(super) sessions: Arc<Mutex<BTreeMap<usize, usize>>>,
    /// The signal for alarms, once chosen; `None` if the process leaves none free.
    pub(super) alarm: Arc<OnceLock<Option<c_int>>>,
}

impl Host {
    /// The host of this process.
    pub(crate) fn of_this_process() -> Host {
        static HOST: LazyLock<Host> = LazyLock::new(Host::default);
        HOST.clone()
    }
}
