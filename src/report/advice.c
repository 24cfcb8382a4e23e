#include "report/advice.h"

#include <string.h>

#include "base/clock.h"
#include "base/embedded.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/ip.h"
#include "sigma/yaml_doc.h"

#define STEPS_MAX 500
#define KEYS_MAX 4000 /* of one host */

static const struct {
    const char *name, *words;
} phases[] = {
    [ADVICE_KEEP] = { "keep", "Keep the evidence" },
    [ADVICE_CONTAIN] = { "contain", "Contain" },
    [ADVICE_CLEAN] = { "clean", "Remove what was planted" },
    [ADVICE_HARDEN] = { "harden", "Close the way in" },
    [ADVICE_TELL] = { "tell", "Tell those who must know" },
};

const char *advice_phase_words(enum advice_phase phase)
{
    return phases[phase].words;
}

/* ---- the catalogue ---- */

struct reader {
    struct arena *arena;
    struct sigma_parse parse;
    struct advice *out;
};

static int read_text(struct reader *reader, const struct yaml_doc_node *node, struct slice *out)
{
    if (node->kind != YAML_DOC_SCALAR || !slice_trim(node->text).len)
        return sigma_refuse(&reader->parse, node->line, "a text is expected here");
    *out = arena_copy(reader->arena, slice_trim(node->text));
    return 0;
}

static int read_phase(struct reader *reader, const struct yaml_doc_node *node,
                      enum advice_phase *out)
{
    for (int i = 0; i < ADVICE_PHASE_COUNT; i++)
        if (slice_eq(node->text, slice_from(phases[i].name))) {
            *out = (enum advice_phase)i;
            return 0;
        }
    return sigma_refuse(&reader->parse, node->line, "'%.*s' is no phase", SHOWN(node->text));
}

static bool is_key(struct slice key)
{
    static const char *const kinds[] = { "grade:", "stage:", "page:",
                                         "cve:",   "rule:",  "setting:" };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (slice_starts(key, slice_from(kinds[i])) && key.len > strlen(kinds[i]))
            return true;
    return false;
}

static int read_keys(struct reader *reader, const struct yaml_doc_node *node,
                     struct advice_step *step)
{
    if (node->kind != YAML_DOC_SEQUENCE || !node->count)
        return sigma_refuse(&reader->parse, node->line, "when: a list of keys");
    step->keys = arena_array(reader->arena, node->count, sizeof *step->keys);
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_doc_node *key = node->children[i];
        if (key->kind != YAML_DOC_SCALAR || !is_key(key->text))
            return sigma_refuse(&reader->parse, key->line, "'%.*s' is no key",
                                SHOWN(key->text));
        step->keys[step->key_count++] = arena_copy(reader->arena, key->text);
    }
    return 0;
}

static int read_command(struct reader *reader, const struct yaml_doc_node *node,
                        struct advice_command *command)
{
    const struct yaml_doc_node *on = yaml_doc_get(node, "on"), *run = yaml_doc_get(node, "run");
    if (!on || !run || yaml_doc_pairs(node) != 2)
        return sigma_refuse(&reader->parse, node->line, "a command has on and run");
    return read_text(reader, on, &command->shell) < 0 ? -1
                                                      : read_text(reader, run, &command->run);
}

static int read_commands(struct reader *reader, const struct yaml_doc_node *node,
                         struct advice_step *step)
{
    if (node->kind != YAML_DOC_SEQUENCE || !node->count)
        return sigma_refuse(&reader->parse, node->line, "commands: a list");
    step->commands = arena_array(reader->arena, node->count, sizeof *step->commands);
    for (size_t i = 0; i < node->count; i++)
        if (read_command(reader, node->children[i], &step->commands[step->command_count++]) < 0)
            return -1;
    return 0;
}

static int read_pair(struct reader *reader, const struct yaml_doc_node *key,
                     const struct yaml_doc_node *value, struct advice_step *step)
{
    if (slice_eq(key->text, SLICE_LIT("step")))
        return read_text(reader, value, &step->name);
    if (slice_eq(key->text, SLICE_LIT("phase")))
        return read_phase(reader, value, &step->phase);
    if (slice_eq(key->text, SLICE_LIT("when")))
        return read_keys(reader, value, step);
    if (slice_eq(key->text, SLICE_LIT("text")))
        return read_text(reader, value, &step->text);
    if (slice_eq(key->text, SLICE_LIT("commands")))
        return read_commands(reader, value, step);
    return sigma_refuse(&reader->parse, key->line, "'%.*s' is no key of a step",
                        SHOWN(key->text));
}

