// One thread counts in memory until a flag is set; the other sleeps three times a tenth of a second and sets it.
#include <pthread.h>
#include <unistd.h>

static volatile int stop;
static volatile long count;

static void *counts(void *unused) {
    while (!stop) count++;
    return 0;
}

int main() {
    pthread_t t;
    pthread_create(&t, 0, counts, 0);
    for (int i = 0; i < 3; i++) {
        usleep(100000);
        write(1, "slept\n", 6);
    }
    stop = 1;
    pthread_join(t, 0);
    write(1, "end\n", 4);
    return 0;
}
