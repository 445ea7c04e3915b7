# The code that reads and closes regular files for a program, as `regular_files.rs` says. It is mapped at a fixed
# address, so that the seccomp filter knows its `syscall` instruction. The arguments of the system call are in their
# registers. A return address is on the stack, and 128 bytes of the program's own are between it and what the program
# has there. Apart from rax, rcx and r11, which a system call changes, all registers and flags are kept.
#
# Where it has not made the system call, rcx is not zero, and the number is in rax for the program's own `syscall`.

        .pushsection .rodata, "a"
        .balign 8

        .globl  stroboscope_regular
        .hidden stroboscope_regular
stroboscope_regular:                            # read(edi, rsi, rdx)
        pushfq
        mov     rcx, [rip + stroboscope_regular_end]
        cmp     qword ptr [rcx + {calls_left}], 0
        jle     3f
        call    .Lstroboscope_type
        cmp     eax, {regular}
        jne     3f
        call    .Lstroboscope_count
        xor     eax, eax
        call    .Lstroboscope_make
        cmp     rax, {header}                   # it may have failed
        jl      2f
        cmp     word ptr [rsi + 2], {magic}
        je      4f
2:      xor     ecx, ecx
        popfq
        ret     128
3:      xor     eax, eax
        mov     ecx, 1
        popfq
        ret     128
4:      push    rax                             # the tracer translates a time, and makes no second call
        mov     eax, {read}
        syscall
        .globl  stroboscope_regular_asked
        .hidden stroboscope_regular_asked
stroboscope_regular_asked:
        pop     rax
        jmp     2b

        .balign 8, 0xcc
        .globl  stroboscope_regular_close
        .hidden stroboscope_regular_close
stroboscope_regular_close:                      # close(edi)
        pushfq
        mov     rcx, [rip + stroboscope_regular_end]
        cmp     qword ptr [rcx + {calls_left}], 0
        jle     3f
        call    .Lstroboscope_type
        test    eax, eax
        jz      3f
        call    .Lstroboscope_count
        mov     eax, {close}
        call    .Lstroboscope_make
        xor     ecx, ecx
        popfq
        ret     128
3:      mov     eax, {close}
        mov     ecx, 1
        popfq
        ret     128

        # The type of the file of a descriptor in eax; 0 if its calls are for the tracer.
.Lstroboscope_type:
        push    rsi
        lea     rsp, [rsp - {stat}]
        mov     rsi, rsp
        mov     eax, {fstat}
        call    .Lstroboscope_make
        xor     ecx, ecx
        test    eax, eax
        jnz     3f
        mov     ecx, [rsp + {st_mode}]
        and     ecx, {type}
        cmp     ecx, {directory}
        je      3f
        cmp     ecx, {regular}
        jne     2f
        cmp     qword ptr [rsp + {st_blocks}], 0
        je      2f                              # such as those of /proc
        lea     r11, [rip + stroboscope_regular_end + 8]
1:      mov     rax, [r11 + 8]
        test    rax, rax
        jz      3f
        add     r11, 16
        cmp     rax, [rsp + {st_ino}]
        jne     1b
        mov     rax, [r11 - 16]
        cmp     rax, [rsp + {st_dev}]
        jne     1b
2:      xor     ecx, ecx
3:      mov     eax, ecx
        lea     rsp, [rsp + {stat}]
        pop     rsi
        ret

        # Counts a system call. What has been read of the clock before does not make a wait of it.
.Lstroboscope_count:
        mov     rcx, [rip + stroboscope_regular_end]
        dec     qword ptr [rcx + {calls_left}]
        mov     r11, [rcx + {reads_granted}]
        mov     [rcx + {reads_left}], r11
        mov     qword ptr [rcx + {cost}], {cost_of_a_read}
        ret

.Lstroboscope_make:
        syscall
        .globl  stroboscope_regular_made
        .hidden stroboscope_regular_made
stroboscope_regular_made:
        ret

        # The address of the clock page follows, then the device and the inode of each file whose calls are for the
        # tracer, and zeros.
        .balign 8, 0xcc
        .globl  stroboscope_regular_end
        .hidden stroboscope_regular_end
stroboscope_regular_end:
        .popsection
