/* library_link.c - set by set, those named first: what a phrase names becomes the alternatives of its step. */
#include "match/library_read.h"
#include "match/library_link.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_DEPTH 4 /* sets whose phrases name sets whose phrases … */

enum link_state { LINK_NEW, LINK_BUSY, LINK_READY };

/* One library and where its links stand. */
struct linked {
    struct library *library;
    uint8_t *states; /* per set: enum link_state */
};

struct linker {
    struct linked own, shared; /* shared.library may be NULL, or the own one */
    struct err *err;
    int rc;
};

/* The set looked into now, and the phrase that names another. */
struct place {
    struct linked *in;
    struct set *set;
    const struct fragment *fragment;
    unsigned depth;
};

__attribute__((format(printf, 3, 4))) static int tell(struct linker *linker, const struct place *place, const char *fmt,
                                                      ...)
{
    char why[500];
    va_list args;

    va_start(args, fmt);
    vsnprintf(why, sizeof(why), fmt, args);
    va_end(args);
    err_at(linker->err, place->in->library->document.file, place->fragment->line, place->fragment->col,
           "set %s: phrase \"%.*s\": %s", place->set->name, STR_FMT(place->fragment->source), why);
    return linker->rc = -TS_EINVAL;
}

static const struct set *find_set(const struct library *library, struct str name)
{
    for (size_t i = 0; library != NULL && i < library->nsets; i++) {
        if (str_eqz(name, library->sets[i].name))
            return &library->sets[i];
    }
    return NULL;
}

/* `name` in the library it is written in, `shared.name` in the shared one. */
static const struct set *look_up(struct linker *linker, struct linked *in, struct str name, struct linked **found)
{
    const char *dot = memchr(name.p, '.', name.n);
    const struct library *shared = linker->shared.library;

    *found = in;
    if (dot == NULL || shared == NULL || !str_eqz(str_range(name.p, dot), shared->name))
        return find_set(in->library, name);
    *found = shared == linker->own.library ? &linker->own : &linker->shared;
    return find_set(shared, str_range(dot + 1, name.p + name.n));
}

/* ---- one step ---------------------------------------------------------------------------------------------- */

struct words {
    struct arena *arena;
    struct str word[FRAGMENT_MAX_NAMED];
    size_t n;
};

/* Why this phrase cannot be put into another; NULL when it can. */
static const char *why_too_rich(const struct fragment *fragment)
{
    if (fragment->kind == FRAGMENT_REGEX)
        return "is a regular expression";
    for (size_t i = 0; i < fragment->nsteps; i++) {
        if (fragment->steps[i].kind == STEP_NUMBER)
            return "has a number (#)";
        if (i > 0 && fragment->steps[i].gap >= 0)
            return "has a gap (~)";
    }
    return NULL;
}

static int add_word(struct words *words, struct str word)
{
    for (size_t i = 0; i < words->n; i++) {
        if (str_eq(words->word[i], word))
            return 0;
    }
    if (words->n == FRAGMENT_MAX_NAMED)
        return -TS_ELIMIT;
    words->word[words->n] = arena_strdup(words->arena, word);
    return words->word[words->n++].p != NULL ? 0 : -TS_ENOMEM;
}

/* Every way to write the steps from i on behind what stands in text already. */
static int spell(struct words *words, const struct fragment *fragment, size_t i, char text[FRAGMENT_MAX_BYTES],
                 size_t n)
{
    const struct step *step = &fragment->steps[i];
    int rc = 0;

    if (i == fragment->nsteps)
        return n > 0 ? add_word(words, (struct str){text, n}) : 0;
    if (step->optional)
        rc = spell(words, fragment, i + 1, text, n);
    for (size_t k = 0; k < step->nalt && rc == 0; k++) {
        if (step->alt[k].n > FRAGMENT_MAX_BYTES - n)
            return -TS_ELIMIT;
        memcpy(text + n, step->alt[k].p, step->alt[k].n);
        rc = spell(words, fragment, i + 1, text, n + step->alt[k].n);
    }
    return rc;
}

static int link_set(struct linker *linker, struct linked *in, size_t index, unsigned depth);

static int spell_set(struct linker *linker, const struct place *place, struct str name, const struct set *named,
                     struct words *words)
{
    char text[FRAGMENT_MAX_BYTES];

    for (size_t i = 0; i < named->nfragments; i++) {
        const struct fragment *fragment = &named->fragments[i];
        const char *rich = why_too_rich(fragment);
        int rc;

        if (rich != NULL)
            return tell(linker, place,
                        "{%.*s}: \"%.*s\" of that set %s; only text and [a|b] can be put into a phrase: write "
                        "the words here as [a|b], or ask for both sets by near(…) or then(…)",
                        STR_FMT(name), STR_FMT(fragment->source), rich);
        rc = spell(words, fragment, 0, text, 0);
        if (rc == -TS_ELIMIT)
            return tell(linker, place,
                        "{%.*s}: more than %d ways to write it; name a smaller set, or ask for both sets by "
                        "near(…) or then(…)",
                        STR_FMT(name), FRAGMENT_MAX_NAMED);
        if (rc != 0)
            return linker->rc = rc;
    }
    return 0;
}

