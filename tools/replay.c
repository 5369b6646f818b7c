/*
 * Feeds files to a fuzz target, one call each: a corpus as a regression test.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static int
replay_file(const char *name)
{
    FILE    *file;
    long     size;
    uint8_t *data;
    size_t   got;

    file = fopen(name, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0
        || (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET) != 0) {
        perror(name);
        return 1;
    }

    /* An exact block, so that a sanitizer sees one byte too many. */
    data = malloc(size > 0 ? (size_t) size : 1);
    if (data == NULL) {
        perror(name);
        return 1;
    }

    got = fread(data, 1, (size_t) size, file);
    (void) fclose(file);

    if (got != (size_t) size) {
        fprintf(stderr, "%s: short read\n", name);
        free(data);
        return 1;
    }

    (void) LLVMFuzzerTestOneInput(data, got);
    free(data);

    return 0;
}


int
main(int argc, char **argv)
{
    int i, failed;

    failed = 0;

    for (i = 1; i < argc; i++) {
        failed |= replay_file(argv[i]);
    }

    printf("%d inputs\n", argc - 1);
    return failed;
}
