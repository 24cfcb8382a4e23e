/*
 * Who took part: the sources of a host's findings, what each did, and which of them are one
 * actor because a key says so.
 *
 * Two addresses are one actor only if a session of theirs is the same, or if both were answered
 * by a page whose name nobody guesses. The names of the waves of 2021 (facts exchange.md 3.2)
 * are public: whoever asks for those may be looking for what others planted, so they tie nobody
 * together. Everything lives in the given arena. Thread rule: one owner.
 */
#ifndef HAUBERK_CASEFILE_ACTORS_H
#define HAUBERK_CASEFILE_ACTORS_H

#include "casefile/verdict.h"

#define ACTORS_MAX 200 /* sources told of one host, those that got furthest first */
#define ACTOR_AGENTS_MAX 4
#define ACTOR_PAGES_MAX 8
#define ACTOR_NAMES_TRIED 3 /* other people's page names that make somebody a seeker */

/* What a source is, from the weakest to the strongest. */
enum actor_role {
    ACTOR_SCANNER, /* version checks and probes only */
    ACTOR_TRIED,   /* exploits that were refused, or whose end is not known */
    ACTOR_SEEKER,  /* asked for pages that others plant; none answered, or only by their way */
    ACTOR_CHECKED, /* a foreign page answered, nothing was sent to it */
    ACTOR_USED,    /* sent something to a foreign page that answered */
    ACTOR_ENTERED, /* an exploit worked */
    ACTOR_PLANTED, /* ... up to a written page */
};

/* Why sources are one actor. */
enum actor_tie { ACTOR_ALONE, ACTOR_SESSION, ACTOR_PAGE };

struct actor_source {
    struct slice address;
    size_t actor; /* sources with the same number are one actor; numbers begin at 1 */
    enum actor_tie tie;
    enum actor_role role;
    int64_t first, last;
    uint64_t findings;
    uint64_t names_tried; /* foreign pages asked for that never answered anybody */
    uint64_t names_answered;
    size_t agent_count, agents_left_out;
    struct slice agents[ACTOR_AGENTS_MAX];
    size_t page_count; /* of those that answered it */
    struct slice pages[ACTOR_PAGES_MAX];
    struct proof proof; /* of what gave it its role */
};

struct actors_report {
    size_t source_count, sources_left_out;
    struct actor_source *sources; /* by actor, the strongest first, then by time */
    size_t actor_count;
};

void actors_read(struct casefile *casefile, struct arena *arena, struct slice host,
                 struct actors_report *out);

/* Is the page's name one that nobody guesses? `page` in normal form. */
bool actors_page_is_secret(struct slice page);

#endif
