#include "webshell/yara.h"

#include <stdio.h>
#include <stdlib.h>

#include <yara.h>

#include "base/file.h"
#include "base/hash.h"

#define FILE_BYTES_MAX (64U << 20) /* of rules */
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *const externals[] = { "filename", "filepath", "extension",
                                         "filetype", "owner",    "md5" };

struct yara_set {
    size_t file_count, file_capacity;
    char **files; /* that compile; their index is the name of their namespace */
    YR_RULES *rules;
    size_t rule_count;
    struct yara_rule *list;
    uint64_t hash;
};

struct yara_set *yara_set_new(void)
{
    yr_initialize();
    return mem_alloc(sizeof(struct yara_set));
}

void yara_set_free(struct yara_set *set)
{
    if (!set)
        return;
    if (set->rules)
        yr_rules_destroy(set->rules);
    for (size_t i = 0; i < set->file_count; i++)
        free(set->files[i]);
    free(set->files);
    free(set->list);
    free(set);
    yr_finalize();
}

/* ---- compiling ---- */

struct message {
    char text[256];
};

/* The first error of a file; warnings are the author's business. */
static void on_message(int level, const char *file, int line, const YR_RULE *rule,
                       const char *text, void *context)
{
    struct message *message = context;
    (void)file;
    (void)rule;
    if (level == YARA_ERROR_LEVEL_ERROR && !message->text[0])
        snprintf(message->text, sizeof message->text, "line %d: %s", line, text);
}

static YR_COMPILER *compiler_new(struct message *message)
{
    YR_COMPILER *compiler;
    if (yr_compiler_create(&compiler) != ERROR_SUCCESS)
        return NULL;
    yr_compiler_set_callback(compiler, on_message, message);
    for (size_t i = 0; i < COUNT(externals); i++)
        yr_compiler_define_string_variable(compiler, externals[i], "");
    return compiler;
}

/* The number of errors; what they are is in the compiler's message. */
static int compile_file(YR_COMPILER *compiler, const char *path, const char *name)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return 1;
    int errors = yr_compiler_add_file(compiler, file, name, path);
    fclose(file);
    return errors;
}

/* A compiler is of no use after an error, so each file is tried alone first. */
static bool compiles(const char *path, struct message *message)
{
    YR_COMPILER *compiler = compiler_new(message);
    YR_RULES *rules = NULL;
    bool good = compiler && compile_file(compiler, path, NULL) == 0 &&
                yr_compiler_get_rules(compiler, &rules) == ERROR_SUCCESS;
    if (rules)
        yr_rules_destroy(rules);
    if (compiler)
        yr_compiler_destroy(compiler);
    return good;
}

void yara_set_add(struct yara_set *set, const char *path, yara_refusal *refused, void *context)
{
    struct message message = { "" };
    struct buf text = BUF_INIT;
    struct err err = ERR_INIT;
    if (file_read_all(path, FILE_BYTES_MAX, &text, &err) < 0) {
        refused(context, path, err.msg);
    } else if (!compiles(path, &message)) {
        refused(context, path, message.text[0] ? message.text : "does not compile");
    } else {
        set->files =
            mem_reserve(set->files, set->file_count, &set->file_capacity, sizeof *set->files);
        set->files[set->file_count++] = mem_strdup(path);
        set->hash = set->hash * 31 + slice_hash(buf_slice(&text), false);
    }
    buf_deinit(&text);
}

static const char *file_of(const struct yara_set *set, const YR_RULE *rule)
{
    uint64_t index;
    bool known = slice_to_u64(slice_from(rule->ns->name), &index) && index < set->file_count;
    return known ? set->files[index] : "";
}

static void describe_rule(const struct yara_set *set, YR_RULE *rule, struct yara_rule *out)
{
    YR_META *meta;
    *out =
        (struct yara_rule){ rule->identifier, rule->identifier, NULL, file_of(set, rule), -1 };
    yr_rule_metas_foreach(rule, meta)
    {
        bool text = meta->type == META_TYPE_STRING;
        if (text && strcmp(meta->identifier, "description") == 0 && meta->string[0])
            out->description = meta->string;
        if (text && strcmp(meta->identifier, "hauberk_stage") == 0)
            out->stage = meta->string;
        if (meta->type == META_TYPE_INTEGER && strcmp(meta->identifier, "score") == 0)
            out->score = meta->integer;
    }
}

static void list_rules(struct yara_set *set)
{
    YR_RULE *rule;
    size_t i = 0;
    set->rule_count = set->rules->num_rules;
    set->list = mem_alloc((set->rule_count + 1) * sizeof *set->list);
    yr_rules_foreach(set->rules, rule)
    {
        if (i < set->rule_count)
            describe_rule(set, rule, &set->list[i++]);
    }
}

int yara_set_seal(struct yara_set *set, struct err *err)
{
    struct message message = { "" };
    char name[24];
    YR_COMPILER *compiler = compiler_new(&message);
    int errors = compiler ? 0 : 1;
    for (size_t i = 0; i < set->file_count && errors == 0; i++) {
        snprintf(name, sizeof name, "%lu", (unsigned long)i);
        errors = compile_file(compiler, set->files[i], name);
        if (errors)
            err_set(err, ERR_RULE, "%s: %s", set->files[i], message.text);
    }
    if (errors == 0 && yr_compiler_get_rules(compiler, &set->rules) != ERROR_SUCCESS)
        errors = err_set(err, ERR_RULE, "the YARA rules do not go together");
    if (compiler)
        yr_compiler_destroy(compiler);
    if (errors)
        return -1;
    list_rules(set);
    return 0;
}

