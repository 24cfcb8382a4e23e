/*
 * Pages in the case: table `page` (docs/case-file.md), what they are once all evidence is read,
 * and the findings that follow from them.
 *
 * What a page is can depend on its host: a page of Microsoft's with other content is tampered
 * only where the host's build is one whose pages we know; a page in the site's root is foreign
 * only where the site is Exchange's. So the class of a page is settled last, and a page that
 * says something becomes a finding then, of one of the rules below. A page that was asked for
 * and answered is found by hunt/answers.c; here the answer is tied to the page of its host.
 *
 * Thread rule: one owner.
 */
#ifndef HAUBERK_CASEFILE_PAGES_H
#define HAUBERK_CASEFILE_PAGES_H

#include "casefile/casefile.h"
#include "casefile/page_record.h"
#include "webshell/yara.h"

/* Rules about files rather than rows; their ids in the table `rule` follow the set's. */
enum page_rule {
    PAGE_RULE_SHELL,
    PAGE_RULE_LOADER,
    PAGE_RULE_STEALER,
    PAGE_RULE_FOREIGN,
    PAGE_RULE_RAN,     /* a foreign page was compiled, so it ran; it may be gone */
    PAGE_RULE_UNKNOWN, /* foreign, but of a build that may have pages we do not know */
    PAGE_RULE_TAMPERED,
    PAGE_RULE_WRITER,
    PAGE_RULE_SUSPECT,
    PAGE_RULE_ANSWERED, /* a page of these classes was asked for and answered */
    PAGE_RULE_COUNT,
};

void pages_add_rules(struct casefile *casefile, size_t first_id);
enum stage pages_rule_stage(enum page_rule rule);
/* The rules of --yara; their ids follow. */
void pages_add_yara(struct casefile *casefile, size_t first_id, const struct yara_set *yara);
int64_t pages_rule_id(struct casefile *casefile, enum page_rule rule);

/* A worker's records. */
void pages_add(struct casefile *casefile, uint64_t item, const struct page_record *page);

/* What one item said so far is dropped; what was settled is open again. */
void pages_forget(struct casefile *casefile, uint64_t item);
void pages_reopen(struct casefile *casefile);

/* Step of casefile_finish(): classes, findings, answers. Hosts must have been resolved. */
void pages_settle(struct casefile *casefile);

/* A row of the table. Host and path live as long as the query's row, the record in the arena.
 */
struct page_row {
    int64_t item;
    struct slice host, path;
    enum webshell_class class; /* settled */
    struct page_record record; /* with the reason that was added when it was settled */
};

#define PAGE_ROW_COLUMNS "p.item, p.host, i.path, p.class, p.analysis, p.decided"
#define PAGE_ROW_COLUMN_COUNT 6
#define PAGE_ROW_TABLES " page p JOIN item i ON i.id=p.item "

/* Reads a row of a query that starts with PAGE_ROW_COLUMNS; false: it was tampered with. */
bool pages_read(struct query *query, struct arena *arena, struct page_row *out);

/*
 * Is `url` (normal form) the page's? By its own URL where that is known; else the path must end
 * with it, as it does when a folder of that name is served.
 */
bool pages_matches_url(struct slice path, struct slice page_url, struct slice url);

#endif
