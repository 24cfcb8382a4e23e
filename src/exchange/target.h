/*
 * Where does a forged request really go?
 *
 * ProxyLogon glues a path behind a server's name in a cookie (HttpProxy logs it as
 * AnchorMailbox or BackEndCookie); ProxyShell glues one behind an '@' in an autodiscover.json
 * address. .NET decodes and folds such a path before it sends the request, so
 * "/autodiscover/..\%65cp/DDI" is "/ecp/ddi": rules look at the normal form that these fields
 * give (docs/rules.md).
 *
 * Thread rule: pure functions; results live in the event's scratch arena.
 */
#ifndef HAUBERK_EXCHANGE_TARGET_H
#define HAUBERK_EXCHANGE_TARGET_H

#include "events/event.h"

/* Fields for struct derived_field; `context` is not used. Absent when nothing was forged. */
struct slice target_path(const void *context, const struct event *event);
struct slice target_query(const void *context, const struct event *event);
struct slice target_autodiscover(const void *context, const struct event *event);

/* A row in which the fields have a value holds one of these; NULL-terminated. */
extern const char *const target_literals[];
extern const char *const target_autodiscover_literals[];

#endif
