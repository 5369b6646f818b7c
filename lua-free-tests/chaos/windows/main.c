/*
 * Whether a trace of calls keeps a limit over every window.
 *
 *     windows TOKENS PERIOD BURST KEY TRACE...
 *
 * TOKENS a PERIOD (us) and a BURST are the limit, KEY is which key of the
 * traces is looked at, a TRACE is what `load -t` writes.  A call that passed
 * was decided somewhere between being sent and being answered.  So whenever
 * more calls lie wholly in a window than BURST + rate * its length, the limit
 * was broken, whatever the clocks in between say; all windows that begin with
 * a call and end with an answer are tried.  Prints JSON: calls, how many
 * passed, over how many us, and `over`: the tokens by which the worst window
 * is beyond the limit (0: none is).
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


typedef struct {
    int64_t sent;
    int64_t received;
    size_t  place; /* among all by `sent` */
} call_t;

typedef struct {
    size_t  n;
    size_t  room;
    size_t  calls; /* those refused as well */
    call_t *passed;
} trace_t;

/* A tree over starts of windows: what each holds, and the most of any. */
typedef struct {
    size_t   size; /* a power of two */
    int64_t *most;
    int64_t *added; /* to all below */
} tree_t;


static int
trace_read(trace_t *t, const char *path, unsigned key)
{
    int      status;
    FILE    *f;
    call_t   call;
    unsigned which;

    f = fopen(path, "r");

    if (f == NULL) {
        perror(path);
        return -1;
    }

    while (fscanf(f, "%" SCNd64 " %" SCNd64 " %d %u", &call.sent,
                  &call.received, &status, &which)
           == 4) {
        if (which != key) {
            continue;
        }

        t->calls++;

        if (status != 200) {
            continue;
        }

        if (t->n == t->room) {
            t->room = t->room ? 2 * t->room : 4096;
            t->passed = realloc(t->passed, t->room * sizeof(call_t));

            if (t->passed == NULL) {
                perror("windows");
                return -1;
            }
        }

        t->passed[t->n++] = call;
    }

    return fclose(f);
}


static int
by_sent(const void *a, const void *b)
{
    const call_t *x = a, *y = b;

    return (x->sent > y->sent) - (x->sent < y->sent);
}


static int
by_received(const void *a, const void *b)
{
    const call_t *x = a, *y = b;

    return (x->received > y->received) - (x->received < y->received);
}


static int
tree_init(tree_t *tree, size_t n)
{
    size_t i;

    for (tree->size = 1; tree->size < n; tree->size *= 2) {
        /* void */
    }

    tree->most = malloc(2 * tree->size * sizeof(int64_t));
    tree->added = calloc(2 * tree->size, sizeof(int64_t));

    if (tree->most == NULL || tree->added == NULL) {
        perror("windows");
        return -1;
    }

    for (i = 0; i < 2 * tree->size; i++) {
        tree->most[i] = INT64_MIN / 2;
    }

    return 0;
}


/* Sets what a start holds before any call is in its window. */
static void
tree_set(tree_t *tree, size_t i, int64_t value)
{
    for (i += tree->size, tree->most[i] = value; i > 1; i /= 2) {
        tree->most[i / 2] = tree->most[i] > tree->most[i ^ 1]
                                ? tree->most[i]
                                : tree->most[i ^ 1];
    }
}


/* Adds to the starts up to `last`, below the node of `width` from `first`. */
static void
tree_add(tree_t *tree, size_t node, size_t first, size_t width, size_t last,
         int64_t value)
{
    int64_t left, right;

    if (first > last) {
        return;
    }

    if (first + width - 1 <= last) {
        tree->most[node] += value;
        tree->added[node] += value;
        return;
    }

    width /= 2;
    tree_add(tree, 2 * node, first, width, last, value);
    tree_add(tree, 2 * node + 1, first + width, width, last, value);

    left = tree->most[2 * node];
    right = tree->most[2 * node + 1];
    tree->most[node] = (left > right ? left : right) + tree->added[node];
}


/*
 * The most that any window holds beyond rate * its length, in 1/PERIOD of a
 * token.  Answers are taken in their order; each call counts in the windows
 * that begin no later than it was sent.  A start joins the tree when a window
 * can begin there, before any node above it has been added to as a whole.
 */
static int64_t
worst_window(trace_t *t, int64_t tokens, int64_t period)
{
    tree_t  tree;
    size_t  i, begun;
    int64_t worst, most, origin, *starts;

    qsort(t->passed, t->n, sizeof(call_t), by_sent);
    starts = malloc(t->n * sizeof(int64_t));

    if (starts == NULL || tree_init(&tree, t->n) != 0) {
        exit(2);
    }

    for (i = 0; i < t->n; i++) {
        t->passed[i].place = i;
        starts[i] = t->passed[i].sent;
    }

    origin = starts[0];
    qsort(t->passed, t->n, sizeof(call_t), by_received);

    for (worst = 0, begun = 0, i = 0; i < t->n; i++) {

        for (; begun < t->n && starts[begun] <= t->passed[i].received;
             begun++) {
            tree_set(&tree, begun, (starts[begun] - origin) * tokens);
        }

        tree_add(&tree, 1, 0, tree.size, t->passed[i].place, period);
        most = tree.most[1] - (t->passed[i].received - origin) * tokens;
        worst = most > worst ? most : worst;
    }

    free(starts);
    free(tree.most);
    free(tree.added);

    return worst;
}


int
main(int argc, char **argv)
{
    int     i;
    int64_t tokens, period, burst, worst, over, span;
    trace_t t;

    if (argc < 6) {
        fprintf(stderr, "usage: windows TOKENS PERIOD BURST KEY TRACE...\n");
        return 2;
    }

    tokens = strtoll(argv[1], NULL, 10);
    period = strtoll(argv[2], NULL, 10);
    burst = strtoll(argv[3], NULL, 10);
    memset(&t, 0, sizeof(t));

    for (i = 5; i < argc; i++) {
        if (trace_read(&t, argv[i], (unsigned) atoi(argv[4])) != 0) {
            return 2;
        }
    }

    worst = t.n > 0 ? worst_window(&t, tokens, period) : 0;
    over = worst > burst * period ? (worst - 1) / period + 1 - burst : 0;
    span = t.n > 0 ? t.passed[t.n - 1].received - t.passed[0].received : 0;

    printf("{\"calls\": %zu, \"passed\": %zu, \"us\": %" PRId64
           ", \"over\": %" PRId64 "}\n",
           t.calls, t.n, span, over);
    free(t.passed);

    return 0;
}
