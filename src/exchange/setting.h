/*
 * What a fact of a configuration says to somebody who looks for what attackers add. Vendors add
 * modules, agents and directories, too: only what nobody has a use for but a back door is near
 * certain; the rest is to be looked at, or only listed.
 *
 * Thread rule: constant data and pure functions; memory of the caller's arena.
 */
#ifndef HAUBERK_EXCHANGE_SETTING_H
#define HAUBERK_EXCHANGE_SETTING_H

#include "exchange/config.h"

enum notice {
    NOTICE_NONE,
    NOTICE_RESERVED_DIRECTORY, /* serves a folder that only \\?\ opens: AUX, COM1 ... */
    NOTICE_OPEN_DIRECTORY,     /* serves a folder below ProgramData, Users, Temp ... */
    NOTICE_FAR_DIRECTORY,      /* serves a folder of another computer */
    NOTICE_OPEN_MODULE,        /* code that IIS loads, from such a folder */
    NOTICE_MODULE,             /* code that IIS loads and that is none of Microsoft's */
    NOTICE_SCRIPT_HANDLER,     /* a script engine for pictures, texts, configurations */
    NOTICE_PROGRAM_HANDLER,    /* a command line as handler */
    NOTICE_PUBLIC_KEY,         /* the machine key that all servers had before February 2020 */
    NOTICE_FIXED_KEY,          /* a machine key of its own */
    NOTICE_OPEN_AGENT,         /* a transport agent from a folder as above */
    NOTICE_AGENT,              /* one that is none of Exchange's */
    NOTICE_FORWARDS,           /* requests are handed on to another host */
    NOTICE_REDIRECTS,          /* browsers are sent to another host */
    NOTICE_SHARED,             /* the configuration lies elsewhere */
    NOTICE_ANONYMOUS,          /* anonymous requests run as a user of its own */
    NOTICE_COUNT,
};

enum notice setting_judge(struct arena *arena, const struct setting *setting);

/* Does the case need the fact: for a notice, or to judge mitigations by? */
bool setting_is_kept(const struct setting *setting, enum notice notice);

bool setting_is_rewrite_module(const struct setting *setting);

#endif
