// A program that is replaced by another (execve(2)) while it has other threads: one waits for ever, one for time, one for bytes,
// and one spins. `main`: its first thread executes the other program. `other`: another one does.
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int empty[2];

static void *waits(void *unused) {
    pause();
    return unused;
}

static void *sleeps(void *unused) {
    sleep(60);
    return unused;
}

static void *reads(void *unused) {
    char byte;
    read(empty[0], &byte, 1);
    return unused;
}

static void *spins(void *unused) {
    static volatile int never;
    while (!never) {}
    return unused;
}

static void *executes(void *unused) {
    usleep(100000);
    execl("/bin/sh", "sh", "-c", "echo replaced; sleep 0.1; echo end", (char *)0);
    return unused;
}

int main(int argc, char **argv) {
    void *(*others[])(void *) = {waits, sleeps, reads, spins};
    pthread_t thread;
    pipe(empty);
    for (int i = 0; i < 4; i++) pthread_create(&thread, 0, others[i], 0);
    if (argc > 1 && !strcmp(argv[1], "main")) executes(0);
    pthread_create(&thread, 0, executes, 0);
    pause();
}
