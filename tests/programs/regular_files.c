// Reads and closes regular files so often that the calls are no longer seen, and then does something for which they matter.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char name[] = "file.XXXXXX";

static void sleep_ms(long ms) {
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static void say(const char *what) {
    puts(what);
    fflush(stdout);
}

static void look(const char *path) {
    char text[100] = {0};
    int file = open(path, O_RDONLY);
    if (read(file, text, 99) < 0 || close(file)) abort();
}

static void look_often(void) {
    for (int i = 0; i < 100; i++) look(name);
}

// The contents of what is not as on the disk.
static void known(void) {
    for (int i = 0; i < 50; i++) {
        char text[100] = {0};
        int file = open(i % 2 ? "/etc/hostname" : name, O_RDONLY);
        if (read(file, text, 99) < 0 || close(file)) abort();
        if (i % 2 && i > 44) fputs(text, stdout);
    }
}

// A descriptor's number stands for a pipe after it has stood for a file.
static void reused(void) {
    for (int i = 0; i < 3; i++) {
        look_often();
        int ends[2];
        if (pipe(ends)) abort();
        if (!fork()) {
            sleep_ms(100);
            if (write(ends[1], "x", 1) != 1) abort();
            _exit(0);
        }
        close(ends[1]);
        char byte;
        while (read(ends[0], &byte, 1) == 1) say("a byte");
        say("the end");
        close(ends[0]);
        wait(NULL);
    }
}

// Who watches a file learns of each read and each close.
static void watched(void) {
    look_often();
    int notes = inotify_init1(IN_CLOEXEC);
    if (inotify_add_watch(notes, name, IN_ACCESS | IN_CLOSE_NOWRITE) < 0) abort();
    if (!fork()) {
        char text[4096];
        for (int left = 4; left > 0;) {
            ssize_t len = read(notes, text, sizeof text);
            for (ssize_t at = 0; at < len;) {
                struct inotify_event *note = (struct inotify_event *)(text + at);
                say(note->mask & IN_ACCESS ? "is read" : "is closed");
                at += sizeof *note + note->len;
                left--;
            }
        }
        _exit(0);
    }
    for (int i = 0; i < 2; i++) {
        sleep_ms(100);
        int file = open(name, O_RDONLY);
        char byte;
        say("reads");
        if (read(file, &byte, 1) != 1) abort();
        sleep_ms(100);
        say("closes");
        close(file);
    }
    wait(NULL);
}

// A lock of fcntl(2) ends when its process closes any descriptor of the file.
static void locked(void) {
    look_often();
    int file = open(name, O_RDWR);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(file, F_SETLK, &lock)) abort();
    if (!fork()) {
        if (fcntl(file, F_SETLKW, &lock)) abort();
        say("has the lock");
        _exit(0);
    }
    sleep_ms(200);
    say("closes another descriptor");
    look(name);
    sleep_ms(200);
    say("goes on");
    wait(NULL);
}

// A program forbids itself all that it does not need.
static void confined(void) {
    look_often();
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fstat, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof steps / sizeof *steps, steps};
    say("forbids fstat");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) abort();
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter)) abort();
    look_often();
    say("still reads");
}

static void is_cancelled(void *end) {
    (void)end;
    say("is cancelled");
}

static void *waits(void *end) {
    char byte;
    pthread_cleanup_push(is_cancelled, end);
    if (read(*(int *)end, &byte, 1) != 1) abort();
    pthread_cleanup_pop(0);
    return NULL;
}

// A thread is cancelled in a read that blocks.
static void cancelled(void) {
    int ends[2];
    pthread_t thread;
    if (pipe(ends)) abort();
    look_often();
    pthread_create(&thread, NULL, waits, ends);
    look_often();
    sleep_ms(100);
    say("cancels");
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    look_often();
    say("ends");
}

int main(int argc, char **argv) {
    const struct { const char *name; void (*run)(void); } kinds[] = {
        {"known", known}, {"reused", reused}, {"watched", watched},
        {"locked", locked}, {"confined", confined}, {"cancelled", cancelled},
    };
    int file = mkstemp(name);
    if (file < 0 || write(file, "text\n", 5) != 5 || close(file)) abort();
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (argc > 1 && !strcmp(argv[1], kinds[i].name)) kinds[i].run();
    unlink(name);
}
