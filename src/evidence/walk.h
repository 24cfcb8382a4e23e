/*
 * PATHs of the command line → the list of evidence files.
 *
 * Folders are walked in bytewise order of names, so that two runs see the same order. Symbolic
 * links and reparse points inside a folder are not followed (they could lead out of the
 * evidence or in circles) and are reported; a PATH named by the user is followed. Depth is
 * bounded. Thread rule: one owner.
 */
#ifndef HAUBERK_EVIDENCE_WALK_H
#define HAUBERK_EVIDENCE_WALK_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define EVIDENCE_DEPTH_MAX 64

struct evidence_file {
    char *path;    /* as opened: PATH argument plus what was below it */
    size_t root;   /* which PATH argument it came from */
    uint64_t size; /* bytes at the time of the walk */
};

/* Something that could not be walked: a missing PATH, a folder without permission, a link. */
struct evidence_trouble {
    char *path;
    size_t root;
    char reason[256];
    bool skipped; /* left out by design (a link): worth a line, not a failure */
};

struct evidence_list {
    size_t file_count, file_capacity;
    struct evidence_file *files;
    size_t trouble_count, trouble_capacity;
    struct evidence_trouble *troubles;
    uint64_t bytes; /* sum of sizes */
};
#define EVIDENCE_LIST_INIT                                                                     \
    {                                                                                          \
        0, 0, NULL, 0, 0, NULL, 0                                                              \
    }

/* Adds everything below paths[0..count-1]. Trouble never ends the walk. */
void evidence_walk(struct evidence_list *list, char *const *paths, size_t count);

/* Takes the file at `path` out of the list, however it was named on the way to it. */
void evidence_leave_out(struct evidence_list *list, const char *path);
void evidence_list_deinit(struct evidence_list *list);

#endif
