/*
 * Derives a partner's keys from the company's, and with them opens, hashes and
 * encrypts values as the gateway does: docs/tokens.md.
 *
 *     tokens derive KEYS PARTNER >FILE
 *     tokens open FILE      reads tokens, a line each, and writes the values
 *     tokens hash FILE      reads values, and writes tokens
 *     tokens encrypt FILE   the same
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/rand.h>

#include "lp_keyring.h"


#define TOKENS_FILE (16 * 1024) /* bytes of a key file */

/* A partner's file has the form of the company's; its first key hashes. */

typedef struct {
    lp_keyring_t      ring;    /* those that open */
    lp_partner_keys_t partner; /* what hashes and encrypts */
} tokens_t;

/* Returns the length of what it made in `out`, which it owns until then. */
typedef int (*tokens_verb_pt)(tokens_t *t, const char *line, size_t len,
                              uint8_t *out, size_t *out_len);


static int
tokens_fail(const char *what, const char *why)
{
    fprintf(stderr, "tokens: %s: %s\n", what, why);

    return EXIT_FAILURE;
}


static int
tokens_read(const char *path, lp_keyring_t *ring)
{
    char       text[TOKENS_FILE];
    FILE      *f = fopen(path, "r");
    size_t     n;
    lp_error_t err;

    if (f == NULL) {
        perror(path);
        return LP_INVALID;
    }

    n = fread(text, 1, sizeof(text), f);
    (void) fclose(f);

    if (n == sizeof(text)) {
        (void) tokens_fail(path, "it is too large for a file of keys");
        return LP_INVALID;
    }

    if (lp_keyring_parse(ring, text, n, &err) != LP_OK) {
        (void) tokens_fail(path, err.text);
        return LP_INVALID;
    }

    return LP_OK;
}


static void
tokens_print(const char *id, const uint8_t key[LP_KEYRING_BYTES])
{
    size_t i;

    printf("%s ", id);

    for (i = 0; i < LP_KEYRING_BYTES; i++) {
        printf("%02x", key[i]);
    }

    printf("\n");
}


static int
tokens_derive(const char *path, const char *partner)
{
    size_t       i;
    uint8_t      hash[LP_KEYRING_BYTES];
    lp_error_t   err;
    lp_keyring_t ring, keys;

    if (tokens_read(path, &ring) != LP_OK) {
        return EXIT_FAILURE;
    }

    if (lp_keyring_check_master(&ring, &err) != LP_OK) {
        return tokens_fail(path, err.text);
    }

    if (lp_keyring_derive_all(&ring, partner, strlen(partner), hash, &keys)
        != LP_OK) {
        return tokens_fail(partner, "no partner's id, 1 to 128 bytes");
    }

    tokens_print(LP_KEYRING_HASH, hash);

    for (i = 0; i < keys.n; i++) {
        tokens_print(keys.keys[i].id, keys.keys[i].key);
    }

    return EXIT_SUCCESS;
}


static int
tokens_load(const char *path, tokens_t *t)
{
    lp_keyring_t     *ring = &t->ring;
    lp_keyring_key_t *last;

    if (tokens_read(path, ring) != LP_OK) {
        return LP_INVALID;
    }

    if (ring->n < 2 || strcmp(ring->keys[0].id, LP_KEYRING_HASH) != 0) {
        (void) tokens_fail(path, "no file that \"tokens derive\" made");
        return LP_INVALID;
    }

    last = &ring->keys[ring->n - 1];
    memset(&t->partner, 0, sizeof(t->partner));
    memcpy(t->partner.id, last->id, sizeof(last->id));
    memcpy(t->partner.encrypt, last->key, LP_KEYRING_BYTES);
    memcpy(t->partner.hash, ring->keys[0].key, LP_KEYRING_BYTES);
    ring->n--;
    memmove(ring->keys, ring->keys + 1, ring->n * sizeof(ring->keys[0]));

    return RAND_bytes(t->partner.salt, LP_SALT_LEN) == 1 ? LP_OK : LP_INVALID;
}


static int
tokens_open(tokens_t *t, const char *line, size_t len, uint8_t *out,
            size_t *out_len)
{
    return lp_keyring_open_with(&t->ring, line, len, out, out_len);
}


static int
tokens_hash(tokens_t *t, const char *line, size_t len, uint8_t *out,
            size_t *out_len)
{
    *out_len = lp_keyring_hash(&t->partner, (const uint8_t *) line, len, out);

    return *out_len > 0 ? LP_OK : LP_INVALID;
}


static int
tokens_encrypt(tokens_t *t, const char *line, size_t len, uint8_t *out,
               size_t *out_len)
{
    *out_len
        = lp_keyring_encrypt(&t->partner, (const uint8_t *) line, len, out);

    return *out_len > 0 ? LP_OK : LP_INVALID;
}


static int
tokens_line(tokens_t *t, tokens_verb_pt verb, const char *line, size_t len)
{
    int      rc;
    size_t   n = 0;
    uint8_t *out = malloc(LP_ENCRYPTED_LEN(len) + LP_HASHED_LEN);

    rc = out != NULL ? verb(t, line, len, out, &n) : LP_INVALID;

    if (rc == LP_OK) {
        (void) fwrite(out, 1, n, stdout);
        (void) putchar('\n');
    }

    free(out);

    return rc;
}


/* A line that cannot be opened is named, and those behind it are read. */
static int
tokens_lines(tokens_t *t, tokens_verb_pt verb)
{
    int     rc = EXIT_SUCCESS;
    char   *line = NULL;
    size_t  size = 0, number;
    ssize_t len;

    for (number = 1; (len = getline(&line, &size, stdin)) > 0; number++) {
        len -= line[len - 1] == '\n';

        if (tokens_line(t, verb, line, (size_t) len) != LP_OK) {
            fprintf(stderr, "tokens: line %zu: not for these keys\n", number);
            rc = EXIT_FAILURE;
        }
    }

    free(line);

    return rc;
}


int
main(int argc, char **argv)
{
    size_t   i;
    tokens_t t;

    static const struct {
        const char    *name;
        tokens_verb_pt verb;
    } verbs[] = {
        { "open", tokens_open },
        { "hash", tokens_hash },
        { "encrypt", tokens_encrypt },
    };

    if (argc == 4 && strcmp(argv[1], "derive") == 0) {
        return tokens_derive(argv[2], argv[3]);
    }

    for (i = 0; argc == 3 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(argv[1], verbs[i].name) == 0) {
            return tokens_load(argv[2], &t) == LP_OK
                       ? tokens_lines(&t, verbs[i].verb)
                       : EXIT_FAILURE;
        }
    }

    fprintf(stderr, "usage: tokens derive KEYS PARTNER\n"
                    "       tokens open | hash | encrypt FILE\n");

    return EXIT_FAILURE;
}
