// What the actors of random.c wait for through descriptors: each has a letter, and OBJECTS of a kind are numbered.
//
//   p pipe       s, d stream and datagram sockets   v, u TCP and UDP on the loopback   e, m eventfds, counting and semaphore
//   t terminal   y, z a terminal of its own, its slave read and its master read        h a message queue
//   i timer      n a listener on the loopback, l one with a name in the file system    g a named pipe
//   o changes of a file                             q signals of the process and the thread
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { OBJECTS = 3, BIG = 200000 };

// The reading and the writing end.
static int ends[128][OBJECTS][2];
// Files: of locks, named pipes, listeners, those that are watched.
static char path[128][OBJECTS][128];
// Sets of descriptors that all wait on, level- and edge-triggered.
static int shared_set[2];
static char written[BIG];

static struct timespec span(long us) { return (struct timespec){us / 1000000, us % 1000000 * 1000}; }
static struct itimerspec timer_of(long us, long period) { return (struct itimerspec){span(period), span(us)}; }
static long failed(long value) { return value < 0 ? -errno : value; }
static int object(const char *name) { return name && isdigit(name[1]) ? (name[1] - '0') % OBJECTS : 0; }
static int end(const char *name, int which) { return name ? ends[(int)name[0]][object(name)][which] : -1; }
static char *path_of(const char *name) { return path[(int)name[0]][object(name)]; }

static long put(const char *name, long size) {
    int to = end(name, 1);
    if (name[0] == 'e' || name[0] == 'm') return failed(eventfd_write(to, size));
    if (name[0] == 'h') return failed(mq_send(to, written, size < 64 ? size : 64, 0));
    // A line discipline takes lines; more than it holds is never read by anybody.
    if ((name[0] == 'y' || name[0] == 'z') && size > 300) size = 300;
    return failed(write(to, written, size < BIG ? size : BIG));
}

static long get(const char *name, long size) {
    static __thread char bytes[BIG];
    int from = end(name, 0);
    if (name[0] == 'e' || name[0] == 'm') {
        eventfd_t value = 0;
        return eventfd_read(from, &value) < 0 ? -errno : (long)value;
    }
    if (name[0] == 'i') {
        unsigned long count = 0;
        return read(from, &count, sizeof count) < 0 ? -errno : (long)count;
    }
    if (name[0] == 'q') {
        struct signalfd_siginfo info = {0};
        return read(from, &info, sizeof info) < 0 ? -errno : (long)info.ssi_signo;
    }
    if (name[0] == 'h') return failed(mq_receive(from, bytes, 64, 0));
    if (name[0] == 'o') size = 4096;
    return failed(read(from, bytes, size < BIG ? size : BIG));
}

static long close_end(const char *name, int which) {
    int *descriptor = &ends[(int)name[0]][object(name)][which];
    if (name[0] == 't' || *descriptor < 0) return -1;
    close(*descriptor);
    *descriptor = -1;
    return 0;
}

