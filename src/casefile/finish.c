#include "casefile/finish.h"

/* The grade that a row had before its twin decided is kept, for a case that is continued. */
void twins_settle(struct casefile *casefile)
{
    casefile_execute(
        casefile,
        "CREATE INDEX IF NOT EXISTS finding_request ON finding(request_id);"
        "UPDATE finding SET own_grade=grade, grade=(SELECT max(g.grade) FROM finding g WHERE"
        " g.request_id=finding.request_id AND +g.host=finding.host AND g.family='httpproxy'"
        " AND g.stage NOT IN ('none','cleanup') AND NOT g.silent AND NOT g.own_probe)"
        " WHERE family='iis' AND stage='attempt' AND NOT own_probe AND request_id IS NOT NULL"
        " AND (SELECT max(g.grade) FROM finding g WHERE g.request_id=finding.request_id AND"
        " +g.host=finding.host AND g.family='httpproxy' AND g.stage NOT IN ('none','cleanup')"
        " AND NOT g.silent AND NOT g.own_probe)<grade");
}

int casefile_finish(struct casefile *casefile, const struct sigma_set *set, struct slice host,
                    bool partial, struct err *err)
{
    hosts_resolve(casefile, host);
    correlations_run(casefile, set);
    twins_settle(casefile);
    incidents_build(casefile);
    casefile_set_meta(casefile, "finished", partial ? SLICE_LIT("0") : SLICE_LIT("1"));
    casefile_set_meta(casefile, "partial", partial ? SLICE_LIT("1") : SLICE_LIT("0"));
    casefile_checkpoint(casefile);
    return casefile_error(casefile, err);
}
