#include "casefile/finish.h"

#include "base/clock.h"
#include "casefile/joins.h"
#include "casefile/pages.h"
#include "casefile/settings.h"
#include "casefile/triage.h"

#define REQUEST_ROWS_MAX "20" /* findings of one request: two logs, a few rules each */

/*
 * What is known of each request, once, so that no row has to look at all others of its id. An
 * id that stands in many rows is none of Exchange's: a client sent it, and it joins nothing.
 */
static void fold_requests(struct casefile *casefile)
{
    casefile_execute(
        casefile,
        "INSERT INTO request SELECT host, request_id, count(*), max(grade),"
        " max(CASE WHEN family='httpproxy' THEN grade END) FROM finding"
        " WHERE request_id IS NOT NULL AND host IS NOT NULL AND NOT silent AND NOT own_probe"
        " AND stage IN " STAGES_GRADED " GROUP BY host, request_id"
        " HAVING count(*) BETWEEN 2 AND " REQUEST_ROWS_MAX);
}

/* The grade that a row had before its twin decided is kept, for a case that is continued. */
void twins_settle(struct casefile *casefile)
{
    fold_requests(casefile);
    casefile_execute(
        casefile,
        "UPDATE finding SET own_grade=grade, grade=(SELECT proxy_grade FROM request q WHERE"
        " q.host=finding.host AND q.request_id=finding.request_id) WHERE family='iis'"
        " AND stage='attempt' AND NOT own_probe AND request_id IS NOT NULL"
        " AND (SELECT proxy_grade FROM request q WHERE q.host=finding.host AND"
        " q.request_id=finding.request_id)<grade");
}

/* A file may be read in several items: its parts. */
#define DAMAGED_FILES "(SELECT DISTINCT i.path FROM damage d JOIN item i ON i.id=d.item) p"
#define ROWS_OF_FILE(table) " item i JOIN " table " x ON x.item=i.id WHERE i.path=p.path"
#define ADD_HOSTS(table)                                                                       \
    "INSERT OR IGNORE INTO damaged_host SELECT DISTINCT x.host FROM " DAMAGED_FILES            \
    " JOIN item i ON i.path=p.path JOIN " table " x ON x.item=i.id WHERE x.host IS NOT NULL;"

/*
 * Damage counts for the hosts whose rows the file holds; where it holds none, for all: then an
 * empty name stands in the table.
 */
static void damage_settle(struct casefile *casefile)
{
    casefile_execute(
        casefile,
        ADD_HOSTS("coverage") ADD_HOSTS("setting") ADD_HOSTS(
            "finding") "INSERT OR IGNORE INTO damaged_host SELECT '' FROM " DAMAGED_FILES
                       " WHERE NOT EXISTS(SELECT 1 FROM" ROWS_OF_FILE(
                           "coverage") ")"
                                       " AND NOT EXISTS(SELECT 1 FROM" ROWS_OF_FILE(
                                           "setting") ")"
                                                      " AND NOT EXISTS(SELECT 1 "
                                                      "FROM" ROWS_OF_FILE("finding") ")");
}

void casefile_unjoin(struct casefile *casefile)
{
    casefile_execute(
        casefile,
        "DELETE FROM incident; DELETE FROM request;"
        "UPDATE finding SET incident=NULL, actor=NULL, near_ms=NULL WHERE incident IS NOT NULL;"
        "UPDATE finding SET grade=own_grade, own_grade=NULL WHERE own_grade IS NOT NULL;");
}

static void settle(struct casefile *casefile)
{
    twins_settle(casefile);
    triage_settle(casefile, clock_today_ms());
    if (casefile_count(casefile, "SELECT EXISTS(SELECT 1 FROM closed)")) {
        casefile_execute(casefile, "DELETE FROM request");
        fold_requests(casefile); /* of what is left */
    }
    incidents_build(casefile);
}

void casefile_settle_again(struct casefile *casefile)
{
    casefile_unjoin(casefile);
    settle(casefile);
    casefile_checkpoint(casefile);
}

int casefile_finish(struct casefile *casefile, const struct sigma_set *set, struct slice host,
                    bool partial, struct err *err)
{
    hosts_resolve(casefile, host);
    damage_settle(casefile);
    pages_settle(casefile);
    settings_settle(casefile);
    /* Nearly all findings of rules without a stage are left aside by what follows. */
    casefile_execute(casefile, "CREATE INDEX IF NOT EXISTS finding_stage ON"
                               " finding(stage, host, time, silent, own_probe, rule)");
    correlations_run(casefile, set);
    casefile_execute(casefile, "CREATE INDEX IF NOT EXISTS finding_source ON finding(host,"
                               " source) WHERE stage<>'none' AND source<>''");
    settle(casefile);
    joins_measure_skew(casefile);
    casefile_set_meta(casefile, "finished", partial ? SLICE_LIT("0") : SLICE_LIT("1"));
    casefile_set_meta(casefile, "partial", partial ? SLICE_LIT("1") : SLICE_LIT("0"));
    casefile_checkpoint(casefile);
    return casefile_error(casefile, err);
}
