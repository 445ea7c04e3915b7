// Five processes wait for one lock, which a sixth holds: `locks KIND HOW FILE`, KIND flock, posix or ofd. Each that gets it
// writes its number, keeps it for 10 ms, and releases it as HOW says.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS = 5 };

static const char *kind, *how, *name;

static int request(int file, int wait, short type) {
    struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_len = 1};
    if (strcmp(kind, "flock") == 0) {
        int lock = type == F_UNLCK ? LOCK_UN : type == F_RDLCK ? LOCK_SH : LOCK_EX;
        return flock(file, lock | (wait ? 0 : LOCK_NB));
    }
    if (strcmp(kind, "ofd") == 0) return fcntl(file, wait ? F_OFD_SETLKW : F_OFD_SETLK, &range);
    return fcntl(file, wait ? F_SETLKW : F_SETLK, &range);
}

static void milliseconds(long count) {
    struct timespec time = {.tv_nsec = count * 1000000};
    nanosleep(&time, NULL);
}

static void release(int file) {
    if (strcmp(how, "unlock") == 0) request(file, 0, F_UNLCK);
    else if (strcmp(how, "another") == 0) {
        // POSIX locks are released by way of any descriptor of the file; the others by the end of the process.
        int another = open(name, O_RDWR);
        request(another, 0, F_UNLCK);
    } else if (strcmp(how, "downgrade") == 0) request(file, 0, F_RDLCK), milliseconds(1);
    else if (strcmp(how, "close") == 0) close(file);
    else if (strcmp(how, "replace") == 0) dup2(STDIN_FILENO, file);
    else if (strcmp(how, "exec") == 0) execl("/bin/true", "true", NULL);
    exit(0);
}

static void hold(long wait, short type, char text, long keep) {
    int file = open(name, O_RDWR | O_CLOEXEC);
    milliseconds(wait);
    if (request(file, 1, type) != 0) perror(name), exit(1);
    if (text != 0 && write(STDOUT_FILENO, &text, 1) != 1) exit(1);
    milliseconds(keep);
    release(file);
}

/* Each holds a byte of its own, and wants the first one, too. */
static void hold_and_want(int worker) {
    int file = open(name, O_RDWR | O_CLOEXEC);
    struct flock own = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10 + worker, .l_len = 1};
    int set = strcmp(kind, "ofd") == 0 ? F_OFD_SETLK : F_SETLK;
    if (strcmp(kind, "flock") != 0 && fcntl(file, set, &own) != 0) perror(name), exit(1);
    milliseconds(20 * (WORKERS - worker));
    if (request(file, 1, F_WRLCK) != 0) perror(name), exit(1);
    char text = (char)('0' + worker);
    if (write(STDOUT_FILENO, &text, 1) != 1) exit(1);
    milliseconds(10);
    exit(0);
}

int main(int count, char **arguments) {
    if (count != 4) return 2;
    kind = arguments[1], how = arguments[2], name = arguments[3];
    close(open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (fork() == 0) hold(0, F_WRLCK, 0, 200);
    // A downgrade lets in those that want to read.
    short type = strcmp(how, "downgrade") == 0 ? F_RDLCK : F_WRLCK;
    for (int worker = 0; worker < WORKERS; worker++) {
        if (fork() != 0) continue;
        if (strcmp(how, "both") == 0) hold_and_want(worker);
        hold(20 * (WORKERS - worker), type, (char)('0' + worker), 10);
    }
    while (wait(NULL) > 0) {}
    return 0;
}
