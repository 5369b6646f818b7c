/*
 * Tests of AES-256-GCM: libsodium's and OpenSSL's make and open the same boxes.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "box.h"


#define LEN 40


static int has_instructions;

static const uint8_t key[PD_BOX_KEY] = "0123456789abcdef0123456789abcde";
static const char    data[LEN] = "what is sealed, above two blocks of it";


/* In place of libsodium's, which asks the processor. */
int crypto_aead_aes256gcm_is_available(void);

int
crypto_aead_aes256gcm_is_available(void)
{
    return has_instructions;
}


static int
hardware(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
#else
    return 0;
#endif
}


/* Of every length up to three blocks. */
static void
test_either_opens(void **state)
{
    int     sealed, opened;
    size_t  len;
    uint8_t box[PD_BOX_HEAD + LEN], out[LEN];

    (void) state;

    for (sealed = 0; sealed <= hardware(); sealed++) {
        for (opened = 0; opened <= hardware(); opened++) {
            for (len = 0; len <= LEN; len++) {
                has_instructions = sealed;
                assert_int_equal(pd_box_seal(key, "of", data, len, box), 0);
                has_instructions = opened;
                memset(out, 0, sizeof(out));
                assert_int_equal(
                    pd_box_open(key, "of", box, PD_BOX_HEAD + len, out), 0);
                assert_memory_equal(out, data, len);
            }
        }
    }
}


/* Also where the box is. */
static void
test_in_place(void **state)
{
    uint8_t box[PD_BOX_HEAD + LEN];

    (void) state;

    for (has_instructions = 0; has_instructions <= hardware();
         has_instructions++) {
        assert_int_equal(pd_box_seal(key, "", data, LEN, box), 0);
        assert_int_equal(
            pd_box_open(key, "", box, sizeof(box), box + PD_BOX_HEAD), 0);
        assert_memory_equal(box + PD_BOX_HEAD, data, LEN);
    }
}


/* Each byte, the context and the length are held. */
static void
test_changed(void **state)
{
    size_t  i;
    uint8_t box[PD_BOX_HEAD + LEN], out[LEN];

    (void) state;

    for (has_instructions = 0; has_instructions <= hardware();
         has_instructions++) {
        assert_int_equal(pd_box_seal(key, "of", data, LEN, box), 0);

        for (i = 0; i < sizeof(box); i++) {
            box[i] ^= 1;
            assert_int_equal(pd_box_open(key, "of", box, sizeof(box), out),
                             -1);
            box[i] ^= 1;
        }

        assert_int_equal(pd_box_open(key, "on", box, sizeof(box), out), -1);
        assert_int_equal(pd_box_open(key, "of", box, sizeof(box) - 1, out),
                         -1);
        assert_int_equal(pd_box_open(key, "of", box, PD_BOX_HEAD - 1, out),
                         -1);
        assert_int_equal(pd_box_open(key, "of", box, sizeof(box), out), 0);
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_either_opens),
        cmocka_unit_test(test_in_place),
        cmocka_unit_test(test_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
