//! Tab stops.

/// The distance of the stops of a new terminal.
const DISTANCE: usize = 8;

/// Where tabs stop, also in columns that the terminal does not have yet.
#[derive(Clone, Debug)]
pub(super) struct TabStops {
    stops: Vec<bool>,
}

impl TabStops {
    pub fn new() -> TabStops {
        let columns = 0..usize::from(super::MAX_COLUMNS);
        TabStops {
            stops: columns.map(|column| column % DISTANCE == 0).collect(),
        }
    }

    pub fn set(&mut self, column: usize, on: bool) {
        if let Some(stop) = self.stops.get_mut(column) {
            *stop = on;
        }
    }

    pub fn clear(&mut self) {
        self.stops.fill(false);
    }

    /// The next stop to the right.
    pub fn after(&self, column: usize) -> Option<usize> {
        let next = column + 1;
        let stops = self.stops.get(next..)?;
        stops.iter().position(|stop| *stop).map(|at| next + at)
    }

    /// The next stop to the left.
    pub fn before(&self, column: usize) -> Option<usize> {
        self.stops[..column.min(self.stops.len())]
            .iter()
            .rposition(|stop| *stop)
    }
}
