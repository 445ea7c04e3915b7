//! The clock as its users see it: tasks and OS threads, in paused and in real time.

mod endings;
mod guard;
mod order;
mod pace;
mod tasks;
mod threads;

/// A `PausedThread` can be neither sent nor shared. If it were `Send` or `Sync`, two implementations would apply here,
/// and this would not compile.
const _: fn() = || {
    trait IsNeither<Why> {
        fn holds() {}
    }
    struct Sent;
    struct Shared;
    impl<T: ?Sized> IsNeither<()> for T {}
    impl<T: ?Sized + Send> IsNeither<Sent> for T {}
    impl<T: ?Sized + Sync> IsNeither<Shared> for T {}
    <super::PausedThread as IsNeither<_>>::holds();
};