static int read_step(struct reader *reader, const struct yaml_doc_node *node,
                     struct advice_step *step)
{
    step->phase = ADVICE_PHASE_COUNT;
    for (size_t i = 0; node->kind == YAML_DOC_MAPPING && i < yaml_doc_pairs(node); i++)
        if (read_pair(reader, yaml_doc_key(node, i), yaml_doc_value(node, i), step) < 0)
            return -1;
    if (!step->name.len || !step->text.len || !step->key_count ||
        step->phase == ADVICE_PHASE_COUNT)
        return sigma_refuse(&reader->parse, node->line, "a step has step, phase, when, text");
    return 0;
}

static int read_steps(struct reader *reader, const struct yaml_doc_node *root)
{
    if (!root || root->kind != YAML_DOC_SEQUENCE || root->count > STEPS_MAX)
        return sigma_refuse(&reader->parse, 1, "a list of at most %d steps", STEPS_MAX);
    reader->out->steps =
        arena_array(reader->arena, root->count + 1, sizeof *reader->out->steps);
    for (size_t i = 0; i < root->count; i++)
        if (read_step(reader, root->children[i], &reader->out->steps[reader->out->count++]) < 0)
            return -1;
    return 0;
}

int advice_read(struct arena *arena, struct slice text, struct advice *out, struct err *err)
{
    struct reader reader = { .arena = arena, .parse.arena = arena, .out = out };
    struct yaml_doc_reader *yaml = yaml_doc_reader_new(text);
    struct yaml_doc_node *root;
    *out = (struct advice){ 0 };
    int got = yaml_doc_next(yaml, arena, &root, &reader.parse);
    if (got >= 0)
        got = read_steps(&reader, root);
    yaml_doc_reader_free(yaml);
    if (got < 0)
        return err_set(err, ERR_BUG, "advice: line %d: %s", reader.parse.line,
                       reader.parse.err.msg);
    return 0;
}

int advice_builtin(struct arena *arena, struct advice *out, struct err *err)
{
    const struct embedded_file *file = embedded_find("advice/exchange.yml");
    if (!file)
        return err_set(err, ERR_BUG, "advice/exchange.yml is not built in");
    return advice_read(arena, slice_of((const char *)file->data, file->size), out, err);
}

/* ---- the keys of a host ---- */

struct keys {
    struct report *r;
    size_t count;
    struct slice *items;
};

static bool has_key(const struct keys *keys, struct slice key)
{
    for (size_t i = 0; i < keys->count; i++)
        if (slice_icase_eq(keys->items[i], key))
            return true;
    return false;
}

static void add_key(struct keys *keys, const char *kind, struct slice value)
{
    struct slice key = tell_format(keys->r, "%s:%.*s", kind, SLICE_FMT(value));
    if (keys->count < KEYS_MAX && !has_key(keys, key))
        keys->items[keys->count++] = key;
}

static void add_cves(struct keys *keys, struct slice tags)
{
    while (tags.len) {
        struct slice tag = slice_cut(&tags, ' ');
        if (slice_icase_starts(tag, SLICE_LIT("cve.")))
            add_key(keys, "cve", slice_from_offset(tag, 4));
    }
}

/* What was only tried is an attempt, whatever its rule's stage. */
static void add_findings(struct keys *keys, struct slice host)
{
    struct query q;
    query_open(&q, keys->r->casefile,
               "SELECT r.rule_id, r.tags, f.stage, max(f.outcome='success') FROM finding f"
               " JOIN rule r ON r.id=f.rule WHERE f.host=? AND f.stage IN " STAGES_ALL
               " AND NOT f.silent AND NOT f.own_probe AND r.rule_id NOT LIKE 'hauberk-page-%'"
               " GROUP BY f.rule, f.stage ORDER BY max(f.grade) DESC LIMIT 500");
    query_bind_text(&q, host);
    while (query_next(&q)) {
        enum stage stage = stage_by_name(query_text(&q, 2));
        bool tried = stage >= STAGE_REACH && stage <= STAGE_ANSWER && !query_int(&q, 3);
        add_key(keys, "stage", slice_from(stage_name(tried ? STAGE_ATTEMPT : stage)));
        add_key(keys, "rule", query_text(&q, 0));
        add_cves(keys, query_text(&q, 1));
    }
    query_close(&q);
}

