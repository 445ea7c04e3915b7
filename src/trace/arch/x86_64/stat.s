# The code that makes a system call of the stat family for a program, and translates the file's times, as
# `file_times.rs` says. It is mapped at a fixed address, so that the seccomp filter knows its `syscall` instruction.
# The system call's number and arguments are in their registers. A return address is on the stack, and 128 bytes of the
# program's own are between it and what the program has there. Apart from rax, rcx and r11, which a system call changes,
# all registers and flags are kept.

        .pushsection .rodata, "a"
        .balign 8

        .globl  stroboscope_stat
        .hidden stroboscope_stat
stroboscope_stat:
        pushfq
        push    rax
        syscall
        .globl  stroboscope_stat_made
        .hidden stroboscope_stat_made
stroboscope_stat_made:
        test    rax, rax
        jnz     7f                              # it has failed
        mov     eax, [rsp]
        cmp     eax, {statx}
        je      1f
        cmp     eax, {newfstatat}
        mov     rcx, rsi
        cmove   rcx, rdx
        add     rcx, {stat_times}               # struct stat: st_atim, st_mtim, st_ctim
        lea     r11, [rcx + 3 * 16]
        jmp     2f
1:      lea     rcx, [r8 + {statx_times}]       # struct statx: stx_atime, stx_btime, stx_ctime, stx_mtime
        lea     r11, [rcx + 4 * 16]
2:      push    rcx
3:      mov     rax, [rcx]                      # in seconds
        cmp     rax, [rip + .Lstroboscope_fixed]
        jl      4f
        cmp     rax, [rip + .Lstroboscope_exact]
        jl      6f
        cmp     rax, [rip + .Lstroboscope_start]
        jge     6f
4:      add     rcx, 16
        cmp     rcx, r11
        jb      3b
5:      sub     rcx, 16
        mov     rax, [rcx]
        mov     r11, rax
        sub     r11, [rip + .Lstroboscope_shift]
        cmp     rax, [rip + .Lstroboscope_fixed]
        cmovge  rax, r11
        mov     [rcx], rax
        cmp     rcx, [rsp]
        ja      5b
        lea     rsp, [rsp + 16]
        xor     eax, eax
        popfq
        ret     128
6:      mov     eax, [rsp + 8]                  # the tracer translates the times, and makes no second call
        lea     rsp, [rsp + 8]
        syscall
        .globl  stroboscope_stat_asked
        .hidden stroboscope_stat_asked
stroboscope_stat_asked:
7:      lea     rsp, [rsp + 8]
        popfq
        ret     128

        # The bounds of times before the run, which the tracer sets.
        .balign 8, 0xcc
        .globl  stroboscope_stat_end
        .hidden stroboscope_stat_end
stroboscope_stat_end:
.Lstroboscope_fixed:
        .quad   0
.Lstroboscope_exact:
        .quad   0
.Lstroboscope_start:
        .quad   0
.Lstroboscope_shift:
        .quad   0

        .balign 8
        .globl  stroboscope_stat_site
        .hidden stroboscope_stat_site
stroboscope_stat_site:                          # replaces `mov eax, NUMBER` before a `syscall`
        .quad   0                               # the code above
        mov     eax, 0x7fffffff                 # the number
        lea     rsp, [rsp - 128]
        call    [rip + stroboscope_stat_site]
        .globl  stroboscope_stat_site_end
        .hidden stroboscope_stat_site_end
stroboscope_stat_site_end:
        .popsection
