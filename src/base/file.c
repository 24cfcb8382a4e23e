/* The parts of file.h that are the same on every platform. */
#include "base/file.h"

#include <stdlib.h>

#include "base/memory.h"

int file_read_all(const char *path, size_t max, struct buf *out, struct err *err)
{
    struct file *file;
    if (file_open(path, &file, err) < 0)
        return -1;
    uint64_t offset = 0;
    int64_t got;
    do {
        buf_reserve(out, 65536);
        got = file_read(file, offset, out->ptr + out->len, 65536, err);
        if (got > 0) {
            offset += (uint64_t)got;
            out->len += (size_t)got;
            out->ptr[out->len] = '\0';
        }
    } while (got > 0 && offset <= max);
    file_close(file);
    if (got < 0)
        return -1;
    if (offset > max)
        return err_set(err, ERR_RESOURCE, "%s: larger than %lu bytes", path,
                       (unsigned long)max);
    return 0;
}

void folder_deinit(struct folder *folder)
{
    for (size_t i = 0; i < folder->count; i++)
        free(folder->names[i]);
    free(folder->names);
    folder->names = NULL;
    folder->count = 0;
}

char *path_join(const char *folder, const char *name)
{
    struct buf joined = BUF_INIT;
    buf_add_text(&joined, folder);
    if (joined.len && joined.ptr[joined.len - 1] != '/')
        buf_add_char(&joined, '/');
    buf_add_text(&joined, name);
    return joined.ptr;
}

static bool is_separator(char c)
{
    return c == '/' || c == '\\';
}

struct slice path_last(struct slice path)
{
    while (path.len > 1 && is_separator(path.ptr[path.len - 1]))
        path.len--;
    size_t start = path.len;
    while (start > 0 && !is_separator(path.ptr[start - 1]))
        start--;
    return start == path.len ? path : slice_from_offset(path, start);
}

struct slice path_fold(struct arena *arena, struct slice path)
{
    char *text = arena_alloc(arena, path.len + 2);
    size_t len = 0;
    text[len++] = '/';
    for (size_t i = 0; i < path.len; i++) {
        char c = path.ptr[i] == '\\' ? '/' : ascii_lower(path.ptr[i]);
        if (c == '/' && text[len - 1] == '.' && len >= 2 && text[len - 2] == '/')
            len--;
        if (c != '/' || text[len - 1] != '/')
            text[len++] = c;
    }
    return slice_of(text, len);
}
