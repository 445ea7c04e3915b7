// One thread spins on a flag, by a plain read, an exchange or a compare and exchange; the other sleeps four times a tenth of a
// second and sets it.
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static volatile int stop;
static int lock = 1, way;

static void *spins(void *unused) {
    int expected = 0;
    if (way == 0) while (!stop);
    if (way == 1) while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE)) __builtin_ia32_pause();
    if (way == 2)
        while (!__atomic_compare_exchange_n(&lock, &expected, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) expected = 0;
    return 0;
}

int main(int argc, char **argv) {
    pthread_t t;
    way = atoi(argv[1]);
    pthread_create(&t, 0, spins, 0);
    for (int i = 0; i < 4; i++) {
        usleep(100000);
        char line[] = {'0' + i, '\n'};
        write(1, line, 2);
    }
    stop = 1;
    __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
    pthread_join(t, 0);
    write(1, "end\n", 4);
    return 0;
}