size_t yara_set_count(const struct yara_set *set)
{
    return set ? set->rule_count : 0;
}

size_t yara_set_files(const struct yara_set *set)
{
    return set->file_count;
}

const struct yara_rule *yara_set_rule(const struct yara_set *set, size_t index)
{
    return index < yara_set_count(set) ? &set->list[index] : NULL;
}

uint64_t yara_set_hash(const struct yara_set *set)
{
    return set ? set->hash : 0;
}

/* ---- scanning ---- */

struct yara_scanner {
    const struct yara_set *set;
    YR_SCANNER *scanner;
    void (*hit)(void *context, const struct yara_hit *hit);
    void *context;
};

struct yara_scanner *yara_scanner_new(const struct yara_set *set)
{
    struct yara_scanner *scanner = mem_alloc(sizeof *scanner);
    scanner->set = set;
    if (yr_scanner_create(set->rules, &scanner->scanner) != ERROR_SUCCESS)
        scanner->scanner = NULL;
    return scanner;
}

void yara_scanner_free(struct yara_scanner *scanner)
{
    if (!scanner)
        return;
    if (scanner->scanner)
        yr_scanner_destroy(scanner->scanner);
    free(scanner);
}

/* libyara 4.2 packs matches without regard to alignment: each is copied before it is read. */
static YR_MATCH match_copy(const void *at)
{
    YR_MATCH copy;
    memcpy(&copy, at, sizeof copy);
    return copy;
}

/* They are in order of their place; private ones are not told. */
static void first_match(const YR_SCAN_CONTEXT *scan, YR_RULE *rule, struct yara_hit *hit)
{
    YR_STRING *string;
    yr_rule_strings_foreach(rule, string)
    {
        for (const void *at = scan->matches[string->idx].head; at;) {
            YR_MATCH match = match_copy(at);
            at = match.next;
            if (match.is_private)
                continue;
            uint64_t offset = (uint64_t)(match.base + match.offset);
            if (!hit->string || offset < hit->offset) {
                hit->string = string->identifier;
                hit->offset = offset;
            }
            break;
        }
    }
}

static int on_scan(YR_SCAN_CONTEXT *scan, int message, void *data, void *context)
{
    struct yara_scanner *scanner = context;
    YR_RULE *rule = data;
    if (message != CALLBACK_MSG_RULE_MATCHING)
        return CALLBACK_CONTINUE;
    struct yara_hit hit = { (uint32_t)(rule - scanner->set->rules->rules_table), 0, NULL };
    first_match(scan, rule, &hit);
    scanner->hit(scanner->context, &hit);
    return CALLBACK_CONTINUE;
}

/* What Loki calls a file by its first bytes, of those that pages hide behind. */
static const char *type_of(struct slice bytes)
{
    static const struct {
        struct slice magic;
        const char *name;
    } types[] = {
        { { "MZ", 2 }, "EXE" },      { { "PK\3\4", 4 }, "ZIP" },
        { { "GIF8", 4 }, "GIF" },    { { "\xff\xd8\xff", 3 }, "JPEG" },
        { { "\x89PNG", 4 }, "PNG" }, { { "%PDF", 4 }, "PDF" },
    };
    for (size_t i = 0; i < COUNT(types); i++)
        if (slice_starts(bytes, types[i].magic))
            return types[i].name;
    return "";
}

static void define_externals(YR_SCANNER *scanner, struct slice bytes, const char *path)
{
    char hash[HASH_TEXT_SIZE];
    uint8_t digest[HASH_BYTES_MAX];
    struct slice name = path_last(slice_from(path));
    size_t dot = name.len;
    while (dot > 0 && name.ptr[dot - 1] != '.')
        dot--;
    AUTO_FREE char *folder = mem_strdup(path);
    size_t length = (size_t)(name.ptr - path);
    folder[length > 1 ? length - 1 : length] = '\0';
    hash_bytes(HASH_MD5, bytes, digest);
    hash_text(digest, hash_size(HASH_MD5), hash);
    const char *const values[] = { name.ptr,       folder, dot ? name.ptr + dot - 1 : "",
                                   type_of(bytes), "",     hash };
    for (size_t i = 0; i < COUNT(externals); i++)
        yr_scanner_define_string_variable(scanner, externals[i], values[i]);
}

int yara_scan(struct yara_scanner *scanner, struct slice bytes, const char *path,
              void (*hit)(void *context, const struct yara_hit *hit), void *context,
              struct err *err)
{
    if (!scanner->scanner)
        return err_set(err, ERR_RESOURCE, "no YARA scanner");
    scanner->hit = hit;
    scanner->context = context;
    define_externals(scanner->scanner, bytes, path);
    yr_scanner_set_callback(scanner->scanner, on_scan, scanner);
    yr_scanner_set_timeout(scanner->scanner, YARA_TIMEOUT_SECONDS);
    /* Crashes are the worker's: the coordinator knows what to do. */
    yr_scanner_set_flags(scanner->scanner,
                         SCAN_FLAGS_REPORT_RULES_MATCHING | SCAN_FLAGS_NO_TRYCATCH);
    int got = yr_scanner_scan_mem(scanner->scanner, (const uint8_t *)bytes.ptr, bytes.len);
    if (got == ERROR_SCAN_TIMEOUT || got == ERROR_TOO_MANY_MATCHES)
        return 1;
    return got == ERROR_SUCCESS ? 0 : err_set(err, ERR_EVIDENCE, "YARA failed (%d)", got);
}
