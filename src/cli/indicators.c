#include "cli/indicators.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/file.h"

static void tell(const char *path, const struct indicator_report *report)
{
    struct buf line = BUF_INIT;
    const char *separator = ": ";
    escape_text(&line, slice_from(path));
    for (int type = 0; type < INDICATOR_TYPE_COUNT; type++) {
        if (!report->added[type])
            continue;
        buf_printf(&line, "%s%" PRIu64 " %s", separator, report->added[type],
                   indicator_type_name((enum indicator_type)type));
        separator = ", ";
    }
    if (*separator == ':')
        buf_add_text(&line, ": none");
    if (report->repeated)
        buf_printf(&line, "; %" PRIu64 " repeated", report->repeated);
    fprintf(stderr, "indicators: %s\n", line.ptr);
    for (size_t i = 0; i < report->reason_count; i++) {
        buf_clear(&line);
        escape_text(&line, slice_from(report->reasons[i].text));
        fprintf(stderr, "indicators: not used: %" PRIu64 ": %s (first: number %" PRIu64 ")\n",
                report->reasons[i].count, line.ptr, report->reasons[i].first);
    }
    buf_deinit(&line);
}

static int load_file(struct loaded_indicators *out, const char *path, struct err *err)
{
    struct buf text = BUF_INIT;
    struct indicator_report *report = mem_alloc(sizeof *report);
    int result = file_read_all(path, INDICATOR_FILE_MAX, &text, err);
    if (result == 0) {
        out->text_hash = out->text_hash * 31 + slice_hash(buf_slice(&text), false);
        result = indicator_list_read(out->set, path_last(slice_from(path)), buf_slice(&text),
                                     report, err);
    }
    if (result == 0)
        tell(path, report);
    else if (err->code != ERR_USAGE)
        err->code = ERR_USAGE; /* the user named the wrong file */
    buf_deinit(&text);
    free(report);
    return result < 0 ? err_wrap(err, "--ioc %s", path) : 0;
}

static struct slice join(struct arena *arena, const char *before, const char *type,
                         const char *between, struct slice list)
{
    struct buf text = BUF_INIT;
    buf_printf(&text, "%s%s%s%.*s", before, type, between, SLICE_FMT(list));
    struct slice copy = arena_copy(arena, buf_slice(&text));
    buf_deinit(&text);
    return copy;
}

/* A rule without detection: its hits come from the indicators. */
static const struct sigma_rule *make_rule(struct sigma_set *set,
                                          const struct indicators *indicators, size_t group)
{
    struct sigma_rule *rule = arena_alloc(&set->arena, sizeof *rule);
    const char *type = indicator_type_name(indicators_group_type(indicators, group));
    struct slice list = indicators_group_list(indicators, group);
    rule->id = join(&set->arena, "ioc:", type, ":", list);
    rule->title = join(&set->arena, "Indicator: ", type, "", slice_from(""));
    rule->description = join(&set->arena, "An indicator of type ", type, " of the list ", list);
    rule->file = arena_copy(&set->arena, list);
    rule->level = SIGMA_LEVEL_HIGH;
    rule->index = set->rule_count;
    set->rules =
        mem_reserve(set->rules, set->rule_count, &set->rule_capacity, sizeof *set->rules);
    set->rules[set->rule_count++] = rule;
    return rule;
}

int indicators_load(struct loaded_indicators *out, char *const *paths, size_t count,
                    struct sigma_set *rules, struct err *err)
{
    *out = (struct loaded_indicators){ NULL, NULL, 0 };
    if (count == 0)
        return 0;
    out->set = indicators_new();
    for (size_t i = 0; i < count; i++)
        if (load_file(out, paths[i], err) < 0)
            return -1;
    indicators_seal(out->set);
    size_t groups = indicators_group_count(out->set);
    out->rules = mem_alloc((groups + 1) * sizeof *out->rules);
    for (size_t i = 0; i < groups; i++)
        out->rules[i] = make_rule(rules, out->set, i);
    return 0;
}

void indicators_unload(struct loaded_indicators *loaded)
{
    indicators_free(loaded->set);
    free(loaded->rules);
}
