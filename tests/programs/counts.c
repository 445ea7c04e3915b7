// One thread counts in memory until a flag is set; the other sleeps three times a tenth of a second and sets it. With an
// argument it sleeps so many times a millisecond instead, and sends a signal to the one that counts each time.
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static volatile int stop;
static volatile long count;

static void *counts(void *unused) {
    while (!stop) count++;
    return 0;
}

static void caught(int signal) {}

int main(int argc, char **argv) {
    pthread_t t;
    signal(SIGUSR1, caught);
    pthread_create(&t, 0, counts, 0);
    for (int i = 0; argc > 1 && i < atoi(argv[1]); i++) {
        usleep(1000);
        pthread_kill(t, SIGUSR1);
    }
    for (int i = 0; argc == 1 && i < 3; i++) {
        usleep(100000);
        write(1, "slept\n", 6);
    }
    stop = 1;
    pthread_join(t, 0);
    write(1, "end\n", 4);
    return 0;
}
