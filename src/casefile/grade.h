/*
 * How far the attack got: stages of rules, outcomes of requests, grades of hosts (design §4).
 * Thread rule: constant data and pure functions.
 */
#ifndef HAUBERK_CASEFILE_GRADE_H
#define HAUBERK_CASEFILE_GRADE_H

#include "base/slice.h"
#include "exchange/request.h"

/* From the tag hauberk.stage.<word> of the rule that matched. */
enum stage {
    STAGE_NONE, /* a rule without a stage: reported, never changes the verdict */
    STAGE_SCAN,
    STAGE_ATTEMPT,
    STAGE_REACH,
    STAGE_ABUSE,
    STAGE_PLANT,
    STAGE_ANSWER,
    STAGE_SPREAD,
    STAGE_CLEANUP, /* tells the story, never raises a grade */
};

enum grade { GRADE_N, GRADE_E0, GRADE_E1, GRADE_E2, GRADE_E3, GRADE_E4, GRADE_E5, GRADE_E6 };

/* For SQL: stages that raise a grade, those that tell something of an intrusion, and all: the
 * index finding_stage begins with the stage, so that a query must name them. */
#define STAGES_GRADED "('scan','attempt','reach','abuse','plant','answer','spread')"
#define STAGES_TOLD "('scan','attempt','reach','abuse','plant','answer','spread','cleanup')"
#define STAGES_ALL                                                                             \
    "('none','scan','attempt','reach','abuse','plant','answer','spread','cleanup')"

const char *stage_name(enum stage stage); /* "plant"; "none" */
enum stage stage_by_name(struct slice name);

const char *grade_name(enum grade grade); /* "E4", "N" */
const char *grade_word(enum grade grade); /* "planted" */

/* Reach, abuse, plant and answer count as E1 unless the request is known to have worked. */
enum grade grade_of(enum stage stage, enum outcome outcome);

#endif
