// A process polls a pipe. Another one exits, and whoever waits for that sends a signal to the poller, at the same instant. Each
// call that polls is ended by it; SA_RESTART makes no difference (signal(7)).
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t count;

static void handle(int signal) {
    (void)signal;
    count++;
}

static void rest(void) {
    nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

// Polls for at most a second.
static int polls(const char *how, int from, const sigset_t *mask) {
    struct pollfd entry = {.fd = from, .events = POLLIN};
    struct timespec second = {.tv_sec = 1};
    fd_set set;
    FD_ZERO(&set);
    FD_SET(from, &set);
    struct epoll_event event = {.events = EPOLLIN};
    int epoll = epoll_create1(0);
    epoll_ctl(epoll, EPOLL_CTL_ADD, from, &event);
    if (!strcmp(how, "poll")) return poll(&entry, 1, 1000);
    if (!strcmp(how, "ppoll")) return ppoll(&entry, 1, &second, mask);
    if (!strcmp(how, "select")) return select(from + 1, &set, NULL, NULL, &(struct timeval){.tv_sec = 1});
    if (!strcmp(how, "pselect")) return pselect(from + 1, &set, NULL, NULL, &second, mask);
    if (!strcmp(how, "epoll_wait")) return epoll_wait(epoll, &event, 1, 1000);
    return epoll_pwait(epoll, &event, 1, 1000, mask);
}

static void poller(const char *how, int from) {
    sigset_t before, term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    sigaction(SIGTERM, &action, NULL);
    // A call with a mask lets the signal in for its own time only.
    int has_mask = strchr("pe", *how) && strcmp(how, "poll") && strcmp(how, "epoll_wait");
    sigprocmask(has_mask ? SIG_BLOCK : SIG_UNBLOCK, &term, &before);
    int result = polls(how, from, &before);
    printf("%s: %d, %s, %d signal\n", how, result, result < 0 ? strerror(errno) : "no error", (int)count);
    exit(0);
}

int main(void) {
    const char *calls[] = {"poll", "ppoll", "select", "pselect", "epoll_wait", "epoll_pwait"};
    for (int i = 0; i < 6; i++) {
        int ends[2];
        if (pipe(ends)) return 1;
        int polling = fork();
        if (polling == 0) poller(calls[i], ends[0]);
        rest();
        if (fork() == 0) {
            rest();
            _exit(0);
        }
        wait(NULL);
        kill(polling, SIGTERM);
        wait(NULL);
    }
}
