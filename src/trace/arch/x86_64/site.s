# The code that replaces an instruction with which a program has read a clock many times; see `rewriting.rs`. It reads
# the clock page with `read` of `vdso.s`, and executes the instruction if a system call is needed. The address of what
# it calls precedes it, and a jump to after the instruction follows it. All registers and flags that the instruction
# does not set are kept, and the memory below the stack pointer as well.

        .pushsection .rodata, "a"
        .balign 8

        .globl  stroboscope_counter
        .hidden stroboscope_counter
stroboscope_counter:                            # rdtsc: edx:eax
        .quad   0                               # `read`
        lea     rsp, [rsp - 128]
        pushfq
        push    rcx
        push    r8
        push    r10
        push    r11
        xor     r10d, r10d
        call    [rip + stroboscope_counter]
        jc      1f
        mov     rdx, rax
        shr     rdx, 32
        mov     eax, eax
        pop     r11
        pop     r10
        pop     r8
        pop     rcx
        popfq
        lea     rsp, [rsp + 128]
        jmp     2f
1:      pop     r11
        pop     r10
        pop     r8
        pop     rcx
        popfq
        lea     rsp, [rsp + 128]
        rdtsc
2:
        .globl  stroboscope_counter_end
        .hidden stroboscope_counter_end
stroboscope_counter_end:
        mov     ecx, 0                          # rdtscp: the number of the processor, too
        .globl  stroboscope_counter_p_end
        .hidden stroboscope_counter_p_end
stroboscope_counter_p_end:

        .balign 8
        .globl  stroboscope_call
        .hidden stroboscope_call
stroboscope_call:                               # syscall: it changes rcx and r11
        .quad   0                               # `clock_gettime`
        lea     ecx, [rax - {clock_gettime}]
        jrcxz   1f
        syscall
        jmp     2f
1:      lea     rsp, [rsp - 128]
        pushfq
        push    rdx
        push    r8
        push    r10
        call    [rip + stroboscope_call]
        pop     r10
        pop     r8
        pop     rdx
        popfq
        lea     rsp, [rsp + 128]
2:
        .globl  stroboscope_call_end
        .hidden stroboscope_call_end
stroboscope_call_end:
        .popsection