/* The name meant: that of a set of shared written without its library, else the nearest of all. NULL: none is near. */
static const char *nearest_set(const struct linker *linker, struct linked *in, struct str name, char near[128])
{
    const struct library *shared = linker->shared.library, *own = in->library;
    const char **names = calloc(own->nsets + (shared != NULL ? shared->nsets : 0) + 1, sizeof(*names)), *found;
    const char *dot = memchr(name.p, '.', name.n);
    struct str bare = dot != NULL ? str_range(dot + 1, str_end(name)) : name;
    char text[128];
    size_t n = 0;

    snprintf(text, sizeof(text), "%.*s", STR_FMT(bare));
    for (size_t i = 0; names != NULL && shared != NULL && i < shared->nsets; i++)
        names[n++] = shared->sets[i].name;
    for (size_t i = 0; names != NULL && own != shared && dot == NULL && i < own->nsets; i++)
        names[n++] = own->sets[i].name;
    found = names != NULL ? err_nearest(text, names) : NULL;
    if (found != NULL)
        snprintf(near, 128, "%s%s", find_set(own, str_of(found)) == NULL || dot != NULL ? "shared." : "", found);
    free(names);
    return found != NULL ? near : NULL;
}

static int tell_unknown(struct linker *linker, const struct place *place, struct str name)
{
    char buffer[128];
    const char *near = nearest_set(linker, place->in, name, buffer);

    return tell(linker, place, "{%.*s}: no set of this library or of shared (as {shared.name}) has that name%s%s%s",
                STR_FMT(name), near != NULL ? " (did you mean {" : "", near != NULL ? near : "",
                near != NULL ? "}?)" : "");
}

/* Fill the step; *expired when no phrase of the set is in force. */
static int link_step(struct linker *linker, const struct place *place, struct step *step, bool *expired)
{
    struct linked *in;
    const struct set *named = look_up(linker, place->in, step->set, &in);
    struct words words = {.arena = &place->in->library->arena};
    struct str *alt;
    size_t index;
    int rc;

    if (named == NULL)
        return tell_unknown(linker, place, step->set);
    index = (size_t)(named - in->library->sets);
    if (in->states[index] == LINK_BUSY)
        return tell(linker, place, "{%.*s}: that set rests on this phrase", STR_FMT(step->set));
    if (place->depth == MAX_DEPTH)
        return tell(linker, place, "{%.*s}: sets within sets more than %d deep", STR_FMT(step->set), MAX_DEPTH);
    if ((rc = link_set(linker, in, index, place->depth + 1)) != 0)
        return rc;
    place->set->dated |= named->dated;
    if (named->field != place->set->field)
        return tell(linker, place, "{%.*s}: that set looks in another field", STR_FMT(step->set));
    if ((rc = spell_set(linker, place, step->set, named, &words)) != 0)
        return rc;
    *expired |= words.n == 0;
    alt = arena_calloc(words.arena, words.n + 1, sizeof(*alt));
    if (alt == NULL)
        return linker->rc = -TS_ENOMEM;
    memcpy(alt, words.word, words.n * sizeof(*alt));
    step->alt = alt;
    step->nalt = words.n;
    return 0;
}

/* ---- sets -------------------------------------------------------------------------------------------------- */

static int link_fragment(struct linker *linker, const struct place *place, struct fragment *fragment, bool *expired)
{
    struct step *steps;
    char why[300];
    int rc = 0;

    *expired = false;
    if (!fragment->named)
        return 0;
    steps = arena_calloc(&place->in->library->arena, fragment->nsteps, sizeof(*steps));
    if (steps == NULL)
        return linker->rc = -TS_ENOMEM;
    memcpy(steps, fragment->steps, fragment->nsteps * sizeof(*steps));
    for (size_t i = 0; i < fragment->nsteps && rc == 0; i++) {
        if (steps[i].set.p != NULL)
            rc = link_step(linker, place, &steps[i], expired);
    }
    if (rc != 0 || *expired)
        return rc;
    fragment->steps = steps;
    rc = fragment_finish(fragment, why, sizeof(why));
    return rc == 0 ? 0 : tell(linker, place, "%s", why);
}

/* Phrases that name a set of which nothing is in force are not in force either. */
static int link_phrases(struct linker *linker, struct place place, struct fragment *fragments, size_t *n)
{
    size_t kept = 0;
    bool expired;

    for (size_t i = 0; i < *n; i++) {
        place.fragment = &fragments[i];
        if (link_fragment(linker, &place, &fragments[i], &expired) != 0)
            return linker->rc;
        if (!expired)
            fragments[kept++] = fragments[i];
    }
    place.set->nexpired += *n - kept;
    place.set->dated |= kept < *n;
    *n = kept;
    return 0;
}

static int link_set(struct linker *linker, struct linked *in, size_t index, unsigned depth)
{
    struct set *set = (struct set *)&in->library->sets[index]; /* nobody else has it yet */
    struct place place = {in, set, NULL, depth};
    int rc;

    if (in->states[index] == LINK_READY)
        return 0;
    in->states[index] = LINK_BUSY;
    rc = link_phrases(linker, place, set->fragments, &set->nfragments);
    if (rc == 0)
        rc = link_phrases(linker, place, set->allow, &set->nallow);
    in->states[index] = LINK_READY;
    return rc;
}

int library_link(struct library *library, struct library *shared, struct err *err)
{
    struct linker linker = {.own.library = library, .shared.library = shared, .err = err};
    int rc = 0;

    linker.own.states = calloc(library->nsets + 1, 1);
    linker.shared.states = calloc((shared != NULL ? shared->nsets : 0) + 1, 1);
    if (linker.own.states == NULL || linker.shared.states == NULL)
        rc = -TS_ENOMEM;
    if (rc == 0 && shared != NULL && shared != library)
        memset(linker.shared.states, LINK_READY, shared->nsets);
    for (size_t i = 0; i < library->nsets && linker.rc != -TS_ENOMEM && rc == 0; i++)
        link_set(&linker, &linker.own, i, 0);
    free(linker.own.states);
    free(linker.shared.states);
    return rc != 0 ? rc : linker.rc;
}
