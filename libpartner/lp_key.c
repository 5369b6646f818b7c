/*
 * API keys: base62 of 256 bits of entropy, and a CRC-32 behind them.
 */

#include <string.h>
#include <zlib.h>

#include "lp_key.h"


/* mark, digits of the entropy, digits of the checksum */
#define LP_KEY_MARK       "sk_"
#define LP_KEY_MARK_LEN   3
#define LP_KEY_DIGITS     43 /* 62^43 > 2^256 */
#define LP_KEY_CRC_DIGITS 6  /* 62^6 > 2^32 */
#define LP_KEY_CRC_AT     (LP_KEY_MARK_LEN + LP_KEY_DIGITS)
#define LP_KEY_WORDS      (LP_KEY_ENTROPY / 4)

_Static_assert(LP_KEY_CRC_AT + LP_KEY_CRC_DIGITS == LP_KEY_LEN, "key length");


static const char lp_key_base62[] = "0123456789"
                                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "abcdefghijklmnopqrstuvwxyz";

static const uint8_t lp_key_is_base62[256] = {
    ['0' ... '9'] = 1,
    ['A' ... 'Z'] = 1,
    ['a' ... 'z'] = 1,
};


/* Divides a big-endian number by 62 in place and returns the remainder. */
static uint32_t
lp_key_divide(uint32_t number[LP_KEY_WORDS])
{
    uint64_t part;
    unsigned i;

    part = 0;

    for (i = 0; i < LP_KEY_WORDS; i++) {
        part = part << 32 | number[i];
        number[i] = (uint32_t) (part / 62);
        part %= 62;
    }

    return (uint32_t) part;
}


/* Leading zeros are written: a key has one length. */
static void
lp_key_write_crc(unsigned long crc, char out[LP_KEY_CRC_DIGITS])
{
    unsigned i;

    for (i = LP_KEY_CRC_DIGITS; i > 0; i--) {
        out[i - 1] = lp_key_base62[crc % 62];
        crc /= 62;
    }
}


void
lp_key_encode(const uint8_t entropy[LP_KEY_ENTROPY], char out[LP_KEY_LEN + 1])
{
    unsigned i;
    uint32_t number[LP_KEY_WORDS];

    for (i = 0; i < LP_KEY_WORDS; i++) {
        number[i] = (uint32_t) entropy[4 * i] << 24
                    | (uint32_t) entropy[4 * i + 1] << 16
                    | (uint32_t) entropy[4 * i + 2] << 8 | entropy[4 * i + 3];
    }

    memcpy(out, LP_KEY_MARK, LP_KEY_MARK_LEN);

    /* The division ends at zero, so nothing of the secret stays behind. */
    for (i = LP_KEY_CRC_AT; i > LP_KEY_MARK_LEN; i--) {
        out[i - 1] = lp_key_base62[lp_key_divide(number)];
    }

    lp_key_write_crc(crc32(0, (Bytef *) out, LP_KEY_CRC_AT),
                     out + LP_KEY_CRC_AT);
    out[LP_KEY_LEN] = '\0';
}


/*
 * Not in constant time: what is compared is the form of a key, which is no
 * secret.  Whether it is a key is decided by its digest.
 */
int
lp_key_well_formed(const char *text, size_t len)
{
    size_t i;
    char   crc[LP_KEY_CRC_DIGITS];

    if (len != LP_KEY_LEN || memcmp(text, LP_KEY_MARK, LP_KEY_MARK_LEN) != 0) {
        return 0;
    }

    for (i = LP_KEY_MARK_LEN; i < LP_KEY_CRC_AT; i++) {
        if (!lp_key_is_base62[(uint8_t) text[i]]) {
            return 0;
        }
    }

    lp_key_write_crc(crc32(0, (const Bytef *) text, LP_KEY_CRC_AT), crc);

    return memcmp(text + LP_KEY_CRC_AT, crc, LP_KEY_CRC_DIGITS) == 0;
}
