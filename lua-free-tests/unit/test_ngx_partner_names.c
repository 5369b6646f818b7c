/*
 * ngx_partner_names: one reference a text, and callers take half of the room.
 */

#include <stdlib.h>

#include "unit.h"
#include "unit_nginx.h"
#include "../../ngx_partner_module/ngx_partner_names.h"


#define AREA 16384 /* bytes */


static size_t
name_of(int i, char *text)
{
    return (size_t) sprintf(text, "name_%d", i);
}


static void
test_one_reference(void **state)
{
    u_char             *mem;
    ngx_str_t           text;
    ngx_partner_name_t  a, b;
    ngx_partner_names_t names;

    (void) state;

    mem = calloc(1, AREA);
    ngx_partner_names_init(&names, mem, AREA);

    a = ngx_partner_names_intern(&names, "acme", 4);
    b = ngx_partner_names_admit(&names, "other", 5);
    assert_true(a != 0 && b != 0 && a != b);
    assert_int_equal(ngx_partner_names_intern(&names, "acme", 4), a);
    assert_int_equal(ngx_partner_names_admit(&names, "acme", 4), a);
    assert_int_equal(ngx_partner_names_find(&names, "other", 5), b);
    assert_int_equal(ngx_partner_names_find(&names, "nobody", 6), 0);
    assert_int_equal(ngx_partner_names_intern(&names, "", 0), 0);
    assert_int_equal(ngx_partner_names_admit(&names, "", 0), 0);

    text = ngx_partner_names_get(&names, a);
    assert_int_equal(text.len, 4);
    assert_memory_equal(text.data, "acme", 4);

    free(mem);
}


static void
test_room_for_the_platform(void **state)
{
    int                 i, callers, platform;
    char                text[32];
    size_t              len;
    u_char             *mem;
    ngx_partner_names_t names;

    (void) state;

    mem = calloc(1, AREA);
    ngx_partner_names_init(&names, mem, AREA);

    for (callers = 0; callers < AREA; callers++) {
        len = name_of(callers, text);

        if (ngx_partner_names_admit(&names, text, len) == 0) {
            break;
        }
    }

    assert_true(callers > 0 && names.used <= names.size / 2 + 64);

    for (platform = callers; platform < AREA; platform++) {
        len = name_of(platform, text);

        if (ngx_partner_names_intern(&names, text, len) == 0) {
            break;
        }
    }

    assert_true(platform - callers >= callers / 4);

    for (i = 0; i < callers; i++) {
        len = name_of(i, text);
        assert_int_not_equal(ngx_partner_names_admit(&names, text, len), 0);
    }

    free(mem);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_reference),
        cmocka_unit_test(test_room_for_the_platform),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
