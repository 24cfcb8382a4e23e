#include "cli/yara.h"

#include <stdio.h>

#include "base/escape.h"
#include "evidence/walk.h"

int yara_paths_add(struct yara_paths *paths, const char *path, struct err *err)
{
    if (paths->count == YARA_PATHS_MAX)
        return err_set(err, ERR_USAGE, "more than %d values", YARA_PATHS_MAX);
    paths->paths[paths->count++] = path;
    return 0;
}

struct told {
    size_t refused;
};

static void on_refusal(void *context, const char *file, const char *reason)
{
    struct told *told = context;
    struct buf line = BUF_INIT;
    told->refused++;
    escape_text(&line, slice_from(file));
    buf_add_text(&line, ": ");
    escape_text(&line, slice_from(reason));
    fprintf(stderr, "hauberk: YARA rules left out: %s\n", line.ptr);
    buf_deinit(&line);
}

static bool is_rule_file(const struct evidence_file *file, const char *named)
{
    struct slice path = slice_from(file->path);
    return slice_eq(path, slice_from(named)) || slice_icase_ends(path, SLICE_LIT(".yar")) ||
           slice_icase_ends(path, SLICE_LIT(".yara")) ||
           slice_icase_ends(path, SLICE_LIT(".rule"));
}

static int add_path(struct yara_set *set, const char *path, struct told *told, struct err *err)
{
    struct evidence_list list = EVIDENCE_LIST_INIT;
    char *walked = (char *)(uintptr_t)path;
    int result = 0;
    evidence_walk(&list, &walked, 1);
    for (size_t i = 0; i < list.trouble_count && result == 0; i++)
        if (!list.troubles[i].skipped)
            result = err_set(err, ERR_USAGE, "--yara %s: cannot be read", path);
    for (size_t i = 0; i < list.file_count && result == 0; i++)
        if (is_rule_file(&list.files[i], path))
            yara_set_add(set, list.files[i].path, on_refusal, told);
    evidence_list_deinit(&list);
    return result;
}

int yara_paths_load(const struct yara_paths *paths, struct yara_set **out, struct err *err)
{
    struct told told = { 0 };
    int result = 0;
    *out = NULL;
    if (paths->count == 0)
        return 0;
    struct yara_set *set = yara_set_new();
    for (size_t i = 0; i < paths->count && result == 0; i++)
        result = add_path(set, paths->paths[i], &told, err);
    if (result == 0)
        result = yara_set_seal(set, err);
    if (result < 0) {
        yara_set_free(set);
        return -1;
    }
    fprintf(stderr, "hauberk: YARA: %lu rules of %lu files, %lu files left out\n",
            (unsigned long)yara_set_count(set), (unsigned long)yara_set_files(set),
            (unsigned long)told.refused);
    *out = set;
    return 0;
}
