/*
 * What a build is and what it is vulnerable to, as text and as record `exposure`; and the
 * exposure of a host as records. Thread rule: pure functions.
 */
#ifndef HAUBERK_REPORT_BUILD_ENTRY_H
#define HAUBERK_REPORT_BUILD_ENTRY_H

#include "casefile/exposure.h"
#include "report/page.h"

void build_entry_text(const struct page *page, const struct builds *builds,
                      const struct build_facts *facts);

/* One record, with its newline: of a build that somebody asked for. */
void build_entry_ndjson(struct buf *out, const struct build_facts *facts);

/* A record `exposure` for each build of the host, then `vulnerability` for each CVE. */
void build_entry_host_ndjson(struct buf *out, const struct exposure *exposure);

#endif
