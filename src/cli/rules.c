#include "cli/rules.h"

#include <stdio.h>

#include "base/embedded.h"
#include "base/escape.h"
#include "base/file.h"
#include "exchange/request.h"
#include "exchange/target.h"
#include "sigma/set.h"

#define RULE_FILE_MAX (4U << 20)
#define RULE_FOLDER_DEPTH 32

const struct derived_field rules_derived[] = {
    { "hauberk.page.class", request_page_class, request_page_literals, true },
    { "hauberk.page.path", request_page_path, request_page_literals, true },
    { "hauberk.target.path", target_path, target_literals, false },
    { "hauberk.target.query", target_query, target_literals, false },
    { "hauberk.target.autodiscover", target_autodiscover, target_autodiscover_literals, false },
};
const size_t rules_derived_count = sizeof rules_derived / sizeof *rules_derived;

static bool is_rule_file(struct slice name)
{
    return slice_icase_ends(name, SLICE_LIT(".yml")) ||
           slice_icase_ends(name, SLICE_LIT(".yaml"));
}

void rules_add_embedded(struct sigma_set *set)
{
    for (size_t i = 0; i < embedded_file_count; i++) {
        const struct embedded_file *file = &embedded_files[i];
        struct slice name = slice_from(file->name);
        if (slice_starts(name, SLICE_LIT("exchange/")) && is_rule_file(name))
            sigma_set_add_text(set, name, slice_of((const char *)file->data, file->size));
    }
}

static int add_file(struct sigma_set *set, const char *path, struct err *err)
{
    struct buf text = BUF_INIT;
    int result = file_read_all(path, RULE_FILE_MAX, &text, err);
    if (result == 0)
        sigma_set_add_text(set, slice_from(path), buf_slice(&text));
    buf_deinit(&text);
    return result;
}

static int add_folder(struct sigma_set *set, const char *path, int depth, struct err *err)
{
    struct folder folder;
    int result = 0;
    if (depth > RULE_FOLDER_DEPTH)
        return err_set(err, ERR_USAGE, "%s: folders nested too deep", path);
    if (folder_read(path, &folder, err) < 0)
        return err_wrap(err, "%s", path);
    for (size_t i = 0; i < folder.count && result == 0; i++) {
        AUTO_FREE char *child = path_join(path, folder.names[i]);
        enum file_kind kind = file_kind(child, false, NULL);
        if (kind == FILE_FOLDER)
            result = add_folder(set, child, depth + 1, err);
        else if (kind == FILE_REGULAR && is_rule_file(slice_from(folder.names[i])))
            result = add_file(set, child, err) < 0 ? err_wrap(err, "%s", child) : 0;
    }
    folder_deinit(&folder);
    return result;
}

int rules_add_path(struct sigma_set *set, const char *path, struct err *err)
{
    switch (file_kind(path, true, NULL)) {
    case FILE_FOLDER:
        return add_folder(set, path, 0, err);
    case FILE_REGULAR:
        return add_file(set, path, err) < 0 ? err_wrap(err, "%s", path) : 0;
    default:
        return err_set(err, ERR_USAGE, "%s: no such rule file or folder", path);
    }
}

static int add_list(struct sigma_placeholders *placeholders, struct slice name,
                    const char *path, struct err *err)
{
    struct buf text = BUF_INIT;
    int result = file_read_all(path, SIGMA_PLACEHOLDER_BYTES_MAX, &text, err);
    if (result == 0)
        result = sigma_placeholders_add(placeholders, name, buf_slice(&text), err);
    buf_deinit(&text);
    return result < 0 ? err_wrap(err, "%s", path) : 0;
}

