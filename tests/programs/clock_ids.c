// Shows what each clock id gives: natively an error for a clock that does not exist, in virtual time the same.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int error(long result) { return result < 0 ? errno : 0; }

static void show(const char *name, int id) {
    struct timespec time, none = {0, 0};
    int got = error(syscall(SYS_clock_gettime, id, &time));
    int resolution = error(syscall(SYS_clock_getres, id, &time));
    // Sleeping by processor time is not supported, so not tried where it would be.
    int computes = id == CLOCK_PROCESS_CPUTIME_ID || (id < 0 && (id & 7) != 3 && got == 0);
    int slept = computes ? -1 : error(syscall(SYS_clock_nanosleep, id, 0, &none, NULL));
    int libc = error(clock_gettime(id, &time));
    printf("%s %d: %d %d %d %d\n", name, id, got, resolution, slept, libc);
}

static int clock_of(pid_t process) { return (int)((~(unsigned)process << 3) | 2); }

int main(void) {
    for (int id = -1000; id <= 20; id++) show("id", id);
    pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, NULL, 0);
    int dead = clock_of(child), own = clock_of(getpid()), parent = clock_of(getppid());
    struct timespec time;
    printf("dead %d\n", error(syscall(SYS_clock_gettime, dead, &time)));
    printf("dead %d\n", error(syscall(SYS_clock_nanosleep, dead, 0, &time, NULL)));
    printf("own %d\n", error(syscall(SYS_clock_gettime, own, &time)));
    printf("parent %d\n", error(syscall(SYS_clock_gettime, parent, &time)));
    printf("nowhere %d\n", error(syscall(SYS_clock_gettime, own, (void *)8)));
    return 0;
}
