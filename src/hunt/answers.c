#include "hunt/answers.h"

#include <stdlib.h>

#include "base/file.h"
#include "casefile/pages.h"

#define PAGES_MAX 1000 /* that are looked for */

struct wanted {
    struct slice path, url;
};

struct answers {
    struct arena arena;
    size_t count;
    struct wanted *wanted;
    int64_t rule; /* id in the case */
    struct sigma_set set;
    struct engine *engine;
    struct rule_facts *facts;
    struct scan_settings settings;
    struct query seen;
};

/* ---- which pages ---- */

static void read_wanted(struct answers *answers, struct casefile *casefile)
{
    struct query query;
    answers->wanted = arena_array(&answers->arena, PAGES_MAX, sizeof *answers->wanted);
    query_open(&query, casefile,
               "SELECT i.path, p.url FROM page p JOIN item i ON i.id=p.item WHERE p.found IN"
               " ('shell','loader','stealer') ORDER BY p.item");
    while (answers->count < PAGES_MAX && query_next(&query)) {
        struct wanted *wanted = &answers->wanted[answers->count++];
        wanted->path = arena_copy(&answers->arena, query_text(&query, 0));
        wanted->url = arena_copy(&answers->arena, query_text(&query, 1));
    }
    query_close(&query);
}

/* ---- the rule that finds their names ---- */

/* IIS writes a blank of the path as '+'. */
static struct slice as_logged(struct arena *arena, struct slice name)
{
    char *text = arena_text(arena, name);
    for (size_t i = 0; i < name.len; i++)
        if (text[i] == ' ')
            text[i] = '+';
    return slice_of(text, name.len);
}

static struct sigma_pattern anywhere(struct arena *arena, struct slice text)
{
    struct sigma_token run = { .kind = SIGMA_TOKEN_RUN };
    struct sigma_pattern pattern = { 3, arena_array(arena, 3, sizeof *pattern.tokens) };
    pattern.tokens[0] = pattern.tokens[2] = run;
    pattern.tokens[1] = (struct sigma_token){ .kind = SIGMA_TOKEN_TEXT, .text = text };
    return pattern;
}

static struct sigma_item *names_item(struct answers *answers)
{
    struct arena *arena = &answers->set.arena;
    struct sigma_item *item = arena_alloc(arena, sizeof *item);
    item->field = SLICE_LIT("cs-uri-stem");
    item->values = arena_array(arena, 2 * answers->count, sizeof *item->values);
    for (size_t i = 0; i < answers->count; i++) {
        struct slice name = path_last(answers->wanted[i].path);
        const struct slice forms[] = { name, as_logged(arena, name) };
        size_t count = slice_find_char(name, ' ') == SIZE_MAX ? 1 : 2;
        for (size_t f = 0; f < count; f++) {
            struct sigma_value *value = &item->values[item->count++];
            value->kind = SIGMA_VALUE_PATTERN;
            value->text = forms[f];
            value->pattern = anywhere(arena, forms[f]);
        }
    }
    return item;
}

static void make_rule(struct answers *answers)
{
    struct sigma_set *set = &answers->set;
    struct sigma_rule *rule = arena_alloc(&set->arena, sizeof *rule);
    rule->title = rule->id = SLICE_LIT("hauberk-page-answered");
    rule->tags = arena_array(&set->arena, 1, sizeof *rule->tags);
    rule->tags[rule->tag_count++] = SLICE_LIT("hauberk.stage.answer");
    rule->detection = arena_alloc(&set->arena, sizeof *rule->detection);
    rule->detection->kind = SIGMA_NODE_ITEM;
    rule->detection->item = names_item(answers);
    rule->node_count = 1;
    set->rules =
        mem_reserve(set->rules, set->rule_count, &set->rule_capacity, sizeof *set->rules);
    set->rules[set->rule_count++] = rule;
}

/* ---- life ---- */

static void open_queries(struct answers *answers, struct casefile *casefile)
{
    casefile_execute(casefile, "CREATE INDEX IF NOT EXISTS finding_item ON"
                               " finding(item, offset, host)");
    query_open(&answers->seen, casefile,
               "SELECT 1 FROM finding WHERE item=? AND offset=? AND stage='answer'");
}

struct answers *answers_new(struct casefile *casefile, const struct scan_settings *scan)
{
    struct answers *answers = mem_alloc(sizeof *answers);
    struct engine_options options = { .every_source = true };
    answers->set = (struct sigma_set)SIGMA_SET_INIT;
    read_wanted(answers, casefile);
    if (answers->count == 0) {
        answers_free(answers);
        return NULL;
    }
    make_rule(answers);
    answers->rule = pages_rule_id(casefile, PAGE_RULE_ANSWERED);
    answers->engine = engine_new(&answers->set, &options);
    answers->facts = rule_facts_new(&answers->set);
    answers->settings = (struct scan_settings){ .set = &answers->set,
                                                .engine = answers->engine,
                                                .facts = answers->facts,
                                                .since = scan->since,
                                                .until = scan->until,
                                                .proxies = scan->proxies };
    open_queries(answers, casefile);
    return answers;
}

void answers_free(struct answers *answers)
{
    if (!answers)
        return;
    query_close(&answers->seen);
    engine_free(answers->engine);
    free(answers->facts);
    sigma_set_deinit(&answers->set);
    arena_deinit(&answers->arena);
    free(answers);
}

const struct scan_settings *answers_settings(const struct answers *answers)
{
    return &answers->settings;
}

/* ---- what is told ---- */

/* Up to the page's name: what follows is path information for it. */
static struct slice without_path_info(struct slice url)
{
    for (size_t end = 1; end < url.len; end++)
        if (url.ptr[end] == '/' && exchange_page_is_script(slice_first(url, end)))
            return slice_first(url, end);
    return url;
}

static bool is_wanted(const struct answers *answers, struct slice url)
{
    for (size_t i = 0; i < answers->count; i++)
        if (pages_matches_url(answers->wanted[i].path, answers->wanted[i].url, url))
            return true;
    return false;
}

/* Is this row a finding already, of a rule about foreign pages? */
static bool is_told(struct answers *answers, uint64_t item, uint64_t offset)
{
    query_rewind(&answers->seen);
    query_bind_int(&answers->seen, (int64_t)item);
    query_bind_int(&answers->seen, (int64_t)offset);
    return query_next(&answers->seen);
}

void answers_take(struct answers *answers, struct casefile *casefile, uint64_t item,
                  struct record *record)
{
    char text[PAGE_SCRATCH_SIZE];
    struct finding *finding = &record->finding;
    if (record->kind != RECORD_FINDING || answers->rule < 0)
        return;
    struct slice url =
        without_path_info(exchange_path_normalise(finding->url_path, text, sizeof text));
    if (!is_wanted(answers, url) || is_told(answers, item, finding->offset))
        return;
    finding->rule = (uint32_t)answers->rule;
    finding->page = url;
    finding->page_foreign = true;
    finding->own_probe = false;
    casefile_add_record(casefile, item, record);
}
