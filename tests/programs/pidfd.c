// Waits for a process by a pidfd, beside a child that sleeps for 20 s.
//
// pidfd WAY PROCESS READY
//   WAY      poll, select, epoll
//   PROCESS  its number; 0 is a child that ends after a second
//   READY    a file that is made before the wait
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *text) { (void)!write(1, text, strlen(text)); }

int main(int count, char **arguments) {
    if (count < 4) return 9;
    int process = atoi(arguments[2]);
    if (process == 0 && !(process = fork())) {
        sleep(1);
        _exit(0);
    }
    if (!fork()) {
        sleep(20);
        say("sleeper\n");
        _exit(0);
    }
    int pidfd = syscall(SYS_pidfd_open, process, 0), ready = 0;
    if (pidfd < 0) {
        perror("pidfd_open");
        return 9;
    }
    close(open(arguments[3], O_CREAT | O_WRONLY, 0600));
    if (!strcmp(arguments[1], "poll")) {
        struct pollfd polled = {pidfd, POLLIN, 0};
        ready = poll(&polled, 1, -1);
    } else if (!strcmp(arguments[1], "select")) {
        fd_set set;
        FD_ZERO(&set);
        FD_SET(pidfd, &set);
        ready = select(pidfd + 1, &set, 0, 0, 0);
    } else {
        struct epoll_event event = {.events = EPOLLIN};
        int epoll = epoll_create1(0);
        epoll_ctl(epoll, EPOLL_CTL_ADD, pidfd, &event);
        ready = epoll_wait(epoll, &event, 1, -1);
    }
    say(ready == 1 ? "ended\n" : "failed\n");
    while (wait(0) > 0);
    return 0;
}
