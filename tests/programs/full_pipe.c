// A child writes a million bytes at once into a pipe; the parent reads 5,000 bytes, up to 65,536, 5,000, ..., and writes what
// each read returned.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ALL = 1000000, FULL = 65536, FEW = 5000 };

int main() {
    int ends[2], few = 1;
    ssize_t size;
    static char bytes[FULL];
    pipe(ends);
    if (!fork()) {
        close(ends[0]);
        write(ends[1], calloc(1, ALL), ALL);
        _exit(0);
    }
    close(ends[1]);
    usleep(1000);
    for (; (size = read(ends[0], bytes, few ? FEW : FULL)) > 0; few = !few) printf("%zd ", size);
    printf("\n");
    return 0;
}
