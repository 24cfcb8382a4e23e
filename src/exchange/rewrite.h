/*
 * A rule of IIS URL Rewrite, and whether it applies to a request: what a rule does is found out
 * by trying it, not by its name.
 *
 * Patterns come from evidence: PCRE2 with limits stands in for IIS's ECMAScript, whose syntax
 * these rules use the common part of. Thread rule: pure functions.
 * Names: IIS configuration reference, system.webServer/rewrite.
 */
#ifndef HAUBERK_EXCHANGE_REWRITE_H
#define HAUBERK_EXCHANGE_REWRITE_H

#include "base/memory.h"

#define REWRITE_CONDITIONS_MAX 16
#define REWRITE_PATTERN_MAX 4096U /* bytes; longer ones are not tried */

enum rewrite_syntax { SYNTAX_REGEX, SYNTAX_WILDCARD, SYNTAX_EXACT };

enum rewrite_action {
    ACTION_NONE,
    ACTION_REWRITE,
    ACTION_REDIRECT,
    ACTION_RESPONSE, /* an answer of its own: 403, 404 ... */
    ACTION_ABORT,
};

struct rewrite_condition {
    struct slice input, pattern;
    bool negate, match_case;
    bool undecidable; /* asks for files on the server */
};

struct rewrite_rule {
    struct slice name;
    struct slice url, target;             /* pattern; where a rewrite or redirection goes to */
    bool outbound, global, enabled, ends; /* stopProcessing */
    bool url_negate, url_match_case;
    bool any; /* one condition is enough */
    enum rewrite_syntax syntax;
    enum rewrite_action action;
    unsigned status; /* of ACTION_RESPONSE */
    size_t condition_count;
    struct rewrite_condition conditions[REWRITE_CONDITIONS_MAX];
    bool cut; /* it has more conditions */

    /* outbound */
    struct slice variable, precondition;
};

/* What a rule can look at. Paths begin with '/'; `raw` is the request line's own, query and
 * all. */
struct web_request {
    const char *path, *query, *raw, *cookie;
};

/* To which part of the path `match url` is compared: that behind the site, or behind the
 * application, in whose web.config the rule stands. */
enum rewrite_base { BASE_SITE, BASE_APPLICATION };

/*
 * Bit i: the rule's pattern and conditions hold for requests[i]; whether it is switched on and
 * what it then does is not asked. *broken: a pattern is none, so IIS refuses the rule.
 * At most 32 requests. What cannot be decided does not hold.
 */
uint32_t rewrite_try(const struct rewrite_rule *rule, const struct web_request *requests,
                     size_t count, enum rewrite_base base, bool *broken);

/* Does the request end here, unanswered by Exchange? */
bool rewrite_stops(const struct rewrite_rule *rule);

/* Does the target name another host? "http://10.1.2.3/{R:1}"; targets made of variables no. */
bool rewrite_leaves(const struct rewrite_rule *rule);

/* One line for people: what is compared with what, and what happens. */
struct slice rewrite_text(struct arena *arena, const struct rewrite_rule *rule);

#endif
