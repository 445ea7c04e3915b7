//! The clock as its users see it: tasks and OS threads, in paused and in real time.

mod endings;
mod guard;
mod order;
mod pace;
mod tasks;
mod threads;
