/*
 * A window of answers, and what it says: how long calls took while how many
 * were in flight.  Times are medians, so that a slow operation among fast ones,
 * which no queue explains, moves nothing.
 *
 * Plain arithmetic on the caller's clock; nothing is allocated.
 */

#ifndef LP_WINDOW_H
#define LP_WINDOW_H


#include <stdint.h>


/*
 * Answers that are looked at together.  With twice as many the first overload
 * is noticed so late that a tenth of the highest tier's calls miss their budget
 * in its first seconds; with half as many medians wander.
 */
#ifndef LP_WINDOW
#define LP_WINDOW 64
#endif

/* us; so that a service that answers seldom is looked at as well. */
#ifndef LP_WINDOW_TIME
#define LP_WINDOW_TIME INT64_C(1000000)
#endif


typedef struct {
    uint32_t in_flight; /* when it began, itself included */
    uint32_t us;        /* that it took */
} lp_window_answer_t;

/* Zeroed at first. */
typedef struct {
    int64_t            opened; /* us; when its first answer came */
    uint32_t           n;      /* answers kept */
    uint32_t           apart;  /* of so many answers one is kept */
    uint32_t           passed; /* since one was */
    lp_window_answer_t answers[LP_WINDOW];
} lp_window_t;

/* Of calls that found fewer others in flight, or more. */
typedef struct {
    double in_flight; /* mean */
    double us;        /* median */
} lp_window_half_t;

typedef struct {
    uint32_t         n; /* answers */
    double           in_flight;
    double           us;
    lp_window_half_t half[2];
} lp_window_view_t;


/* Returns whether the window is full. */
int lp_window_add(lp_window_t *w, uint64_t in_flight, uint64_t us,
                  int64_t now);

/* Of one that holds an answer at least; they are put in another order. */
void lp_window_look(lp_window_t *w, lp_window_view_t *view);

/*
 * The time below which are `percent` of those answers that took at most `most`
 * us, or at most the median.  After lp_window_look().
 */
double lp_window_within(const lp_window_t *w, unsigned percent, double most);

/*
 * Begins the next one.  It spans the time of a call: so long a change takes to
 * show, and as many answers as are in flight come in it.
 */
void lp_window_next(lp_window_t *w, double in_flight);


#endif
