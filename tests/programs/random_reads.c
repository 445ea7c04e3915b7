// Reads eight bytes of a random device by each call that can, or copies them to a pipe, and prints them. Where a copy fails as
// for a file that cannot be copied so, it reads.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

enum { LEN = 8 };

static void show(const char *device, const char *way, ssize_t len, const unsigned char *bytes) {
    printf("%s %s %zd ", device, way, len);
    for (int i = 0; i < LEN; i++) printf("%02x", bytes[i]);
    printf("\n");
}

static ssize_t copied(int file, const int *ends, ssize_t len, unsigned char *bytes) {
    return read(len < 0 && errno == EINVAL ? file : ends[0], bytes, LEN);
}

int main(void) {
    const char *devices[] = {"/dev/urandom", "/dev/random"};
    for (int i = 0; i < 2; i++) {
        const char *device = devices[i];
        unsigned char bytes[LEN] = "";
        struct iovec pieces[] = {{bytes, 0}, {bytes, LEN}};
        int ends[2], file = open(device, O_RDONLY);
        pipe(ends);
        show(device, "read", read(file, bytes, LEN), bytes);
        show(device, "readv", readv(file, pieces, 2), bytes);
        show(device, "pread", pread(file, bytes, LEN, 0), bytes);
        show(device, "pread", pread(file, bytes, LEN, 100), bytes);
        show(device, "preadv", preadv(file, pieces, 2, 0), bytes);
        show(device, "preadv2", preadv2(file, pieces, 2, 7, 0), bytes);
        show(device, "preadv2", preadv2(file, pieces, 2, -1, 0), bytes);
        show(device, "sendfile", copied(file, ends, sendfile(ends[1], file, NULL, LEN), bytes), bytes);
        show(device, "splice", copied(file, ends, splice(file, NULL, ends[1], NULL, LEN, 0), bytes), bytes);
        close(file);
    }
    return 0;
}
