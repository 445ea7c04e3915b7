// Sleeps that signals end which the kernel sends when bytes or messages come: `async_signals pipe|queue`. A child writes every
// 10 ms, and a sibling prints in between.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 20 };

static volatile sig_atomic_t rung;
static void ring(int signal) { (void)signal; rung++; }

static int sleep_ms(long ms) {
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    return nanosleep(&time, NULL);
}

int main(int count, char **arguments) {
    if (count != 2) return 2;
    int by_queue = strcmp(arguments[1], "queue") == 0, ends[2];
    char name[64];
    snprintf(name, sizeof name, "/strobe-async-%d", getpid());
    struct mq_attr attributes = {.mq_maxmsg = 4, .mq_msgsize = 1};
    mqd_t queue = by_queue ? mq_open(name, O_CREAT | O_RDWR | O_NONBLOCK, 0600, &attributes) : 0;
    if (queue < 0) return perror("mq_open"), 1;
    if (by_queue) mq_unlink(name);
    if (pipe(ends) != 0) return 1;
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = ring}, NULL);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    fcntl(ends[0], F_SETSIG, SIGUSR1);
    fcntl(ends[0], F_SETOWN, getpid());
    fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK);
    if (by_queue) mq_notify(queue, &event);
    if (fork() == 0) {
        for (int i = 0; i < ROUNDS; i++) {
            sleep_ms(10);
            if (by_queue ? mq_send(queue, "x", 1, 0) != 0 : write(ends[1], "x", 1) != 1) _exit(1);
            if (write(1, ".", 1) != 1) _exit(1);
        }
        _exit(0);
    }
    if (fork() == 0) {
        for (int i = 0; i < ROUNDS; i++)
            if (sleep_ms(10), write(1, "-", 1) != 1) _exit(1);
        _exit(0);
    }
    for (int i = 0; i < ROUNDS; i++) {
        while (rung <= i) sleep_ms(5000);
        char byte;
        if (by_queue) mq_notify(queue, &event), mq_receive(queue, &byte, 1, NULL);
        else if (read(ends[0], &byte, 1) != 1) return 1;
        if (write(1, "!", 1) != 1) return 1;
    }
    while (wait(NULL) > 0) {}
    return 0;
}
