// Stops its own threads as LeakSanitizer does at the end of a program: by a thread that is not traced and attaches to them.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static char stack[65536];

static int attach(void *thread) {
    (void)thread;
    if (ptrace(PTRACE_ATTACH, getppid(), NULL, NULL)) return errno;
    waitpid(getppid(), NULL, __WALL);
    return ptrace(PTRACE_DETACH, getppid(), NULL, NULL) ? errno : 0;
}

int main(void) {
    int status = -1;
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_UNTRACED;
    pid_t checker = clone(attach, stack + sizeof stack, flags, NULL);
    int error = errno;
    if (checker > 0) {
        while (waitpid(checker, &status, __WALL) < 0 && errno == EINTR) {}
    } else {
        printf("clone %d\n", error);
    }
    printf("checked %d\n", status);
    return 0;
}
