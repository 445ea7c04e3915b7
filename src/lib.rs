//! Records what a terminal program writes, byte by byte and instant by instant, as text to review and compare.
