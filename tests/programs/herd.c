// Five processes wait for units of one kind; the parent sends thirty, three at a time. Whoever takes a unit writes its number.
//
// herd KIND, a kind being what they wait in: stream, dgram, seqpacket, pipe, poll, epoll (a socket), eventfd, sem (System V),
// psem (POSIX), msg, mq, accept, room (for room in a full pipe), eroom (in a full eventfd),
// qroom (in a full System V queue)
#define _GNU_SOURCE
#include <mqueue.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS = 5, UNITS = 30, FULL = 65536, PART = 4096 };

struct message {
    long type;
    char text[PART];
};

static const char *kind;
static int ends[2], counter, semaphore, queue;
static sem_t *posix;
static mqd_t posix_queue;
static char bytes[FULL];
static struct sockaddr_un address = {.sun_family = AF_UNIX};

static int is(const char *name) { return !strcmp(kind, name); }

static void recv_when_ready(void) {
    int set = -1;
    struct epoll_event event = {.events = EPOLLIN};
    if (is("epoll")) {
        set = epoll_create1(0);
        epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event);
    }
    do {
        struct pollfd polled = {ends[0], POLLIN, 0};
        if (set >= 0) epoll_wait(set, &event, 1, -1);
        else poll(&polled, 1, -1);
    } while (recv(ends[0], bytes, 1, MSG_DONTWAIT) <= 0);
    if (set >= 0) close(set);
}

static void take(void) {
    struct sembuf down = {0, -1, 0};
    struct message message;
    eventfd_t value;
    if (is("poll") || is("epoll")) recv_when_ready();
    else if (is("eventfd")) eventfd_read(counter, &value);
    else if (is("eroom")) eventfd_write(counter, 1);
    else if (is("room")) write(ends[1], bytes, PART);
    else if (is("qroom")) {
        message.type = 1;
        msgsnd(queue, &message, PART, 0);
    } else if (is("sem")) semop(semaphore, &down, 1);
    else if (is("psem")) sem_wait(posix);
    else if (is("msg")) msgrcv(queue, &message, 1, 0, 0);
    else if (is("mq")) mq_receive(posix_queue, bytes, sizeof bytes, 0);
    else if (is("accept")) close(accept(ends[0], 0, 0));
    else if (read(ends[0], bytes, 1) <= 0) _exit(1);
}

static void give(void) {
    struct sembuf up = {0, 1, 0};
    struct message message = {1, ""};
    eventfd_t value;
    if (is("eventfd")) eventfd_write(counter, 1);
    else if (is("eroom")) eventfd_read(counter, &value);
    else if (is("room")) read(ends[0], bytes, PART);
    else if (is("qroom")) msgrcv(queue, &message, PART, 0, 0);
    else if (is("sem")) semop(semaphore, &up, 1);
    else if (is("psem")) sem_post(posix);
    else if (is("msg")) msgsnd(queue, &message, 1, 0);
    else if (is("mq")) mq_send(posix_queue, "x", 1, 0);
    else if (is("accept")) {
        int client = socket(AF_UNIX, SOCK_STREAM, 0);
        connect(client, (void *)&address, sizeof address);
        close(client);
    } else write(ends[1], "x", 1);
}

static void prepare(void) {
    int type = is("dgram") ? SOCK_DGRAM : is("seqpacket") ? SOCK_SEQPACKET : SOCK_STREAM;
    if (is("pipe") || is("room")) pipe(ends);
    else socketpair(AF_UNIX, type, 0, ends);
    if (is("room")) write(ends[1], bytes, FULL);
    if (is("accept")) {
        ends[0] = socket(AF_UNIX, SOCK_STREAM, 0);
        snprintf(address.sun_path + 1, 60, "herd%d", getpid());
        bind(ends[0], (void *)&address, sizeof address);
        listen(ends[0], 9);
    }
    counter = eventfd(0, EFD_SEMAPHORE);
    if (is("eroom")) eventfd_write(counter, 0xfffffffffffffffeul);
    semaphore = semget(IPC_PRIVATE, 1, 0600);
    queue = msgget(IPC_PRIVATE, 0600);
    if (is("qroom")) {
        struct message message = {1, ""};
        while (!msgsnd(queue, &message, PART, IPC_NOWAIT)) {}
    }
    posix = mmap(0, sizeof *posix, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(posix, 1, 0);
    if (is("mq")) {
        char name[32];
        struct mq_attr attributes = {.mq_maxmsg = 10, .mq_msgsize = 64};
        snprintf(name, sizeof name, "/herd%d", getpid());
        posix_queue = mq_open(name, O_RDWR | O_CREAT, 0600, &attributes);
        mq_unlink(name);
    }
}

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    kind = argv[1];
    prepare();
    pid_t workers[WORKERS];
    for (int worker = 0; worker < WORKERS; worker++)
        if (!(workers[worker] = fork()))
            for (char name = (char)('0' + worker);;) {
                take();
                write(1, &name, 1);
            }
    usleep(1000);
    for (int unit = 0; unit < UNITS; unit++) {
        give();
        if (unit % 3 == 2) usleep(1000);
    }
    // Natively the workers may be slow to take the last ones.
    sleep(1);
    for (int worker = 0; worker < WORKERS; worker++) kill(workers[worker], SIGKILL);
    while (wait(0) > 0) {}
    semctl(semaphore, 0, IPC_RMID);
    msgctl(queue, IPC_RMID, 0);
    write(1, "\n", 1);
    return 0;
}
