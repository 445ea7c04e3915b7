// Reads a file of 16 MiB by Linux AIO (the system's calls), past the page cache where the file system knows how.
//
// aio WAY FILE
//   one: four reads, each waited for by io_getevents without a time-out
//   many: sixteen reads of sizes that fall, submitted at once, every other one from the page cache, and so complete first;
//      in the order in which they are complete
//   event, poll: one read that signals an eventfd, which is read or polled beside a sleep of 4 s
//   reaper: a thread waits in io_getevents while another submits; it says what it got before that one sleeps
//   late: io_getevents for half a second with nothing submitted
//   never: io_getevents without a time-out with nothing submitted
//   pipe: polls a pipe that a child writes to after a second
//   write: writes to the standard output
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 16, PART = 1 << 20 };

static aio_context_t context;
static struct iocb requests[MOST];

static void check(int holds, const char *what) {
    if (!holds) {
        perror(what);
        exit(9);
    }
}

static void prepare(int index, int operation, int file, void *bytes, long len, long at) {
    struct iocb *request = &requests[index];
    request->aio_data = 100 + index;
    request->aio_lio_opcode = operation;
    request->aio_fildes = file;
    request->aio_buf = (uintptr_t)bytes;
    request->aio_nbytes = len;
    request->aio_offset = at;
}

static void submit(int first, int count) {
    struct iocb *list[MOST];
    for (int index = 0; index < count; index++) list[index] = &requests[first + index];
    check(syscall(SYS_io_submit, context, count, list) == count, "io_submit");
}

static int events(int least, int most, struct io_event *events, struct timespec *time) {
    return syscall(SYS_io_getevents, context, least, most, events, time);
}

static void say_events(int least) {
    struct io_event got[MOST];
    int count = events(least, MOST, got, 0);
    for (int index = 0; index < count; index++) {
        struct iocb *request = (struct iocb *)(uintptr_t)got[index].obj;
        int number = request - requests;
        printf("%d: %lld bytes, %lld%s\n", number, (long long)got[index].res, (long long)got[index].data,
               request->aio_flags & IOCB_FLAG_RESFD ? ", signalled" : "");
    }
    fflush(stdout);
}

static void *reap(void *unused) {
    (void)unused;
    say_events(1);
    return 0;
}

int main(int count, char **arguments) {
    const char *way = arguments[1];
    void *bytes = 0;
    check(count > 1 && !syscall(SYS_io_setup, MOST, &context), "io_setup");
    check(!posix_memalign(&bytes, 4096, MOST * (long)PART), "posix_memalign");
    int file = -1, cached = -1;
    if (count > 2) {
        file = open(arguments[2], O_RDONLY | O_DIRECT);
        if (file < 0) file = open(arguments[2], O_RDONLY);
        cached = open(arguments[2], O_RDONLY);
        check(file >= 0 && cached >= 0, "open");
    }
    if (!strcmp(way, "one")) {
        for (int turn = 0; turn < 4; turn++) {
            prepare(0, IOCB_CMD_PREAD, file, bytes, 4L * PART, 4L * PART * turn);
            submit(0, 1);
            say_events(1);
        }
    } else if (!strcmp(way, "many")) {
        for (int index = 0; index < MOST; index++)
            prepare(index, IOCB_CMD_PREAD, index % 2 ? cached : file, (char *)bytes + (long)PART * index, PART / (index + 1) / 4096 * 4096,
                    (long)PART * index);
        submit(0, MOST);
        say_events(MOST);
    } else if (!strcmp(way, "event") || !strcmp(way, "poll")) {
        int event = eventfd(0, EFD_CLOEXEC);
        if (!fork()) {
            sleep(4);
            printf("slept\n");
            exit(0);
        }
        for (int index = 0; index < 2; index++) {
            prepare(index, IOCB_CMD_PREAD, file, bytes, 4L * PART, 0);
            requests[index].aio_flags = IOCB_FLAG_RESFD;
            requests[index].aio_resfd = event;
        }
        submit(0, 2);
        struct pollfd polled = {event, POLLIN, 0};
        uint64_t signals = 0;
        int left = 2;
        while (left > 0) {
            if (!strcmp(way, "poll")) check(poll(&polled, 1, -1) == 1, "poll");
            check(read(event, &signals, 8) == 8, "read");
            left -= signals;
        }
        printf("signalled\n");
        say_events(2);
        wait(0);
    } else if (!strcmp(way, "reaper")) {
        pthread_t thread;
        pthread_create(&thread, 0, reap, 0);
        usleep(1000);
        prepare(0, IOCB_CMD_PREAD, file, bytes, 4L * PART, 0);
        submit(0, 1);
        usleep(1000);
        printf("slept\n");
        pthread_join(thread, 0);
    } else if (!strcmp(way, "late")) {
        struct timespec half = {0, 500000000};
        struct io_event got[1];
        printf("%d\n", events(1, 1, got, &half));
    } else if (!strcmp(way, "never")) {
        say_events(1);
    } else if (!strcmp(way, "pipe")) {
        int ends[2];
        check(!pipe(ends), "pipe");
        if (!fork()) {
            sleep(1);
            check(write(ends[1], "x", 1) == 1, "write");
            exit(0);
        }
        prepare(0, IOCB_CMD_POLL, ends[0], (void *)POLLIN, 0, 0);
        submit(0, 1);
        say_events(1);
        wait(0);
    } else {
        prepare(0, IOCB_CMD_PWRITE, 1, "one\n", 4, 0);
        prepare(1, IOCB_CMD_PWRITE, 1, "two\n", 4, 0);
        submit(0, 1);
        sleep(1);
        submit(1, 1);
        sleep(1);
    }
    return 0;
}
