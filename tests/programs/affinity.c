// Shows what sched_getaffinity and sched_setaffinity say of this process, another, and one that does not exist.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void show(const char *name, pid_t process) {
    unsigned char mask[128] = {0}, first[128] = {1}, none[128] = {0};
    // Natively the first processor is allowed, or the caller would not be told so.
    long got = syscall(SYS_sched_getaffinity, process, sizeof mask, mask);
    int get = got < 0 ? errno : 0;
    int has_first = mask[0] & 1;
    int shorter = syscall(SYS_sched_getaffinity, process, 7, mask) < 0 ? errno : 0;
    int set = syscall(SYS_sched_setaffinity, process, sizeof first, first) < 0 ? errno : 0;
    int empty = syscall(SYS_sched_setaffinity, process, sizeof none, none) < 0 ? errno : 0;
    int len = syscall(SYS_sched_setaffinity, process, 0, first) < 0 ? errno : 0;
    int nowhere = syscall(SYS_sched_setaffinity, process, 8, (void *)8) < 0 ? errno : 0;
    int unread = syscall(SYS_sched_getaffinity, process, sizeof mask, (void *)8) < 0 ? errno : 0;
    printf("%s: %d %d %d %d %d %d %d %d\n", name, get, has_first, shorter, set, empty, len, nowhere, unread);
}

int main(void) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, NULL, 0);
    pid_t sleeper = fork();
    if (sleeper == 0) {
        pause();
        _exit(0);
    }
    show("caller", 0);
    show("own", getpid());
    show("child", sleeper);
    show("dead", child);
    show("negative", -7);
    show("too large", 1 << 30);
    kill(sleeper, SIGKILL);
    waitpid(sleeper, NULL, 0);
    return 0;
}
