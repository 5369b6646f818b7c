/*
 * Keeps answers, and sorts them.
 */

#include <stdlib.h>

#include "lp_window.h"


static uint32_t
lp_window_clip(uint64_t n)
{
    return n < UINT32_MAX ? (uint32_t) n : UINT32_MAX;
}


int
lp_window_add(lp_window_t *w, uint64_t in_flight, uint64_t us, int64_t now)
{
    /* whoever was to begin the next one was killed before it did */

    if (w->n >= LP_WINDOW) {
        w->n = 0;
    }

    if (w->n == 0) {
        w->opened = now;

    } else if (++w->passed < w->apart) {
        return now - w->opened >= LP_WINDOW_TIME;
    }

    w->passed = 0;
    w->answers[w->n].in_flight = lp_window_clip(in_flight);
    w->answers[w->n++].us = lp_window_clip(us);

    return w->n == LP_WINDOW || now - w->opened >= LP_WINDOW_TIME;
}


static int
lp_window_by_in_flight(const void *a, const void *b)
{
    uint32_t x = ((const lp_window_answer_t *) a)->in_flight;
    uint32_t y = ((const lp_window_answer_t *) b)->in_flight;

    return (x > y) - (x < y);
}


static int
lp_window_by_us(const void *a, const void *b)
{
    uint32_t x = ((const lp_window_answer_t *) a)->us;
    uint32_t y = ((const lp_window_answer_t *) b)->us;

    return (x > y) - (x < y);
}


static double
lp_window_mean(const lp_window_answer_t *answers, uint32_t n)
{
    double   sum = 0;
    uint32_t i;

    for (i = 0; i < n; i++) {
        sum += answers[i].in_flight;
    }

    return sum / n;
}


static double
lp_window_median(lp_window_answer_t *answers, uint32_t n)
{
    qsort(answers, n, sizeof(answers[0]), lp_window_by_us);

    return answers[n / 2].us;
}


void
lp_window_look(lp_window_t *w, lp_window_view_t *view)
{
    uint32_t            i, half = (w->n + 1) / 2;
    lp_window_answer_t *part;

    qsort(w->answers, w->n, sizeof(w->answers[0]), lp_window_by_in_flight);

    view->n = w->n;
    view->in_flight = lp_window_mean(w->answers, w->n);

    for (i = 0; i < 2; i++) {
        part = i == 0 ? w->answers : &w->answers[w->n / 2];
        view->half[i].in_flight = lp_window_mean(part, half);
        view->half[i].us = lp_window_median(part, half);
    }

    view->us = lp_window_median(w->answers, w->n);
}


double
lp_window_within(const lp_window_t *w, unsigned percent, double most)
{
    uint32_t n = w->n;

    while (n > w->n / 2 + 1 && w->answers[n - 1].us > most) {
        n--;
    }

    return w->answers[(n * percent + 99) / 100 - 1].us;
}


void
lp_window_next(lp_window_t *w, double in_flight)
{
    w->n = 0;
    w->passed = 0;
    w->apart = (uint32_t) (in_flight / LP_WINDOW) + 1;
}
