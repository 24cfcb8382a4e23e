#include "cli/explain_evidence.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/escape.h"
#include "base/json.h"
#include "cli/answers.h"

/* ---- lists ----------------------------------------------------------------------------------
 */

static void print_more(struct buf *out, size_t count)
{
    if (count > ANSWER_NAMES_MAX)
        buf_printf(out, " and %lu more", (unsigned long)(count - ANSWER_NAMES_MAX));
}

static void print_hosts(struct buf *out, const struct slice *hosts, size_t count)
{
    for (size_t i = 0; i < count && i < ANSWER_NAMES_MAX; i++) {
        buf_add_text(out, i ? ", " : "");
        escape_text(out, hosts[i].len ? hosts[i] : SLICE_LIT("a server that they do not name"));
    }
    print_more(out, count);
}

static void print_ids(struct buf *out, const struct answer *answer)
{
    if (!answer->id_count)
        return;
    buf_add_text(out, answer->id_count == 1 ? ", event" : ", events");
    for (size_t i = 0; i < answer->id_count && i < ANSWER_NAMES_MAX; i++)
        buf_printf(out, "%s%" PRIu64, i ? ", " : " ", answer->ids[i]);
    print_more(out, answer->id_count);
}

static size_t count_fields(const struct answers *answers, const struct answer *answer,
                           enum field_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < answers->field_count; i++)
        count += answer->fields[i] == (uint8_t)state;
    return count;
}

static void print_fields(struct buf *out, const struct answers *answers,
                         const struct answer *answer, enum field_state state)
{
    const char *comma = "";
    for (size_t i = 0; i < answers->field_count; i++) {
        if (answer->fields[i] != (uint8_t)state)
            continue;
        buf_add_text(out, comma);
        escape_text(out, answers->fields[i]);
        comma = ", ";
    }
}

/* ---- text -----------------------------------------------------------------------------------
 */

static void print_field_line(struct buf *out, const struct answers *answers,
                             const struct answer *answer, enum field_state state,
                             const char *words)
{
    if (!count_fields(answers, answer, state))
        return;
    buf_printf(out, "      %s ", words);
    print_fields(out, answers, answer, state);
    buf_add_char(out, '\n');
}

static void print_answer(struct buf *out, const struct answers *answers,
                         const struct answer *answer)
{
    char from[TIME_TEXT_SIZE], to[TIME_TEXT_SIZE];
    buf_printf(out, "    %s of ", answer->family->name);
    print_hosts(out, answer->hosts, answer->host_count);
    print_ids(out, answer);
    buf_printf(out, ": %" PRIu64 " event%s", answer->events, answer->events == 1 ? "" : "s");
    if (answer->from != TIME_NONE)
        buf_printf(out, ", %s to %s", time_format_plain(answer->from, from),
                   time_format_plain(answer->to, to));
    buf_add_char(out, '\n');
    print_field_line(out, answers, answer, FIELD_FILLED, "has");
    print_field_line(out, answers, answer, FIELD_EMPTY, "has, but always empty:");
    print_field_line(out, answers, answer, FIELD_LACKING, "lacks");
}

static void print_reason(struct buf *out, const struct answers *answers,
                         const struct answer *answer)
{
    size_t lacking = count_fields(answers, answer, FIELD_LACKING);
    size_t empty = count_fields(answers, answer, FIELD_EMPTY);
    buf_printf(out, "%s of ", answer->family->name);
    print_hosts(out, answer->hosts, answer->host_count);
    if (lacking)
        buf_add_text(out, " lacks ");
    print_fields(out, answers, answer, FIELD_LACKING);
    if (empty)
        buf_add_text(out, lacking ? " and never fills in " : " never fills in ");
    print_fields(out, answers, answer, FIELD_EMPTY);
    if (answer->decides == DECIDES_NOT)
        buf_add_text(out, ", so the rule never matches there");
}

