/*
 * ngx_partner_names: one reference a text; callers take half of the room, and
 * each owner an eighth.
 */

#include <stdlib.h>

#include "unit.h"
#include "unit_nginx.h"
#include "../../ngx_partner_module/ngx_partner_names.h"


#define AREA 16384 /* bytes */


static const ngx_partner_owner_t nobody = ngx_null_string;


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
    b = ngx_partner_names_admit(&names, &nobody, "other", 5);
    assert_true(a != 0 && b != 0 && a != b);
    assert_int_equal(ngx_partner_names_intern(&names, "acme", 4), a);
    assert_int_equal(ngx_partner_names_admit(&names, &nobody, "acme", 4), a);
    assert_int_equal(ngx_partner_names_find(&names, "other", 5), b);
    assert_int_equal(ngx_partner_names_find(&names, "nobody", 6), 0);
    assert_int_equal(ngx_partner_names_intern(&names, "", 0), 0);
    assert_int_equal(ngx_partner_names_admit(&names, &nobody, "", 0), 0);

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

        if (ngx_partner_names_admit(&names, &nobody, text, len) == 0) {
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

    assert_true(platform - callers >= callers - 1);

    for (i = 0; i < callers; i++) {
        len = name_of(i, text);
        assert_int_not_equal(
            ngx_partner_names_admit(&names, &nobody, text, len), 0);
    }

    free(mem);
}


/* How many new names an owner may have, of those from `from` on. */
static int
own_all(ngx_partner_names_t *names, const char *whose, int from)
{
    int                 i;
    char                text[32];
    ngx_partner_owner_t owner = { strlen(whose), (u_char *) whose };

    for (i = from; i < from + AREA; i++) {
        if (ngx_partner_names_own(names, &owner, text, name_of(i, text))
            == 0) {
            break;
        }
    }

    return i - from;
}


static void
test_share_of_an_owner(void **state)
{
    int                 first, all, i;
    char                whose[32];
    u_char             *mem;
    ngx_partner_owner_t acme = ngx_string("acme");
    ngx_partner_owner_t other = ngx_string("other");
    ngx_partner_names_t names;

    (void) state;

    mem = calloc(1, AREA);
    ngx_partner_names_init(&names, mem, AREA);

    first = own_all(&names, "acme", 0);
    assert_in_range(names.used, 1, names.size / NGX_PARTNER_NAMES_SHARE + 8);
    assert_true(first > 0);
    assert_int_equal(names.refused, 1);

    /* said once, and of nobody else */
    assert_int_equal(ngx_partner_names_untold(&names, &other), NGX_OK);
    assert_int_equal(ngx_partner_names_untold(&names, &acme), NGX_BUSY);
    assert_int_equal(ngx_partner_names_untold(&names, &acme), NGX_OK);

    /* what is there costs nothing, nor does what the platform names */
    assert_int_not_equal(ngx_partner_names_own(&names, &acme, "name_0", 6), 0);
    assert_int_not_equal(ngx_partner_names_intern(&names, "x", 1), 0);
    assert_int_not_equal(ngx_partner_names_own(&names, &acme, "x", 1), 0);
    assert_int_equal(ngx_partner_names_own(&names, &acme, "y", 1), 0);

    /* another has as much, until all is taken */
    assert_in_range(own_all(&names, "other", AREA), first - first / 4, first);

    for (i = 0, all = 1; i < 100 && all > 0; i++) {
        (void) sprintf(whose, "owner_%d", i);
        all = own_all(&names, whose, (i + 2) * AREA);
    }

    assert_int_equal(all, 0);
    assert_int_equal(ngx_partner_names_untold(&names, &nobody), NGX_ERROR);
    assert_int_equal(ngx_partner_names_untold(&names, &nobody), NGX_OK);

    free(mem);
}


/* One of very many owners fills its share, and no other is refused for it. */
static void
test_many_owners(void **state)
{
    enum { MANY = 10000 };

    int                 i, taken, all;
    char                whose[32], text[256];
    u_char             *mem;
    const size_t        area = 64 * 1024 * 1024 / 37 * 3;
    ngx_partner_owner_t owner, big = ngx_string("big");
    ngx_partner_names_t names;

    (void) state;

    mem = calloc(1, area);
    ngx_partner_names_init(&names, mem, area);
    memset(text, 'x', sizeof(text));
    owner.data = (u_char *) whose;

    for (i = 0, all = 0; i < 2 * MANY; i++) {
        owner.len = (size_t) sprintf(whose, "owner_%d", i % MANY);
        (void) memcpy(text, &i, sizeof(i));
        assert_int_not_equal(ngx_partner_names_own(&names, &owner, text, 32),
                             0);

        /* while others come and go, what it took stays charged to it */
        for (taken = 0; taken < 8; taken++, all++) {
            text[sizeof(i)] = (char) ('a' + taken);
            (void) memcpy(text, &i, sizeof(i));

            if (ngx_partner_names_own(&names, &big, text, sizeof(text)) == 0) {
                break;
            }
        }
    }

    assert_in_range((size_t) all * sizeof(text), names.size / 16,
                    names.size / NGX_PARTNER_NAMES_SHARE);
    assert_int_equal(ngx_partner_names_untold(&names, &owner), NGX_OK);
    assert_int_equal(ngx_partner_names_untold(&names, &big), NGX_BUSY);

    free(mem);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_reference),
        cmocka_unit_test(test_room_for_the_platform),
        cmocka_unit_test(test_share_of_an_owner),
        cmocka_unit_test(test_many_owners),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
