/*
 * Feeds files to a fuzz target, one call each: a corpus as a regression test.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


/* An exact block, so that a sanitizer sees one byte too many. */
static uint8_t *
read_all(FILE *file, size_t *size)
{
    long     end;
    uint8_t *data;

    if (fseek(file, 0, SEEK_END) != 0 || (end = ftell(file)) < 0
        || fseek(file, 0, SEEK_SET) != 0) {
        return NULL;
    }

    *size = (size_t) end;
    data = malloc(*size > 0 ? *size : 1);

    if (data != NULL && fread(data, 1, *size, file) != *size) {
        free(data);
        return NULL;
    }

    return data;
}


static int
replay_file(const char *name)
{
    FILE    *file;
    size_t   size;
    uint8_t *data;

    file = fopen(name, "rb");
    if (file == NULL) {
        perror(name);
        return 1;
    }

    data = read_all(file, &size);
    (void) fclose(file);

    if (data == NULL) {
        fprintf(stderr, "%s: cannot be read\n", name);
        return 1;
    }

    (void) LLVMFuzzerTestOneInput(data, size);
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