static void print_reasons(struct buf *out, const struct answers *answers)
{
    const char *next = "";
    for (size_t i = 0; i < answers->count; i++) {
        if (!answers->list[i].best || answers->list[i].decides == DECIDES_ALL)
            continue;
        buf_add_text(out, next);
        print_reason(out, answers, &answers->list[i]);
        next = "; ";
    }
    if (answers->idle_count) {
        buf_printf(out, "%sthe log of ", next);
        print_hosts(out, answers->idle, answers->idle_count);
        buf_add_text(out, " has none of the events that the rule looks at: nothing of the kind "
                          "happened, or it was not logged");
        next = "; ";
    }
    if (answers->absent_count) {
        buf_printf(out, "%sno log of this source is there of ", next);
        print_hosts(out, answers->absent, answers->absent_count);
        next = "; ";
    }
    if (answers->left_out)
        buf_printf(out, "%smore kinds of logs than are told apart", next);
}

static void print_sentence(struct buf *out, const struct answers *answers)
{
    static const char *const words[] = {
        [DECIDES_NOT] = "cannot decide: ",
        [DECIDES_PARTLY] = "can decide in part: ",
        [DECIDES_ALL] = "can decide, for the time that the logs cover",
    };
    buf_printf(out, "  %s", words[answers->decides]);
    if (answers->count == 0 && !answers->idle_count)
        buf_add_text(out, "no log of this source is there");
    else if (answers->decides != DECIDES_ALL)
        print_reasons(out, answers);
    buf_add_char(out, '\n');
}

static enum decides print_detection(struct buf *out, const struct sigma_rule *rule,
                                    const struct survey *survey)
{
    struct answers answers;
    answers_find(&answers, rule, survey);
    for (size_t i = 0; i < answers.count; i++)
        print_answer(out, &answers, &answers.list[i]);
    print_sentence(out, &answers);
    enum decides decides = answers.decides;
    answers_deinit(&answers);
    return decides;
}

/* ---- correlations ---------------------------------------------------------------------------
 */

/* Do hits of the rule reach it, straight or through other correlations? */
static bool feeds(const struct sigma_rule *rule, const struct sigma_rule *correlation)
{
    for (size_t i = 0; i < rule->feed_count; i++)
        if (rule->feeds[i].correlation == correlation)
            return true;
    return false;
}

/* What the rules of a correlation decide, added up. */
struct sum {
    bool some, all, none, one_cannot;
};

static void sum_add(struct sum *sum, enum decides decides)
{
    sum->all = (!sum->some || sum->all) && decides == DECIDES_ALL;
    sum->none = (!sum->some || sum->none) && decides == DECIDES_NOT;
    sum->one_cannot |= decides == DECIDES_NOT;
    sum->some = true;
}

static bool needs_all_rules(const struct sigma_correlation *correlation)
{
    bool temporal =
        correlation->kind == SIGMA_TEMPORAL || correlation->kind == SIGMA_TEMPORAL_ORDERED;
    return temporal && !correlation->expression && !correlation->bound_count;
}

static enum decides sum_decides(const struct sum *sum,
                                const struct sigma_correlation *correlation)
{
    if (sum->all)
        return DECIDES_ALL;
    bool cannot = sum->none || (needs_all_rules(correlation) && sum->one_cannot);
    return cannot ? DECIDES_NOT : DECIDES_PARTLY;
}

static void print_correlation(struct buf *out, const struct sigma_set *set,
                              const struct sigma_rule *rule, const struct survey *survey)
{
    static const char *const words[] = {
        [DECIDES_NOT] = "cannot decide: rules that it needs cannot",
        [DECIDES_PARTLY] = "can decide in part, as its rules can",
        [DECIDES_ALL] = "can decide, for the time that the logs cover",
    };
    struct sum sum = { false };
    for (size_t i = 0; i < set->rule_count; i++) {
        if (!set->rules[i]->detection || !feeds(set->rules[i], rule))
            continue;
        buf_add_text(out, "  rule: ");
        escape_text(out, set->rules[i]->title);
        buf_add_char(out, '\n');
        sum_add(&sum, print_detection(out, set->rules[i], survey));
    }
    buf_printf(out, "  the correlation %s\n", words[sum_decides(&sum, rule->correlation)]);
}

void explain_evidence_text(struct buf *out, const struct sigma_set *set,
                           const struct sigma_rule *rule, const struct survey *survey)
{
    buf_add_text(out, "this evidence:\n");
    if (rule->correlation)
        print_correlation(out, set, rule, survey);
    else
        print_detection(out, rule, survey);
    if (survey_left_out(survey))
        buf_add_text(out, "  more hosts, events or columns than are told apart: some are left "
                          "out here\n");
}

