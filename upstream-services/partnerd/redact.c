/*
 * `partnerd redact`: what the gateway makes of a document under a profile, for
 * whoever writes one.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "lp_redact.h"
#include "lp_redact_rule.h"
#include "file.h"
#include "log.h"
#include "verbs.h"


/* What neither the document nor its profile is to blame for. */
#define PD_REDACT_NO_MEMORY 1


static int
pd_redact_wrong(const char *detail)
{
    pd_log(PD_ERROR, "redact", "detail", detail, NULL);

    return -1;
}


/* "rule" is of the profile, no personal data. */
static int
pd_redact_rule_wrong(const char *rule, const char *detail)
{
    pd_log(PD_ERROR, "redact", "rule", rule, "detail", detail, NULL);

    return -1;
}


static int
pd_redact_rule(lp_redact_profile_t *profile, const char *rule, unsigned keys)
{
    lp_error_t err;

    if (lp_redact_profile_rule(profile, rule, strlen(rule), &err) != LP_OK) {
        return pd_redact_rule_wrong(rule, err.text);
    }

    if (lp_redact_profile_marks(profile, 0) != NULL) {
        return pd_redact_rule_wrong(
            rule, "is for what an operation of a contract marks, and a "
                  "document alone has none");
    }

    if (!keys && lp_redact_profile_wants_keys(profile)) {
        return pd_redact_rule_wrong(rule, "needs --redact-keys and --partner");
    }

    return 0;
}


/* Without the blanks, or the carriage return, that nobody sees behind it. */
static char *
pd_redact_line(char **text)
{
    char  *line;
    size_t len;

    line = strsep(text, "\n");

    if (line != NULL) {
        for (len = strlen(line);
             len > 0 && strchr(" \t\r", line[len - 1]) != NULL; len--) {
        }

        line[len] = '\0';
    }

    return line;
}


/* A rule a line; empty lines and those that begin with # do not count. */
static int
pd_redact_rules(lp_redact_profile_t *profile, char *text, unsigned keys)
{
    char  *line;
    size_t rules = 0;

    while ((line = pd_redact_line(&text)) != NULL) {
        if (*line == '\0' || *line == '#') {
            continue;
        }

        if (strcmp(line, "case=exact") != 0) {
            rules++;

            if (pd_redact_rule(profile, line, keys) != 0) {
                return -1;
            }

        } else if (rules > 0) {
            return pd_redact_rule_wrong(line,
                                        "stands behind a rule, allowed is "
                                        "before");

        } else {
            lp_redact_profile_exact(profile);
        }
    }

    return rules > 0 ? 0
                     : pd_redact_wrong("the file of --profile has no rule");
}


static lp_redact_profile_t *
pd_redact_profile(const pd_options_t *o)
{
    int                  rc;
    char                *text;
    lp_error_t           err;
    lp_redact_profile_t *profile;

    if (o->profile[0] == '\0') {
        (void) pd_redact_wrong("needs --profile");
        return NULL;
    }

    text = pd_file_read(o->profile, &err);
    if (text == NULL) {
        (void) pd_redact_wrong(err.text);
        return NULL;
    }

    profile = malloc(lp_redact_profile_size());
    rc = profile == NULL ? pd_redact_wrong("no memory") : 0;

    if (rc == 0) {
        lp_redact_profile_init(profile);
        rc = pd_redact_rules(profile, text, o->redact_keys[0] != '\0');
    }

    free(text);

    if (rc != 0) {
        free(profile);
        return NULL;
    }

    return profile;
}


static int
pd_redact_derive(const pd_options_t *o, const char *text, size_t len,
                 lp_partner_keys_t *keys)
{
    int          rc;
    uint8_t      salt[LP_SALT_LEN];
    lp_error_t   err;
    lp_keyring_t ring;

    if (lp_keyring_parse(&ring, text, len, &err) != LP_OK
        || lp_keyring_check_master(&ring, &err) != LP_OK) {
        OPENSSL_cleanse(&ring, sizeof(ring));
        return pd_redact_wrong(err.text);
    }

    rc = RAND_bytes(salt, sizeof(salt)) == 1
                 && lp_keyring_derive(&ring, o->partner, strlen(o->partner),
                                      salt, keys)
                        == LP_OK
             ? 0
             : pd_redact_wrong("no keys can be derived for this partner");
    OPENSSL_cleanse(&ring, sizeof(ring));

    return rc;
}


