/*
 * Files for tests of what reads files: each in a folder of its own under $TMPDIR or /tmp,
 * removed by temp_file_remove().
 */
#ifndef HAUBERK_TEST_TEMP_FILE_H
#define HAUBERK_TEST_TEMP_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/slice.h"

struct temp_file {
    char folder[200];
    char path[256];
};

static inline struct temp_file temp_file_name(void)
{
    struct temp_file file;
    const char *root = getenv("TMPDIR");
    snprintf(file.folder, sizeof file.folder, "%s/hauberk-test-XXXXXX", root ? root : "/tmp");
    if (!mkdtemp(file.folder))
        abort();
    snprintf(file.path, sizeof file.path, "%s/evidence", file.folder);
    return file;
}

static inline struct temp_file temp_file_write(struct slice bytes)
{
    struct temp_file file = temp_file_name();
    FILE *out = fopen(file.path, "wb");
    if (!out || fwrite(bytes.ptr, 1, bytes.len, out) != bytes.len || fclose(out) != 0)
        abort();
    return file;
}

/* The bytes `times` times over, packed with gzip. */
static inline struct temp_file temp_file_gzip(struct slice bytes, size_t times)
{
    struct temp_file file = temp_file_name();
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    if (archive_write_add_filter_gzip(archive) != ARCHIVE_OK ||
        archive_write_set_format_raw(archive) != ARCHIVE_OK ||
        archive_write_open_filename(archive, file.path) != ARCHIVE_OK ||
        archive_write_header(archive, entry) != ARCHIVE_OK)
        abort();
    for (size_t i = 0; i < times; i++)
        if (archive_write_data(archive, bytes.ptr, bytes.len) != (la_ssize_t)bytes.len)
            abort();
    archive_write_close(archive);
    archive_write_free(archive);
    archive_entry_free(entry);
    return file;
}

static inline void temp_file_shorten(const struct temp_file *file, off_t by)
{
    struct stat st;
    if (stat(file->path, &st) != 0 || truncate(file->path, st.st_size - by) != 0)
        abort();
}

static inline void temp_file_remove(const struct temp_file *file)
{
    unlink(file->path);
    rmdir(file->folder);
}

#endif
