// Doubles its work until a clock shows that it takes a tenth of a second: the wall clock, or the time of the processor.
#include <stdio.h>
#include <string.h>
#include <time.h>

static volatile unsigned long sum;

static double seconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    clockid_t clock = argc > 1 && !strcmp(argv[1], "cpu") ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
    double took = 0;
    for (unsigned long work = 100000; took < 0.1; work *= 2) {
        double start = seconds(clock);
        for (unsigned long i = 0; i < work; i++) sum += i;
        took = seconds(clock) - start;
    }
    puts("done");
}
