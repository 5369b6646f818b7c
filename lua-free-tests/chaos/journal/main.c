/*
 * What a usage journal holds, confirmed or not: its incarnation, and a line for
 * each counter as it is published.
 *
 *     journal FILE
 *
 * The file is mapped for reading alone, so a gateway may be counting in it:
 * then each number is one that stood there, but not all at the same moment.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lp_journal_layout.h"


static int
journal_print(const lp_journal_t *journal)
{
    uint32_t                 n, i;
    const lp_journal_slot_t *slot;

    printf("%016" PRIx64 "\n", lp_journal_identity(journal)->incarnation);

    for (n = 1; n <= journal->header->filled; n++) {
        slot = lp_journal_slot(journal, n);

        if (slot->key_len == 0) {
            continue;
        }

        printf("%.*s", (int) slot->key_len, slot->key);

        for (i = 0; i < LP_USAGE_VALUES; i++) {
            printf(" %" PRIu64, slot->values.n[i]);
        }

        printf("\n");
    }

    return fflush(stdout);
}


int
main(int argc, char **argv)
{
    int          fd;
    void        *mem;
    lp_error_t   err;
    struct stat  st;
    lp_journal_t journal;

    fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;

    if (fd == -1 || fstat(fd, &st) != 0) {
        fprintf(stderr, "journal: one FILE that can be read is needed\n");
        return 2;
    }

    mem = mmap(NULL, (size_t) st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    (void) close(fd);

    if (mem == MAP_FAILED) {
        perror(argv[1]);
        return 1;
    }

    if (lp_journal_open(&journal, mem, (size_t) st.st_size, &err) != LP_OK) {
        fprintf(stderr, "journal: %s %s\n", argv[1], err.text);
        return 1;
    }

    return journal_print(&journal) == 0 ? 0 : 1;
}
