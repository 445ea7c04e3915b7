//! How the programs of this package are linked.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |key: &str, value| env::var(format!("CARGO_CFG_TARGET_{key}")).as_deref() == Ok(value);
    let has_programs = env::var_os("CARGO_FEATURE_CLI").is_some();
    if has_programs && is("OS", "linux") && is("ENV", "gnu") && is("ARCH", "x86_64") {
        // At a fixed address nothing has to be relocated at each start: that was a quarter of the time of `strobe --version`.
        // The stack, the heap and the libraries still are at random addresses.
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
