/* Reads clocks: `reads ROUTE NUMBER` only reads, `waits ROUTE MS [tick|spin]` reads until its time is up, alone or beside a thread. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

static int64_t page(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int64_t call(void)
{
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int64_t wall(void)
{
    struct timeval now;
    gettimeofday(&now, NULL);
    return now.tv_sec * 1000000000LL + now.tv_usec * 1000LL;
}

static int64_t seconds(void)
{
    return time(NULL) * 1000000000LL;
}

/* Under virtual time a count is a nanosecond. */
static int64_t counter(void)
{
    return __rdtsc();
}

static int64_t ordered_counter(void)
{
    unsigned processor;
    return __rdtscp(&processor);
}

/* As libraries measure the counter: by a clock. */
static int64_t mixed(void)
{
    static volatile int64_t counted;
    int64_t now = page();
    counted = counter();
    call();
    return now;
}

static int64_t yields(void)
{
    sched_yield();
    return page();
}

static int64_t polls(void)
{
    poll(NULL, 0, 0);
    return page();
}

static const struct {
    const char *name;
    int64_t (*read)(void);
} routes[] = {
    {"page", page},
    {"call", call},
    {"wall", wall},
    {"seconds", seconds},
    {"counter", counter},
    {"rdtscp", ordered_counter},
    {"mixed", mixed},
    {"yield", yields},
    {"poll", polls},
};

static int64_t (*route)(void);
static int64_t ms;

static void wait_by_reading(void)
{
    int64_t end = route() + ms * 1000000;
    while (route() < end)
        ;
}

static void *tick(void *unused)
{
    for (int i = 1; i <= 2; i++) {
        usleep(ms * 1000 / 4);
        printf("tick\n");
        fflush(stdout);
    }
    return unused;
}

static void *spin(void *unused)
{
    wait_by_reading();
    printf("the other waited\n");
    fflush(stdout);
    return unused;
}

int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        if (argc > 3 && strcmp(argv[2], routes[i].name) == 0)
            route = routes[i].read;
    if (route == NULL)
        return 2;
    if (strcmp(argv[1], "reads") == 0) {
        for (long left = atol(argv[3]); left > 0; left--)
            route();
        printf("read\n");
        return 0;
    }
    ms = atol(argv[3]);
    pthread_t other;
    if (argc > 4)
        pthread_create(&other, NULL, strcmp(argv[4], "tick") == 0 ? tick : spin, NULL);
    wait_by_reading();
    printf("waited\n");
    fflush(stdout);
    if (argc > 4)
        pthread_join(other, NULL);
    return 0;
}
