/*
 * Script for the browser that keeps or sends away a password: foreign login pages, and login
 * scripts with a few lines more than Microsoft wrote.
 *
 * Words are followed, not meanings: what is assigned from a password box is a password itself,
 * as are the parameters of functions that are called with it; short names for a while only.
 * A script that sends a login to its own server in the body of a request is honest, unless the
 * form is submitted besides. Linear; never fails. Thread rule: one owner of the arena.
 */
#ifndef HAUBERK_WEBSHELL_STEALER_H
#define HAUBERK_WEBSHELL_STEALER_H

#include "webshell/split.h"

enum stealer_way {
    STEALER_ELSEWHERE, /* to another host */
    STEALER_ADDRESS,   /* in the address of a request: of a picture, a script, a page */
    STEALER_ASIDE,     /* to the own server, besides the form that goes there anyway */
    STEALER_ACTION,    /* the form is given another host */
    STEALER_COOKIE,    /* kept in a cookie: some honest pages remember users so */
};

struct stealer {
    enum stealer_way way;
    uint32_t line;      /* where it is sent or kept */
    struct slice what;  /* the statement, cut to 80 bytes; borrows from the text */
    struct slice where; /* an address in it, or absent */
    bool may_be_login;  /* the address is named like one that logs in, and no form goes away */
    struct stealer *next;
};

#define STEALER_TOKENS_MAX 500000U
#define STEALER_FOUND_MAX 16

/* `text`: the decoded page or script. In the order of the text; NULL: none. */
struct stealer *stealer_find(struct arena *arena, struct slice text, const struct parts *parts);

#endif
