// Receives messages that another process sends every 200 ms, each time anew: for each way of receiving, how many came, and
// what is left of the time-out in units of 100 ms.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 8 };

static void ring(int signal) { (void)signal; }

static void sleep_ms(long ms) {
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static void receive(const char *what, unsigned most, int flags, long ms, int sends, int rings) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) return perror("socketpair");
    pid_t sender = fork();
    if (sender == 0) {
        for (int i = 0; i < sends; i++) {
            sleep_ms(200);
            char text = (char)('a' + i);
            if (send(ends[1], &text, 1, 0) != 1) _exit(1);
        }
        _exit(0);
    }
    char bytes[MOST] = "";
    struct iovec parts[MOST];
    struct mmsghdr messages[MOST];
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < MOST; i++) {
        parts[i] = (struct iovec){&bytes[i], 1};
        messages[i].msg_hdr.msg_iov = &parts[i], messages[i].msg_hdr.msg_iovlen = 1;
    }
    struct sigaction action = {.sa_handler = ring};
    sigaction(SIGALRM, &action, NULL);
    if (rings) setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {.tv_usec = 900000}}, NULL);
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    int came = recvmmsg(ends[0], messages, most, flags, &time);
    int error = came < 0 ? errno : 0;
    long left = time.tv_sec * 10 + (time.tv_nsec + 50000000) / 100000000;
    printf("%s: %d \"%.*s\" %s, left %ld\n", what, came, MOST, bytes, error ? strerror(error) : "-", left);
    waitpid(sender, NULL, 0);
    close(ends[0]), close(ends[1]);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    receive("until the time is up", MOST, 0, 590, 4, 0);
    receive("as many as wanted", 2, 0, 900, 2, 0);
    receive("one, if no more are there", MOST, MSG_WAITFORONE, 900, 1, 0);
    receive("a time-out of zero", MOST, 0, 0, 1, 0);
    receive("none without waiting", MOST, MSG_DONTWAIT, 500, 0, 0);
    receive("a signal after two", MOST, 0, 5000, 2, 1);
    receive("a signal before any", MOST, 0, 5000, 0, 1);
    receive("no time", MOST, 0, -1000, 0, 0);
    receive("nothing wanted", 0, 0, 500, 0, 0);
    return 0;
}