static void add_settings(struct keys *keys, const struct host_verdict *v)
{
    if (v->partial)
        add_key(keys, "setting", SLICE_LIT("partial"));
    if (v->blind.from != TIME_NONE)
        add_key(keys, "setting", SLICE_LIT("blind"));
    if (tell_limits(keys->r).len)
        add_key(keys, "setting", SLICE_LIT("limited"));
    if (!v->pages_analysed && !v->pages_known && !v->pages_listed)
        add_key(keys, "setting", SLICE_LIT("no-pages"));
    if (!verdict_covers(v, FAMILY_WIN_SECURITY) && !verdict_covers(v, FAMILY_WIN_SYSMON))
        add_key(keys, "setting", SLICE_LIT("no-event-logs"));
}

static void read_host_keys(struct keys *keys, const struct host_verdict *v)
{
    keys->items = arena_array(&keys->r->arena, KEYS_MAX, sizeof *keys->items);
    add_key(keys, "grade", slice_from(grade_name(v->grade)));
    add_findings(keys, v->host);
    for (size_t i = 0; i < v->disk_count; i++)
        add_key(keys, "page", slice_from(webshell_class_name(v->disk[i].class)));
    if (v->disk_planted)
        add_key(keys, "stage", SLICE_LIT("plant"));
    add_settings(keys, v);
}

/* ---- the names of a case ---- */

enum name_kind {
    NAME_PAGES,
    NAME_HASHES,
    NAME_SOURCES,
    NAME_FROM,
    NAME_TO,
    NAME_HOST,
    NAME_KIND_COUNT
};

static const char *const name_kinds[] = {
    [NAME_PAGES] = "<pages>", [NAME_HASHES] = "<hashes>", [NAME_SOURCES] = "<sources>",
    [NAME_FROM] = "<from>",   [NAME_TO] = "<to>",         [NAME_HOST] = "<host>",
};

struct name_list {
    size_t count;
    struct slice items[ADVICE_NAMES_MAX];
    struct buf quoted; /* 'a','b' */
};

struct names {
    struct report *r;
    struct name_list lists[NAME_KIND_COUNT];
    size_t left_out;
};

/* U+2018 to U+201B are quotes to PowerShell. */
static bool is_quote(uint32_t c)
{
    return c == '\'' || (c >= 0x2018 && c <= 0x201b);
}

/* Would anything of it show otherwise than it is? */
static bool is_plain(struct slice text)
{
    struct buf shown = BUF_INIT;
    escape_text(&shown, text);
    bool plain = utf8_valid(text) && slice_eq(buf_slice(&shown), text);
    buf_deinit(&shown);
    return plain && text.len > 0 && text.len <= ADVICE_NAME_BYTES_MAX;
}

bool advice_quote(struct buf *out, struct slice text)
{
    if (!is_plain(text))
        return false;
    buf_add_char(out, '\'');
    for (size_t pos = 0; pos < text.len;) {
        uint32_t c = utf8_next(text, &pos);
        buf_add_utf8(out, c);
        if (is_quote(c))
            buf_add_utf8(out, c);
    }
    buf_add_char(out, '\'');
    return true;
}

static bool is_known(const struct name_list *list, struct slice name)
{
    for (size_t i = 0; i < list->count; i++)
        if (slice_icase_eq(list->items[i], name))
            return true;
    return false;
}

static void add_name(struct names *names, enum name_kind kind, struct slice name)
{
    struct name_list *list = &names->lists[kind];
    struct buf quoted = BUF_INIT;
    if (!name.len || is_known(list, name))
        return;
    /* As it may be shown: a report may put tokens in the place of names. */
    if (list->count == ADVICE_NAMES_MAX || !is_plain(name) ||
        !advice_quote(&quoted, tell_safe(names->r, name))) {
        names->left_out++;
    } else {
        list->items[list->count++] = name;
        if (list->quoted.len)
            buf_add_char(&list->quoted, ',');
        buf_add_slice(&list->quoted, buf_slice(&quoted));
    }
    buf_deinit(&quoted);
}

/* "C:\x\y.aspx" or "/x/y.aspx" → "y.aspx" */
static struct slice file_name(struct slice path)
{
    for (size_t i = path.len; i > 0; i--)
        if (path.ptr[i - 1] == '/' || path.ptr[i - 1] == '\\')
            return slice_from_offset(path, i);
    return path;
}

static void add_source(struct names *names, struct slice source)
{
    struct ip ip;
    if (ip_parse(source, &ip) && !ip_is_loopback(&ip))
        add_name(names, NAME_SOURCES, ip_text(source));
}

