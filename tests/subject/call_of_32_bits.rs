//! Makes a system call of 32-bit programs, `getpid`, from a 64-bit one: virtual time does not know such calls.

#[cfg(target_arch = "x86_64")]
pub fn main() {
    let id: u32;
    // SAFETY: `getpid` is number 20 there, takes nothing and touches no memory.
    unsafe { std::arch::asm!("int 0x80", inout("eax") 20 => id) };
    println!("{}", id == std::process::id());
}

#[cfg(not(target_arch = "x86_64"))]
pub fn main() {}
