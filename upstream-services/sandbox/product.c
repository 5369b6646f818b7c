/*
 * What is for sale: the same for everybody, and nobody's personal data.
 */

#include "handlers.h"


typedef struct {
    const char *id;
    const char *name;
    int         premium; /* minor units a month */
} product_t;

static const product_t products[] = {
    { "ride_accident", "Accidents on a ride", 299 },
    { "travel", "Travel", 1490 },
    { "vehicle", "Vehicle", 4900 },
    { "luggage", "Luggage", 199 },
};


static int
append(json_t *list, const product_t *product)
{
    return json_array_append_new(
        list, json_pack("{s:s, s:s, s:{s:i, s:s}}", "id", product->id, "name",
                        product->name, "premium", "amount", product->premium,
                        "currency", "USD"));
}


void
sb_products(sb_call_t *call)
{
    json_t *list;
    size_t  i;

    list = json_array();

    for (i = 0; i < sizeof(products) / sizeof(products[0]); i++) {
        if (append(list, &products[i]) != 0) {
            json_decref(list);
            sb_answer(call->req, 200, NULL);
            return;
        }
    }

    sb_answer(call->req, 200, json_pack("{s:o}", "data", list));
}
