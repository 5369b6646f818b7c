/*
 * A token's scopes, in either claim and either form.
 */

#include "unit.h"

#include "lp_error.h"
#include "lp_jwt.h"
#include "lp_scope.h"


static void
test_scopes(void **state)
{
    char            out[LP_SCOPE_SET_LEN];
    size_t          i, len;
    static lp_jwt_t jwt;

    static const struct {
        const char *claims, *scopes; /* NULL: refused */
    } cases[] = {
        { "{}", "" },
        { "{\"scope\":\"\"}", "" },
        { "{\"scope\":\"a b\"}", "a b" },
        { "{\"scope\":\"  a  b \"}", "a b" },
        { "{\"scope\":\"a\",\"scp\":\"b\"}", "a" },
        { "{\"scp\":[\"a\",\"b:*\"]}", "a b:*" },
        { "{\"scope\":\"b a\"}", "a b" },
        { "{\"scope\":\"ab b a ab a b\"}", "a ab b" },
        { "{\"scp\":[\"c\",\"a\",\"b\",\"a\"]}", "a b c" },
        { "{\"scp\":[\"a b\"]}", NULL },
        { "{\"scp\":[7]}", NULL },
        { "{\"scope\":\"*\"}", NULL },
        { "{\"scope\":{}}", NULL },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        len = strlen(strcpy(jwt.payload, cases[i].claims));
        assert_int_equal(lp_tree_parse(&jwt.claims, jwt.payload, len), LP_OK);
        assert_int_equal(lp_jwt_read_members(&jwt), LP_OK);
        assert_int_equal(lp_jwt_scopes(&jwt, out, &len),
                         cases[i].scopes != NULL ? LP_OK : LP_INVALID);

        if (cases[i].scopes != NULL) {
            assert_int_equal(len, strlen(cases[i].scopes));
            assert_memory_equal(out, cases[i].scopes, len);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_scopes) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
