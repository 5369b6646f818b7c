/*
 * The sandbox's command line.
 */

#ifndef SB_OPTIONS_H
#define SB_OPTIONS_H


#include <stdint.h>


typedef struct {
    const char *listen; /* of the command line, not copied */
    uint64_t    seed;
    int         help;
} sb_options_t;


/* 0, or -1 after a message on standard error. */
int sb_options_read(sb_options_t *o, int argc, char **argv);

void sb_options_help(void);


#endif