static void add_time(struct names *names, enum name_kind kind, int64_t time)
{
    char text[TIME_TEXT_SIZE];
    if (time != TIME_NONE)
        add_name(names, kind,
                 arena_copy(&names->r->arena, slice_from(time_format(time, text))));
}

static void read_names(const struct host_verdict *v, struct names *names)
{
    struct report *r = names->r;
    char hash[HASH_TEXT_SIZE];
    for (size_t i = 0; i < v->disk_count && v->disk[i].grade >= GRADE_E4; i++) {
        const struct page_record *record = v->disk[i].record;
        add_name(names, NAME_PAGES, file_name(v->disk[i].path));
        add_name(names, NAME_HASHES,
                 arena_copy(&r->arena, slice_from(hash_text(record->sha256,
                                                            sizeof record->sha256, hash))));
    }
    add_name(names, NAME_PAGES, file_name(v->plant.what));
    for (size_t i = 0; i < v->answered_pages; i++) {
        add_name(names, NAME_PAGES, file_name(v->pages[i].page));
        for (size_t s = 0; s < v->pages[i].source_count; s++)
            add_source(names, v->pages[i].sources[s]);
    }
    for (size_t i = 0; i < v->exploiter_count; i++)
        add_source(names, v->exploiters[i]);
    add_time(names, NAME_FROM, v->first);
    add_time(names, NAME_TO, v->last);
    add_name(names, NAME_HOST, v->host);
}

/* ---- steps with names ---- */

/* The kind whose placeholder the text starts with; NAME_KIND_COUNT: none. */
static enum name_kind placeholder_at(struct slice text)
{
    int kind = 0;
    while (kind < NAME_KIND_COUNT && !slice_starts(text, slice_from(name_kinds[kind])))
        kind++;
    return (enum name_kind)kind;
}

/* false: a name that it needs is not known. */
static bool fill(struct buf *out, struct slice run, const struct names *names)
{
    for (size_t i = 0; i < run.len;) {
        enum name_kind kind = placeholder_at(slice_from_offset(run, i));
        if (kind == NAME_KIND_COUNT) {
            buf_add_char(out, run.ptr[i++]);
            continue;
        }
        if (!names->lists[kind].count)
            return false;
        buf_add_slice(out, buf_slice(&names->lists[kind].quoted));
        i += strlen(name_kinds[kind]);
    }
    return true;
}

static void fill_commands(struct report *r, const struct advice_step *from,
                          const struct names *names, struct advice_step *step)
{
    step->commands = arena_array(&r->arena, from->command_count + 1, sizeof *step->commands);
    step->command_count = 0;
    for (size_t i = 0; i < from->command_count; i++) {
        struct buf run = BUF_INIT;
        struct advice_command *command = &step->commands[step->command_count];
        if (fill(&run, from->commands[i].run, names)) {
            *command = (struct advice_command){ from->commands[i].shell,
                                                arena_copy(&r->arena, buf_slice(&run)) };
            step->command_count++;
        }
        buf_deinit(&run);
    }
}

static bool holds(const struct keys *keys, const struct advice_step *step)
{
    for (size_t i = 0; i < step->key_count; i++)
        if (has_key(keys, step->keys[i]))
            return true;
    return false;
}

static void choose(struct report *r, const struct advice *all, const struct keys *keys,
                   const struct names *names, struct advice *out)
{
    out->steps = arena_array(&r->arena, all->count + 1, sizeof *out->steps);
    for (int phase = 0; phase < ADVICE_PHASE_COUNT; phase++)
        for (size_t i = 0; i < all->count; i++) {
            const struct advice_step *step = &all->steps[i];
            if ((int)step->phase != phase || !holds(keys, step))
                continue;
            out->steps[out->count] = *step;
            fill_commands(r, step, names, &out->steps[out->count++]);
        }
}

void advice_for_host(struct report *r, const struct host_verdict *v, struct advice *out)
{
    struct advice all;
    struct keys keys = { r, 0, NULL };
    AUTO_FREE struct names *names = mem_alloc(sizeof *names);
    *out = (struct advice){ 0 };
    names->r = r;
    if (advice_builtin(&r->arena, &all, NULL) < 0)
        return; /* never: a test reads it */
    read_host_keys(&keys, v);
    read_names(v, names);
    choose(r, &all, &keys, names, out);
    out->left_out = names->left_out;
    for (int kind = 0; kind < NAME_KIND_COUNT; kind++)
        buf_deinit(&names->lists[kind].quoted);
}
