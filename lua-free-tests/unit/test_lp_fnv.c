/*
 * lp_fnv: the test vectors of RFC 9923, at once and in parts.
 */

#include "unit.h"
#include "lp_fnv.h"


static void
test_vectors(void **state)
{
    size_t   i, len, cut;
    uint64_t hash;

    const struct {
        const char *text;
        uint64_t    hash;
    } vectors[] = {
        { "", UINT64_C(0xcbf29ce484222325) },
        { "a", UINT64_C(0xaf63dc4c8601ec8c) },
        { "foobar", UINT64_C(0x85944171f73967e8) },
    };

    (void) state;

    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        len = strlen(vectors[i].text);

        for (cut = 0; cut <= len; cut++) {
            hash = lp_fnv(LP_FNV_BASIS, vectors[i].text, cut);
            hash = lp_fnv(hash, vectors[i].text + cut, len - cut);
            assert_true(hash == vectors[i].hash);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
