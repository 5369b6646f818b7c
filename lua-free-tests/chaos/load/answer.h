/*
 * One HTTP/1.1 response, read as it arrives: where it ends, and its status.
 */

#ifndef ANSWER_H
#define ANSWER_H


#include <stddef.h>
#include <stdint.h>


#define ANSWER_HEAD 8192 /* bytes; a longer head is an error */


typedef struct {
    int      step;
    int      status;
    int      close; /* the server will not keep the connection */
    uint64_t left;  /* bytes of the body, or of the chunk, still to come */
    size_t   len;   /* of what is kept: the head, then a chunk's size line */
    char     text[ANSWER_HEAD + 1];
} answer_t;


void answer_begin(answer_t *a);

/*
 * Takes `len` bytes.  1 when the response is complete, 0 when more is to come,
 * -1 when it is not HTTP/1.1, or goes on beyond its end: nothing was asked
 * that could follow.
 */
int answer_feed(answer_t *a, const char *data, size_t len);


#endif