static long limit(const char *name, long us) {
    struct timeval time = {us / 1000000, us % 1000000};
    return failed(setsockopt(end(name, 0), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
}

// Waits on the set that all have; what is ready is not taken.
static long wait_shared(int which, long us) {
    struct epoll_event event;
    return failed(epoll_wait(shared_set[which], &event, 1, us ? (int)(us + 999) / 1000 : -1));
}

static socklen_t address_of(const char *name, struct sockaddr_storage *address) {
    socklen_t length = sizeof *address;
    if (getsockname(end(name, 0), (struct sockaddr *)address, &length)) return 0;
    return length;
}

// A client: what it was answered, in bytes.
static long ask(const char *name, long size) {
    struct sockaddr_storage address = {0};
    socklen_t length = address_of(name, &address);
    if (size > 4096) size = 4096;
    int client = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    long answered = failed(connect(client, (struct sockaddr *)&address, length));
    if (!answered && write(client, written, size) == size) {
        char bytes[4096];
        long got = 0;
        shutdown(client, SHUT_WR);
        while ((got = read(client, bytes, sizeof bytes)) > 0) answered += got;
        if (got < 0) answered = -errno;
    }
    close(client);
    return answered;
}

// A server of one client: how many bytes it sent back.
static long serve(const char *name) {
    int client = accept4(end(name, 0), 0, 0, SOCK_CLOEXEC);
    if (client < 0) return -errno;
    char bytes[4096];
    long got, all = 0;
    while ((got = read(client, bytes, sizeof bytes)) > 0) {
        if (write(client, bytes, got) == got) all += got;
    }
    close(client);
    return all;
}

static long read_fifo(const char *name) {
    int from = open(path_of(name), O_RDONLY | O_CLOEXEC);
    if (from < 0) return -errno;
    char bytes[4096];
    long all = 0, got;
    while ((got = read(from, bytes, sizeof bytes)) > 0) all += got;
    close(from);
    return all;
}

static long write_fifo(const char *name, long size) {
    int to = open(path_of(name), O_WRONLY | O_CLOEXEC);
    if (to < 0) return -errno;
    long all = failed(write(to, written, size < BIG ? size : BIG));
    close(to);
    return all;
}

static long touch(const char *name) {
    int file = open(path_of(name), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (file < 0) return -errno;
    long all = failed(write(file, "x", 1));
    close(file);
    return all;
}

// Reads a regular file so many times.
static long load(long times) {
    char header[16];
    for (long i = 0; i < times; i++) {
        int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
        if (file < 0) return -errno;
        if (read(file, header, sizeof header) < 0) return -errno;
        close(file);
    }
    return 0;
}

static void join_shared(int descriptor) {
    for (int which = 0; which < 2; which++) {
        struct epoll_event event = {.events = EPOLLIN | (which ? EPOLLET : 0)};
        epoll_ctl(shared_set[which], EPOLL_CTL_ADD, descriptor, &event);
    }
}

static int bound(int kind, int family) {
    int made = socket(family, kind, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(made, (struct sockaddr *)&address, sizeof address)) abort();
    return made;
}

static void join_sockets(int one, int other) {
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    if (getsockname(other, (struct sockaddr *)&address, &length)) abort();
    if (connect(one, (struct sockaddr *)&address, length)) abort();
}

static void prepare_network(int o) {
    int listener = bound(SOCK_STREAM, AF_INET), one = socket(AF_INET, SOCK_STREAM, 0);
    if (listen(listener, 4)) abort();
    join_sockets(one, listener);
    ends['v'][o][0] = accept(listener, 0, 0);
    ends['v'][o][1] = one;
    ends['n'][o][0] = listener;
    ends['u'][o][0] = bound(SOCK_DGRAM, AF_INET);
    ends['u'][o][1] = bound(SOCK_DGRAM, AF_INET);
    join_sockets(ends['u'][o][1], ends['u'][o][0]);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path['l'][o]);
    unlink(address.sun_path);
    ends['l'][o][0] = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(ends['l'][o][0], (struct sockaddr *)&address, sizeof address) || listen(ends['l'][o][0], 1)) abort();
}

static void prepare_terminal(int o) {
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) || unlockpt(master)) abort();
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    ends['y'][o][0] = ends['z'][o][1] = slave;
    ends['y'][o][1] = ends['z'][o][0] = master;
}

static void prepare_objects(void) {
    const char *folder = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
    memset(ends, -1, sizeof ends);
    // Lines, for the line disciplines.
    for (int i = 0; i < BIG; i++) written[i] = i % 3 == 2 ? '\n' : 'a';
    for (int i = 0; i < 2; i++) shared_set[i] = epoll_create1(0);
    for (int o = 0; o < OBJECTS; o++) {
        for (const char *kind = "xglo"; *kind; kind++)
            snprintf(path[(int)*kind][o], sizeof path[0][0], "%s/%c%d", folder, *kind, o);
        close(open(path['x'][o], O_RDWR | O_CREAT, 0600));
        close(open(path['o'][o], O_RDWR | O_CREAT, 0600));
        unlink(path['g'][o]);
        if (mkfifo(path['g'][o], 0600)) abort();
        if (pipe(ends['p'][o]) || socketpair(AF_UNIX, SOCK_STREAM, 0, ends['s'][o])) abort();
        if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends['d'][o])) abort();
        ends['e'][o][0] = eventfd(0, 0);
        ends['m'][o][0] = eventfd(0, EFD_SEMAPHORE);
        ends['e'][o][1] = dup(ends['e'][o][0]);
        ends['m'][o][1] = dup(ends['m'][o][0]);
        ends['t'][o][0] = 0;
        ends['t'][o][1] = 1;
        ends['i'][o][0] = timerfd_create(CLOCK_MONOTONIC, 0);
        ends['o'][o][0] = inotify_init();
        if (inotify_add_watch(ends['o'][o][0], path['o'][o], IN_MODIFY | IN_CLOSE_WRITE) < 0) abort();
        sigset_t taken;
        sigemptyset(&taken);
        sigaddset(&taken, SIGRTMIN + 1);
        ends['q'][o][0] = signalfd(-1, &taken, 0);
        prepare_network(o);
        prepare_terminal(o);
        char queue[64];
        snprintf(queue, sizeof queue, "/random%d.%d", getpid(), o);
        struct mq_attr shape = {.mq_maxmsg = 2, .mq_msgsize = 64};
        ends['h'][o][0] = ends['h'][o][1] = mq_open(queue, O_RDWR | O_CREAT | O_EXCL, 0600, &shape);
        mq_unlink(queue);
        for (const char *kind = "psevi"; *kind; kind++) join_shared(ends[(int)*kind][o][0]);
    }
}
