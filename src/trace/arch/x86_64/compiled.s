# The code that reads one of Python's compiled files for a program, and translates the time of the source in it, as
# `compiled_python.rs` says. It is mapped at a fixed address, so that the seccomp filter knows its `syscall` instruction.
# The number and the arguments of the `read` are in their registers. A return address is on the stack, and 128 bytes of
# the program's own are between it and what the program has there. Apart from rax, rcx and r11, which a system call
# changes, all registers and flags are kept.

        .pushsection .rodata, "a"
        .balign 8

        .globl  stroboscope_compiled
        .hidden stroboscope_compiled
stroboscope_compiled:
        pushfq
        syscall
        .globl  stroboscope_compiled_made
        .hidden stroboscope_compiled_made
stroboscope_compiled_made:
        push    rax
        cmp     rax, {header}                   # it may have failed
        jl      4f
        cmp     word ptr [rsi + 2], 0x0a0d
        jne     4f                              # it is no such header
        movzx   ecx, word ptr [rsi]             # the version of the format
        lea     r11, [rsi + 4]
        cmp     ecx, {python_2}
        jae     1f
        cmp     ecx, {with_flags}
        jae     2f
        cmp     ecx, {old}
        jae     1f
2:      cmp     dword ptr [r11], 0
        jne     4f                              # it has a hash instead of a time
        add     r11, 4
1:      mov     ecx, [r11]                      # in seconds
        cmp     rcx, [rip + .Lstroboscope_compiled_fixed]
        jl      4f
        cmp     rcx, [rip + .Lstroboscope_compiled_exact]
        jl      5f
        cmp     rcx, [rip + .Lstroboscope_compiled_start]
        jge     5f
        cmp     rcx, [rip + .Lstroboscope_compiled_date]
        jl      3f
        cmp     rcx, [rip + .Lstroboscope_compiled_limit]
        jle     5f                              # it may be of the run
3:      sub     rcx, [rip + .Lstroboscope_compiled_shift]
        mov     [r11], ecx
4:      pop     rax
        popfq
        ret     128
5:      mov     eax, {read}                     # the tracer translates the time, and makes no second call
        syscall
        .globl  stroboscope_compiled_asked
        .hidden stroboscope_compiled_asked
stroboscope_compiled_asked:
        jmp     4b

        # The bounds of times before the run, and of the run, which the tracer sets.
        .balign 8, 0xcc
        .globl  stroboscope_compiled_end
        .hidden stroboscope_compiled_end
stroboscope_compiled_end:
.Lstroboscope_compiled_fixed:
        .quad   0
.Lstroboscope_compiled_exact:
        .quad   0
.Lstroboscope_compiled_start:
        .quad   0
.Lstroboscope_compiled_shift:
        .quad   0
.Lstroboscope_compiled_date:
        .quad   0
.Lstroboscope_compiled_limit:
        .quad   0
        .popsection
