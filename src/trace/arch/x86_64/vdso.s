# The code that replaces the vDSO's clock functions. They read the clock from the page that the tracer shares, as
# `Clock::read` does, as long as the tracer allows it, and otherwise make their system call. `clock_cost.rs` says when that
# is, `clock_page.rs` has the layout of the page, and `arch/x86_64.rs` defines the names in braces. All of it is placed
# where `clock_gettime` was; `gettimeofday` and `time` jump here.

        .pushsection .rodata, "a"
        .balign 8

        .globl  stroboscope_vdso
        .hidden stroboscope_vdso
stroboscope_vdso:                               # clock_gettime(edi: clockid_t, rsi: struct timespec *)
        endbr64
        cmp     edi, 7                          # of the clocks from 8 up none is read here
        ja      3f
        mov     r10d, 1
        mov     eax, 0b00100001                 # REALTIME, REALTIME_COARSE
        bt      eax, edi
        jc      1f
        xor     r10d, r10d
        mov     eax, 0b11010010                 # MONOTONIC, MONOTONIC_RAW, MONOTONIC_COARSE, BOOTTIME
        bt      eax, edi
        jnc     3f
1:      call    stroboscope_vdso_read
        jc      3f
        call    .Lstroboscope_vdso_split
        mov     [rsi], rax                      # tv_sec
        mov     [rsi + 8], rdx                  # tv_nsec
        xor     eax, eax
        ret
3:      mov     eax, {clock_gettime}
        .globl  stroboscope_vdso_call
        .hidden stroboscope_vdso_call
stroboscope_vdso_call:
        syscall
        ret

        .globl  stroboscope_vdso_gettimeofday
        .hidden stroboscope_vdso_gettimeofday
stroboscope_vdso_gettimeofday:                  # gettimeofday(rdi: struct timeval *, rsi: struct timezone *)
        test    rdi, rdi
        jz      3f
        test    rsi, rsi
        jnz     3f
        mov     r10d, 1
        call    stroboscope_vdso_read
        jc      3f
        call    .Lstroboscope_vdso_split
        imul    rdx, rdx, 274877907             # tv_usec: by 1000, as 2^38 / 1000 is this
        shr     rdx, 38
        mov     [rdi], rax
        mov     [rdi + 8], rdx
        xor     eax, eax
        ret
3:      mov     eax, {gettimeofday}
        syscall
        ret

        .globl  stroboscope_vdso_time
        .hidden stroboscope_vdso_time
stroboscope_vdso_time:                          # time(rdi: time_t *)
        mov     r10d, 1
        call    stroboscope_vdso_read
        jc      3f
        call    .Lstroboscope_vdso_split
        test    rdi, rdi
        jz      1f
        mov     [rdi], rax
1:      ret
3:      mov     eax, {time}
        syscall
        ret

        # Reads the uptime (r10d = 0) or the wall clock (r10d = 1): nanoseconds in rax; CF is set if a system call is
        # needed.
        .globl  stroboscope_vdso_read
        .hidden stroboscope_vdso_read
stroboscope_vdso_read:

        mov     r11, [rip + stroboscope_vdso_end]
        test    r11, r11                        # there is no page
        jz      3f
1:      mov     rax, [r11 + {now}]
        mov     rcx, [r11 + {cost}]             # what a read costs
        add     rcx, rax
        cmp     rcx, [r11 + {until}]
        jae     3f
        cmp     qword ptr [r11 + {reads_left}], 0
        jle     3f
        # Only one thread runs at a time, so no lock is needed, but a signal or the tracer may intervene.
        cmpxchg [r11 + {now}], rcx
        jne     1b
        dec     qword ptr [r11 + {reads_left}]
        lea     rax, [r11 + r10 * 8 + {uptime}] # uptime, or the date
        mov     rax, [rax]
        add     rax, rcx
        clc
        ret
3:      stc
        ret

        # Splits the nanoseconds in rax into seconds in rax and nanoseconds in rdx.
.Lstroboscope_vdso_split:
        mov     rcx, rax
        shr     rax, 9
        movabs  rdx, 0x44b82fa09b5a53           # 2^75 / 5^9
        mul     rdx
        mov     rax, rdx
        shr     rax, 11
        imul    rdx, rax, 1000000000
        sub     rcx, rdx
        mov     rdx, rcx
        ret

        # The page's address follows.
        .balign 8, 0xcc
        .globl  stroboscope_vdso_end
        .hidden stroboscope_vdso_end
stroboscope_vdso_end:

        # Replacements of functions that do not read a virtual clock, 8 bytes each.
        .balign 8
        .globl  stroboscope_stubs
        .hidden stroboscope_stubs
stroboscope_stubs:
        mov     rax, -{enosys}                  # there is no such function
        ret
        mov     eax, {clock_getres}
        syscall
        ret
        mov     eax, {getcpu}
        syscall
        ret
        .globl  stroboscope_stubs_end
        .hidden stroboscope_stubs_end
stroboscope_stubs_end:
        .popsection
