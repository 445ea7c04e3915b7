//! Virtual time, held against what programs do, and against itself.

use crate::requirement::is_met;
use stroboscope::{
    recording::{Channel, Event, Header, Recording},
    session::Session,
    transcript,
    virtual_time::{VirtualTime, available},
};

mod aio;
