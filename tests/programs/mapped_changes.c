// Changes a file by mapped memory, a tenth of a second after it was created and its times were set to long ago, twenty times in
// turn, and prints whose times are those of the change. It is given the folder.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **arguments) {
    if (count < 2 || chdir(arguments[1])) return 2;
    for (int i = 0; i < 20; i++) {
        char name[20];
        sprintf(name, "file%d", i);
        int file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
        ftruncate(file, 4096);
        futimens(file, (struct timespec[]){{1000000000, 0}, {1000000000, 0}});
        char *mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        // The system's tick begins meanwhile.
        for (volatile int n = 0; n < 3000000; n++) {}
        usleep(100000);
        mapped[0] = 'x';
        struct timespec now;
        struct stat told;
        clock_gettime(CLOCK_REALTIME, &now);
        fstat(file, &told);
        long age = (now.tv_sec - told.st_mtim.tv_sec) * 1000 + (now.tv_nsec - told.st_mtim.tv_nsec) / 1000000;
        printf(age < 50 ? "changed\n" : "older by %ld ms\n", age);
        munmap(mapped, 4096);
        close(file);
        unlink(name);
    }
    return 0;
}
