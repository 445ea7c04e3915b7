// A child opens a file for writing on which its parent has a lease: it waits in open(2) until the parent lets go.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int file;

static void let_go(int signal) {
    (void)signal;
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    fcntl(file, F_SETLEASE, F_UNLCK);
}

int main(void) {
    char name[] = "/tmp/lease.XXXXXX";
    close(mkstemp(name));
    file = open(name, O_RDONLY);
    signal(SIGIO, let_go);
    if (fcntl(file, F_SETLEASE, F_RDLCK) != 0) return 1;
    if (fork() == 0) {
        int opened = open(name, O_WRONLY);
        _exit(opened >= 0 && write(STDOUT_FILENO, "opened\n", 7) == 7 ? 0 : 1);
    }
    int status;
    while (wait(&status) < 0) {}
    unlink(name);
    return WEXITSTATUS(status);
}
