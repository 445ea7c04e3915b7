// Shows which flags and sizes getrandom takes, and what it says of memory that is not there.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void show(const char *name, long result) {
    printf("%s %ld %d\n", name, result, result < 0 ? errno : 0);
}

int main(void) {
    char some[8];
    for (unsigned flags = 0; flags < 40; flags++) {
        printf("%u: ", flags);
        show("flags", syscall(SYS_getrandom, some, sizeof some, flags));
    }
    show("high flag", syscall(SYS_getrandom, some, sizeof some, 1u << 31));
    size_t sizes[] = {0, 1, 4096, 33554432};
    char *much = calloc(1, 33554432);
    for (int i = 0; i < 4; i++) {
        printf("%zu: ", sizes[i]);
        show("size", syscall(SYS_getrandom, much, sizes[i], 0));
    }
    printf("filled %d\n", much[33554431] || much[33554430] || much[33554429] || much[33554428]);
    char *pages = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(pages + 2 * 4096, 4096);
    show("to the hole", syscall(SYS_getrandom, pages + 100, 3 * 4096 - 100, 0));
    show("in the hole", syscall(SYS_getrandom, pages + 2 * 4096, 10, 0));
    mprotect(pages, 4096, PROT_READ);
    show("read only", syscall(SYS_getrandom, pages, 10, 0));
    show("nothing nowhere", syscall(SYS_getrandom, NULL, 0, 0));
    show("in the kernel", syscall(SYS_getrandom, (void *)-4096L, 0, 0));
    return 0;
}
