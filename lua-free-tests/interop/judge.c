/*
 * The verifier alone: reads tokens, one a line, and says of each what
 * libpartner finds.
 *
 *     judge JWKS ISSUER AUDIENCE NOW LEEWAY ALG[,ALG...]
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lp_jwks.h"
#include "lp_jwt.h"


static const char *const judge_words[]
    = { [LP_JWT_GOOD] = "good",
        [LP_JWT_MALFORMED] = "malformed",
        [LP_JWT_BAD_ALGORITHM] = "algorithm",
        [LP_JWT_BAD_SIGNATURE] = "signature",
        [LP_JWT_WRONG_ISSUER] = "issuer",
        [LP_JWT_WRONG_AUDIENCE] = "audience",
        [LP_JWT_WRONG_TYPE] = "type",
        [LP_JWT_EXPIRED] = "expired",
        [LP_JWT_PREMATURE] = "premature" };

typedef struct {
    lp_jwks_t      *keys;
    uint32_t        algorithms;
    lp_jwt_policy_t policy;
    int64_t         now;
} judge_t;


static uint32_t
judge_algorithms(char *list)
{
    char    *name;
    lp_alg_t alg;
    uint32_t algorithms;

    for (algorithms = 0; (name = strsep(&list, ",")) != NULL;) {
        alg = lp_alg_parse(name, strlen(name));

        if (alg == LP_ALGS) {
            fprintf(stderr, "judge: \"%s\" is none of " LP_ALG_ALLOWED "\n",
                    name);
            exit(2);
        }

        algorithms |= LP_ALG_BIT(alg);
    }

    return algorithms;
}


static lp_jwks_t *
judge_keys(const char *path, uint32_t algorithms)
{
    FILE       *f;
    size_t      len;
    lp_jwks_t  *keys;
    lp_error_t  err;
    static char text[LP_JWKS_MAX];

    f = fopen(path, "r");

    if (f == NULL) {
        perror(path);
        exit(2);
    }

    len = fread(text, 1, sizeof(text), f);
    (void) fclose(f);
    keys = lp_jwks_parse(text, len, algorithms, LP_STRICT, &err);

    if (keys == NULL) {
        fprintf(stderr, "judge: %s at \"%s\": %s\n", path, err.pointer,
                err.text);
        exit(2);
    }

    return keys;
}


/* In the gateway's order. */
static const char *
judge(const judge_t *j, const char *text, size_t len)
{
    const lp_jwk_t  *key;
    lp_jwt_verdict_t verdict;
    static lp_jwt_t  jwt;

    verdict = lp_jwt_open(&jwt, text, len, j->algorithms);

    if (verdict != LP_JWT_GOOD) {
        return judge_words[verdict];
    }

    key = lp_jwks_find(j->keys, jwt.alg, jwt.kid.text, jwt.kid.len);

    if (key == NULL) {
        return "key";
    }

    verdict = lp_jwt_verify(&jwt, key->verifiers[jwt.alg]);

    if (verdict == LP_JWT_GOOD) {
        verdict = lp_jwt_judge(&jwt, &j->policy, j->now);
    }

    return judge_words[verdict];
}


int
main(int argc, char **argv)
{
    char     *line;
    size_t    size;
    ssize_t   n;
    judge_t   j = { 0 };
    lp_text_t audience;

    if (argc != 7) {
        fprintf(stderr, "judge: six arguments are needed, see the source\n");
        return 2;
    }

    j.algorithms = judge_algorithms(argv[6]);
    j.keys = judge_keys(argv[1], j.algorithms);
    j.policy.issuer = (lp_text_t){ argv[2], strlen(argv[2]) };
    audience = (lp_text_t){ argv[3], strlen(argv[3]) };
    j.policy.audiences = &audience;
    j.policy.n_audiences = 1;
    j.now = strtoll(argv[4], NULL, 10);
    j.policy.leeway = strtoll(argv[5], NULL, 10);

    for (line = NULL, size = 0; (n = getline(&line, &size, stdin)) > 0;) {
        puts(judge(&j, line, (size_t) n - (line[n - 1] == '\n')));
        (void) fflush(stdout);
    }

    free(line);
    lp_jwks_free(j.keys);

    return 0;
}