/* ---- JSON -----------------------------------------------------------------------------------
 */

static const char *const decides_names[] = {
    [DECIDES_NOT] = "no",
    [DECIDES_PARTLY] = "part",
    [DECIDES_ALL] = "yes",
};

static void json_hosts(struct json *json, const char *key, const struct slice *hosts,
                       size_t count)
{
    json_list_begin(json, key);
    for (size_t i = 0; i < count && i < ANSWER_NAMES_MAX; i++)
        json_list_text(json, hosts[i]);
    json_list_end(json);
}

static void json_ids(struct json *json, const struct answer *answer)
{
    char id[24];
    json_list_begin(json, "event_codes");
    for (size_t i = 0; i < answer->id_count && i < ANSWER_NAMES_MAX; i++) {
        snprintf(id, sizeof id, "%" PRIu64, answer->ids[i]);
        json_list_text(json, slice_from(id));
    }
    json_list_end(json);
}

static void json_fields(struct json *json, const char *key, const struct answers *answers,
                        const struct answer *answer, enum field_state state)
{
    json_list_begin(json, key);
    for (size_t i = 0; i < answers->field_count; i++)
        if (answer->fields[i] == (uint8_t)state)
            json_list_text(json, answers->fields[i]);
    json_list_end(json);
}

static void json_answer(struct buf *out, const struct answers *answers,
                        const struct answer *answer)
{
    struct json json = json_open(out);
    json_text(&json, "source", slice_from(answer->family->name));
    json_hosts(&json, "hosts", answer->hosts, answer->host_count);
    json_ids(&json, answer);
    json_time(&json, "from", answer->from);
    json_time(&json, "to", answer->to);
    json_int(&json, "events", (int64_t)answer->events);
    json_fields(&json, "has", answers, answer, FIELD_FILLED);
    json_fields(&json, "empty", answers, answer, FIELD_EMPTY);
    json_fields(&json, "lacks", answers, answer, FIELD_LACKING);
    json_close(&json);
}

static enum decides json_detection(struct json *json, const struct sigma_rule *rule,
                                   const struct survey *survey)
{
    struct answers answers;
    struct buf logs = BUF_INIT;
    answers_find(&answers, rule, survey);
    json_text(json, "decides", slice_from(decides_names[answers.decides]));
    buf_add_char(&logs, '[');
    for (size_t i = 0; i < answers.count; i++) {
        buf_add_text(&logs, i ? "," : "");
        json_answer(&logs, &answers, &answers.list[i]);
    }
    buf_add_char(&logs, ']');
    json_raw(json, "logs", buf_slice(&logs));
    json_hosts(json, "idle", answers.idle, answers.idle_count);
    json_hosts(json, "absent", answers.absent, answers.absent_count);
    enum decides decides = answers.decides;
    answers_deinit(&answers);
    buf_deinit(&logs);
    return decides;
}

static void json_correlation(struct json *json, const struct sigma_set *set,
                             const struct sigma_rule *rule, const struct survey *survey)
{
    struct sum sum = { false };
    struct buf rules = BUF_INIT;
    buf_add_char(&rules, '[');
    for (size_t i = 0; i < set->rule_count; i++) {
        if (!set->rules[i]->detection || !feeds(set->rules[i], rule))
            continue;
        buf_add_text(&rules, sum.some ? "," : "");
        struct json inner = json_open(&rules);
        json_text(&inner, "title", set->rules[i]->title);
        sum_add(&sum, json_detection(&inner, set->rules[i], survey));
        json_close(&inner);
    }
    buf_add_char(&rules, ']');
    enum decides decides = sum_decides(&sum, rule->correlation);
    json_text(json, "decides", slice_from(decides_names[decides]));
    json_raw(json, "rules", buf_slice(&rules));
    buf_deinit(&rules);
}

void explain_evidence_json(struct buf *out, const struct sigma_set *set,
                           const struct sigma_rule *rule, const struct survey *survey)
{
    struct json json = json_open(out);
    if (rule->correlation)
        json_correlation(&json, set, rule, survey);
    else
        json_detection(&json, rule, survey);
    json_close(&json);
}
