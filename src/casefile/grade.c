#include "casefile/grade.h"

static const struct {
    const char *name;
    enum grade grade;
    bool needs_success;
} stages[] = {
    [STAGE_NONE] = { "none", GRADE_N, false },
    [STAGE_SCAN] = { "scan", GRADE_E0, false },
    [STAGE_ATTEMPT] = { "attempt", GRADE_E1, false },
    [STAGE_REACH] = { "reach", GRADE_E2, true },
    [STAGE_ABUSE] = { "abuse", GRADE_E3, true },
    [STAGE_PLANT] = { "plant", GRADE_E4, true },
    [STAGE_ANSWER] = { "answer", GRADE_E5, true },
    [STAGE_SPREAD] = { "spread", GRADE_E6, false },
    [STAGE_CLEANUP] = { "cleanup", GRADE_N, false },
};

static const struct {
    const char *name;
    const char *word;
} grades[] = {
    [GRADE_N] = { "N", "none" },        [GRADE_E0] = { "E0", "scanned" },
    [GRADE_E1] = { "E1", "attempted" }, [GRADE_E2] = { "E2", "reached" },
    [GRADE_E3] = { "E3", "abused" },    [GRADE_E4] = { "E4", "planted" },
    [GRADE_E5] = { "E5", "answered" },  [GRADE_E6] = { "E6", "spread" },
};

const char *stage_name(enum stage stage)
{
    return stages[stage].name;
}

enum stage stage_by_name(struct slice name)
{
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        if (slice_icase_eq(name, slice_from(stages[i].name)))
            return (enum stage)i;
    return STAGE_NONE;
}

const char *grade_name(enum grade grade)
{
    return grades[grade].name;
}

const char *grade_word(enum grade grade)
{
    return grades[grade].word;
}

enum grade grade_of(enum stage stage, enum outcome outcome)
{
    if (stages[stage].needs_success && outcome != OUTCOME_SUCCESS)
        return GRADE_E1;
    return stages[stage].grade;
}