/* 0, and no keys where none are named. */
static int
pd_redact_keys(const pd_options_t *o, lp_partner_keys_t *keys)
{
    int        rc;
    char      *text;
    size_t     len;
    lp_error_t err;

    if (o->redact_keys[0] == '\0') {
        return 0;
    }

    if (o->partner[0] == '\0') {
        return pd_redact_wrong("--redact-keys needs --partner");
    }

    text = pd_file_secret("--redact-keys", o->redact_keys, &len, &err);
    if (text == NULL) {
        return pd_redact_wrong(err.text);
    }

    rc = pd_redact_derive(o, text, len, keys);
    OPENSSL_clear_free(text, len);

    return rc;
}


/* lp_redact_emit_pt */
static int
pd_redact_emit(void *ctx, const uint8_t *data, size_t len, int literal)
{
    (void) literal;

    return fwrite(data, 1, len, ctx) == len ? LP_OK : PD_REDACT_NO_MEMORY;
}


/* Nothing is said of what a refused document holds. */
static int
pd_redact_refused(const lp_redact_t *r)
{
    char at[32];

    (void) snprintf(at, sizeof(at), "%ju", (uintmax_t) r->offset);
    pd_log(PD_ERROR, "redact", "detail", lp_redact_reason(r->reason), "byte",
           at, NULL);

    return -1;
}


/* All of it is made before the first byte goes out, as the gateway has it. */
static int
pd_redact_make(const lp_redact_profile_t *profile, lp_partner_keys_t *keys,
               const char *text, size_t len)
{
    int                rc;
    FILE              *out;
    char              *made = NULL;
    size_t             made_len = 0;
    static lp_redact_t r; /* 18 KB */

    out = open_memstream(&made, &made_len);
    if (out == NULL) {
        return pd_redact_wrong("no memory");
    }

    rc = lp_redact_text(&r, profile, keys, text, len, pd_redact_emit, out);

    if (fclose(out) != 0 || rc == PD_REDACT_NO_MEMORY) {
        rc = pd_redact_wrong("no memory");

    } else if (rc == LP_INVALID) {
        rc = pd_redact_refused(&r);

    } else if (fwrite(made, 1, made_len, stdout) != made_len
               || fflush(stdout) != 0) {
        rc = pd_redact_wrong("cannot write");
    }

    free(made);

    return rc;
}


static int
pd_redact_input(const lp_redact_profile_t *profile, lp_partner_keys_t *keys)
{
    int    rc;
    char  *text;
    size_t n;

    text = malloc(PD_FILE_MAX + 1);
    if (text == NULL) {
        return pd_redact_wrong("no memory");
    }

    n = fread(text, 1, PD_FILE_MAX + 1, stdin);

    if (ferror(stdin)) {
        rc = pd_redact_wrong(strerror(errno));

    } else if (n > PD_FILE_MAX) {
        rc = pd_redact_wrong("the document is larger than 4 MiB");

    } else {
        rc = pd_redact_make(profile, keys, text, n);
    }

    free(text);

    return rc;
}


int
pd_redact(const pd_options_t *o)
{
    int                  rc;
    lp_partner_keys_t    keys;
    lp_redact_profile_t *profile;

    profile = pd_redact_profile(o);
    if (profile == NULL) {
        return 1;
    }

    rc = pd_redact_keys(o, &keys);
    rc = rc == 0 ? pd_redact_input(profile,
                                   o->redact_keys[0] == '\0' ? NULL : &keys)
                 : rc;
    OPENSSL_cleanse(&keys, sizeof(keys));
    free(profile);

    return rc == 0 ? 0 : 1;
}
