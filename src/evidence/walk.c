#include "evidence/walk.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"

static void add_file(struct evidence_list *list, const char *path, size_t root, uint64_t size)
{
    list->files =
        mem_reserve(list->files, list->file_count, &list->file_capacity, sizeof *list->files);
    list->files[list->file_count++] = (struct evidence_file){ mem_strdup(path), root, size };
    list->bytes += size;
}

static void add_trouble(struct evidence_list *list, const char *path, size_t root,
                        const char *reason, bool skipped)
{
    list->troubles = mem_reserve(list->troubles, list->trouble_count, &list->trouble_capacity,
                                 sizeof *list->troubles);
    struct evidence_trouble *trouble = &list->troubles[list->trouble_count++];
    *trouble = (struct evidence_trouble){ .path = mem_strdup(path), .root = root };
    trouble->skipped = skipped;
    snprintf(trouble->reason, sizeof trouble->reason, "%s", reason);
}

static void walk_folder(struct evidence_list *list, const char *path, size_t root, int depth);

static void walk_entry(struct evidence_list *list, const char *path, size_t root, int depth)
{
    uint64_t size = 0;
    switch (file_kind(path, depth == 0, &size)) {
    case FILE_REGULAR:
        add_file(list, path, root, size);
        break;
    case FILE_FOLDER:
        walk_folder(list, path, root, depth);
        break;
    case FILE_LINK:
        add_trouble(list, path, root, "link, not followed", true);
        break;
    case FILE_OTHER:
        add_trouble(list, path, root, "not a regular file", true);
        break;
    case FILE_MISSING:
        add_trouble(
            list, path, root,
            "no such file or folder; copy the logs to this machine and name that folder",
            false);
        break;
    }
}

static void walk_folder(struct evidence_list *list, const char *path, size_t root, int depth)
{
    struct err err = ERR_INIT;
    struct folder folder;
    if (depth >= EVIDENCE_DEPTH_MAX) {
        add_trouble(list, path, root, "folders nested too deep", false);
        return;
    }
    if (folder_read(path, &folder, &err) < 0) {
        add_trouble(list, path, root, err.msg, false);
        return;
    }
    for (size_t i = 0; i < folder.count; i++) {
        AUTO_FREE char *child = path_join(path, folder.names[i]);
        walk_entry(list, child, root, depth + 1);
    }
    folder_deinit(&folder);
}

void evidence_walk(struct evidence_list *list, char *const *paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        walk_entry(list, paths[i], i, 0);
}

void evidence_leave_out(struct evidence_list *list, const char *path)
{
    AUTO_FREE char *wanted = path_absolute(path);
    struct slice name = path_last(slice_from(path));
    size_t kept = 0;
    for (size_t i = 0; i < list->file_count; i++) {
        struct evidence_file file = list->files[i];
        bool same = slice_eq(path_last(slice_from(file.path)), name);
        AUTO_FREE char *absolute = same ? path_absolute(file.path) : NULL;
        if (same && strcmp(absolute, wanted) == 0) {
            list->bytes -= file.size;
            free(file.path);
            continue;
        }
        list->files[kept++] = file;
    }
    list->file_count = kept;
}

void evidence_list_deinit(struct evidence_list *list)
{
    for (size_t i = 0; i < list->file_count; i++)
        free(list->files[i].path);
    for (size_t i = 0; i < list->trouble_count; i++)
        free(list->troubles[i].path);
    free(list->files);
    free(list->troubles);
    *list = (struct evidence_list)EVIDENCE_LIST_INIT;
}
