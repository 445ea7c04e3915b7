// A thread spins on a flag; the other sleeps four times 0.1 s, writes after each, and sets it.
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static volatile int stop;

static void *spin(void *unused) {
    while (!stop) {}
    return unused;
}

int main() {
    pthread_t thread;
    pthread_create(&thread, 0, spin, 0);
    for (int i = 0; i < 4; i++) {
        usleep(100000);
        dprintf(1, "%d\n", i);
    }
    stop = 1;
    pthread_join(thread, 0);
    dprintf(1, "end\n");
}
