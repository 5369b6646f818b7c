/*
 * Runs a fuzzer's entry point over files, so that its corpus is a test for
 * any compiler: each argument is a file or a directory of files.
 */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>


#define REPLAY_MAX (16 * 1024 * 1024) /* bytes of one input */


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


static int
replay_file(const char *path)
{
    FILE    *file;
    size_t   len;
    uint8_t *data, *exact;

    file = fopen(path, "rb");

    if (file == NULL) {
        perror(path);
        return -1;
    }

    data = malloc(REPLAY_MAX);

    if (data == NULL) {
        perror("malloc");
        (void) fclose(file);
        return -1;
    }

    len = fread(data, 1, REPLAY_MAX, file);
    (void) fclose(file);

    /* No byte behind the input, so that a sanitizer sees an overread. */
    exact = realloc(data, len > 0 ? len : 1);

    if (exact == NULL) {
        perror("realloc");
        free(data);
        return -1;
    }

    (void) LLVMFuzzerTestOneInput(exact, len);
    free(exact);

    return 1;
}


/* How many files were run; -1: one could not be read. */
static int
replay_directory(const char *path)
{
    int            n;
    DIR           *dir;
    char           name[4096];
    struct dirent *entry;

    dir = opendir(path);

    if (dir == NULL) {
        perror(path);
        return -1;
    }

    for (n = 0; n >= 0 && (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] == '.') {
            continue;
        }

        (void) snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        n = replay_file(name) < 0 ? -1 : n + 1;
    }

    (void) closedir(dir);

    return n;
}


int
main(int argc, char **argv)
{
    int         i, n, total;
    struct stat st;

    for (i = 1, total = 0; i < argc; i++) {
        if (stat(argv[i], &st) != 0) {
            perror(argv[i]);
            return 1;
        }

        n = S_ISDIR(st.st_mode) ? replay_directory(argv[i])
                                : replay_file(argv[i]);

        if (n < 0) {
            return 1;
        }

        total += n;
    }

    (void) printf("%d inputs\n", total);

    return total > 0 ? 0 : 1;
}
