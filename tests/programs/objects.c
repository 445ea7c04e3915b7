// Waits for an object that processes share, of each kind, and is woken from inside or outside, or not at all.
//
// objects KIND ROLE NAME [READY]
//   KIND  semaphore, queue, shm: System V, NAME is a key (0 is IPC_PRIVATE)
//         futex: in a mapped file, or in anonymous memory where NAME is empty, or in a file that is removed (removed)
//         named, unlinked: a named semaphore, which is unlinked at once or not
//         posix, posix-unlinked: a POSIX message queue
//   ROLE  wait: waits, beside a child that sleeps for 20 s, after it has made the file READY
//         inside: waits for a child that posts after 1 s, twice
//         late: waits for at most half a second, beside a child that sleeps for 20 s
//         has, opens: posts 0.7 s after the file READY is there; it has the object open before that, or opens it then
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *kind, *name;
static int id;
static atomic_int *word;
static sem_t *semaphore;
static mqd_t queue;

static int is(const char *what) { return !strcmp(kind, what); }

static void check(int holds, const char *what) {
    if (!holds) {
        perror(what);
        exit(9);
    }
}

static void open_it(void) {
    if (is("semaphore")) {
        id = semget(atoi(name), 1, IPC_CREAT | 0600);
        check(id >= 0, "semget");
    } else if (is("queue")) {
        id = msgget(atoi(name), IPC_CREAT | 0600);
        check(id >= 0, "msgget");
    } else if (is("shm")) {
        id = shmget(atoi(name), 4096, IPC_CREAT | 0600);
        check(id >= 0, "shmget");
        word = shmat(id, 0, 0);
    } else if (is("futex") || is("removed")) {
        int file = -1, flags = MAP_SHARED | MAP_ANONYMOUS;
        if (*name) {
            file = open(name, O_RDWR | O_CREAT, 0600);
            check(file >= 0 && !ftruncate(file, 4096), "open");
            flags = MAP_SHARED;
        }
        word = mmap(0, 4096, PROT_READ | PROT_WRITE, flags, file, 0);
        check(word != MAP_FAILED, "mmap");
        if (is("removed")) unlink(name);
    } else if (is("named") || is("unlinked")) {
        semaphore = sem_open(name, O_CREAT, 0600, 0);
        check(semaphore != SEM_FAILED, "sem_open");
        if (is("unlinked")) sem_unlink(name);
    } else {
        struct mq_attr attributes = {.mq_maxmsg = 4, .mq_msgsize = 8};
        queue = mq_open(name, O_RDWR | O_CREAT, 0600, &attributes);
        check(queue >= 0, "mq_open");
        if (is("posix-unlinked")) mq_unlink(name);
    }
}

static void remove_it(void) {
    if (is("semaphore")) semctl(id, 0, IPC_RMID);
    if (is("queue")) msgctl(id, IPC_RMID, 0);
    if (is("shm")) shmctl(id, IPC_RMID, 0);
    if (is("futex") && *name) unlink(name);
    if (is("named")) sem_unlink(name);
    if (is("posix")) mq_unlink(name);
}

struct message {
    long type;
    char text[8];
};

static void post(void) {
    if (is("semaphore")) {
        struct sembuf one = {0, 1, 0};
        check(!semop(id, &one, 1), "semop");
    } else if (is("queue")) {
        struct message message = {1, "message"};
        check(!msgsnd(id, &message, sizeof message.text, 0), "msgsnd");
    } else if (word) {
        atomic_fetch_add(word, 1);
        syscall(SYS_futex, word, FUTEX_WAKE, 1, 0, 0, 0);
    } else if (semaphore) {
        check(!sem_post(semaphore), "sem_post");
    } else {
        check(!mq_send(queue, "message", 8, 0), "mq_send");
    }
}

/* Waits for at most half a second where that is asked for. */
static int await(int is_timed) {
    struct timespec half = {0, 500000000}, until;
    struct message message;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += half.tv_nsec;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    if (is("semaphore")) {
        struct sembuf one = {0, -1, 0};
        return semtimedop(id, &one, 1, is_timed ? &half : 0);
    }
    if (is("queue")) return msgrcv(id, &message, sizeof message.text, 0, 0) < 0;
    if (word) {
        int before = atomic_load(word), result = 0;
        while (before == 0 && !result) {
            result = syscall(SYS_futex, word, FUTEX_WAIT, 0, is_timed ? &half : 0, 0, 0);
            before = atomic_load(word);
        }
        if (before > 0) atomic_fetch_sub(word, 1);
        return before == 0;
    }
    if (semaphore) return is_timed ? sem_timedwait(semaphore, &until) : sem_wait(semaphore);
    char text[8];
    return (is_timed ? mq_timedreceive(queue, text, 8, 0, &until) : mq_receive(queue, text, 8, 0)) < 0;
}

static void say(const char *text) { check(write(1, text, strlen(text)) > 0, "write"); }

int main(int count, char **arguments) {
    kind = arguments[1];
    name = arguments[3];
    const char *role = arguments[2], *ready = count > 4 ? arguments[4] : "";
    if (!strcmp(role, "has") || !strcmp(role, "opens")) {
        if (!strcmp(role, "has")) open_it();
        while (access(ready, F_OK)) usleep(1000);
        usleep(700000);
        if (!strcmp(role, "opens")) open_it();
        post();
        return 0;
    }
    open_it();
    if (!fork()) {
        if (!strcmp(role, "inside")) {
            for (int turn = 0; turn < 2; turn++) {
                sleep(1);
                post();
            }
        } else {
            sleep(20);
            say("sleeper\n");
        }
        _exit(0);
    }
    if (!strcmp(role, "inside")) {
        for (int turn = 0; turn < 2; turn++) say(await(0) ? "failed\n" : "posted\n");
    } else if (!strcmp(role, "late")) {
        say(await(1) ? "late\n" : "posted\n");
    } else {
        close(open(ready, O_CREAT | O_WRONLY, 0600));
        say(await(0) ? "failed\n" : "posted\n");
    }
    wait(0);
    remove_it();
    return 0;
}