static int add_list_folder(struct sigma_placeholders *placeholders, const char *path,
                           struct err *err)
{
    static const struct slice suffix = { ".txt", 4 };
    struct folder folder;
    int result = 0;
    size_t before = placeholders->count;
    if (folder_read(path, &folder, err) < 0)
        return err_wrap(err, "%s", path);
    for (size_t i = 0; i < folder.count && result == 0; i++) {
        struct slice name = slice_from(folder.names[i]);
        AUTO_FREE char *child = path_join(path, folder.names[i]);
        if (slice_icase_ends(name, suffix) && file_kind(child, true, NULL) == FILE_REGULAR)
            result =
                add_list(placeholders, slice_first(name, name.len - suffix.len), child, err);
    }
    folder_deinit(&folder);
    if (result == 0 && placeholders->count == before)
        return err_set(err, ERR_USAGE, "%s: no NAME.txt in this folder", path);
    return result;
}

int rules_add_placeholders(struct sigma_placeholders *placeholders, const char *argument,
                           struct err *err)
{
    struct slice path = slice_from(argument);
    struct slice name = slice_cut(&path, '=');
    if (path.ptr)
        return add_list(placeholders, name, path.ptr, err);
    if (file_kind(argument, true, NULL) == FILE_FOLDER)
        return add_list_folder(placeholders, argument, err);
    return err_set(err, ERR_USAGE, "\"%s\" is neither NAME=FILE nor a folder", argument);
}

/* Takes the rule with that id out of the set; false when there is none. What was cut out of it
 * goes when the set is linked. */
static bool leave_out(struct sigma_set *set, struct slice id)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->rule_count; i++)
        if (!slice_icase_eq(set->rules[i]->id, id))
            set->rules[kept++] = set->rules[i];
    bool found = kept < set->rule_count;
    set->rule_count = kept;
    return found;
}

static void refuse(struct sigma_set *set, const struct sigma_rule *rule, const struct err *err)
{
    struct sigma_refusal refusal = { rule->file, rule->line, rule->title,
                                     arena_copy(&set->arena, slice_from(err->msg)) };
    sigma_set_refuse(set, refusal);
}

static void seal_filters(struct sigma_set *set)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->filter_count; i++) {
        struct err why = ERR_INIT;
        if (engine_validate_rule(set->filters[i].rule, &why) < 0)
            refuse(set, set->filters[i].rule, &why);
        else
            set->filters[kept++] = set->filters[i];
    }
    set->filter_count = kept;
}

void rules_seal(struct sigma_set *set, char *const *disabled, size_t disabled_count)
{
    for (size_t i = 0; i < disabled_count; i++)
        if (!leave_out(set, slice_from(disabled[i])))
            fprintf(stderr, "hauberk: --disable: no rule has the id %s\n", disabled[i]);
    size_t kept = 0;
    for (size_t i = 0; i < set->rule_count; i++) {
        struct sigma_rule *rule = set->rules[i];
        struct err why = ERR_INIT;
        if (engine_validate_rule(rule, &why) < 0)
            refuse(set, rule, &why);
        else
            set->rules[kept++] = rule;
    }
    set->rule_count = kept;
    seal_filters(set);
    sigma_set_link(set);
}

static void print_to_stderr(const char *what, const struct sigma_refusal *refusal)
{
    struct buf line = BUF_INIT;
    rules_refusal_text(&line, refusal);
    fprintf(stderr, "%s: %s\n", what, line.ptr);
    buf_deinit(&line);
}

void rules_refusal_text(struct buf *out, const struct sigma_refusal *refusal)
{
    escape_text(out, refusal->file);
    buf_printf(out, ":%d: ", refusal->line);
    if (refusal->rule.len) {
        escape_text(out, refusal->rule);
        buf_add_text(out, ": ");
    }
    escape_text(out, refusal->reason);
}

void rules_print_refusals(const struct sigma_set *set)
{
    for (size_t i = 0; i < set->warning_count; i++)
        print_to_stderr("warning", &set->warnings[i]);
    for (size_t i = 0; i < set->refusal_count; i++)
        print_to_stderr("refused", &set->refusals[i]);
}
