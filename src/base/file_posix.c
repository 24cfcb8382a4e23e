/* realpath() is XSI. */
#define _XOPEN_SOURCE 700
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"

struct file {
    int fd;
    uint64_t size;
    int64_t modified;
};

static int64_t time_modified(const struct stat *st)
{
    int64_t seconds = st->st_mtime;
    bool sane = seconds >= TIME_FIRST / MS_PER_SECOND && seconds < TIME_LAST / MS_PER_SECOND;
    return sane ? seconds * MS_PER_SECOND : TIME_NONE;
}

int file_open(const char *path, struct file **out, struct err *err)
{
    /* O_NONBLOCK: opening a FIFO that somebody planted must not hang the hunt. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return err_set(err, ERR_ENVIRONMENT, "cannot open: %s", strerror(errno));
    struct stat st;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return err_set(err, ERR_ENVIRONMENT, "not a regular file");
    }
    struct file *file = mem_alloc(sizeof *file);
    file->fd = fd;
    file->size = (uint64_t)st.st_size;
    file->modified = time_modified(&st);
    *out = file;
    return 0;
}

void file_close(struct file *file)
{
    if (!file)
        return;
    close(file->fd);
    free(file);
}

uint64_t file_size(const struct file *file)
{
    return file->size;
}

int64_t file_modified(const struct file *file)
{
    return file->modified;
}

uint64_t file_size_now(const struct file *file)
{
    struct stat st;
    return fstat(file->fd, &st) == 0 ? (uint64_t)st.st_size : file->size;
}

int64_t file_read(struct file *file, uint64_t offset, void *out, size_t len, struct err *err)
{
    ssize_t got;
    do {
        got = pread(file->fd, out, len, (off_t)offset);
    } while (got < 0 && errno == EINTR);
    if (got < 0)
        return err_set(err, ERR_ENVIRONMENT, "cannot read: %s", strerror(errno));
    return got;
}

enum file_kind file_kind(const char *path, bool follow, uint64_t *size_out)
{
    struct stat st;
    if ((follow ? stat(path, &st) : lstat(path, &st)) < 0)
        return FILE_MISSING;
    if (size_out)
        *size_out = (uint64_t)st.st_size;
    if (S_ISREG(st.st_mode))
        return FILE_REGULAR;
    if (S_ISDIR(st.st_mode))
        return FILE_FOLDER;
    return S_ISLNK(st.st_mode) ? FILE_LINK : FILE_OTHER;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int folder_read(const char *path, struct folder *out, struct err *err)
{
    *out = (struct folder){ NULL, 0 };
    DIR *dir = opendir(path);
    if (!dir)
        return err_set(err, ERR_ENVIRONMENT, "cannot open folder: %s", strerror(errno));
    size_t capacity = 0;
    struct dirent *entry;
    while ((entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        out->names = mem_reserve(out->names, out->count, &capacity, sizeof *out->names);
        out->names[out->count++] = mem_strdup(entry->d_name);
    }
    closedir(dir);
    if (out->count)
        qsort(out->names, out->count, sizeof *out->names, compare_names);
    return 0;
}

char *path_absolute(const char *path)
{
    char *resolved = realpath(path, NULL);
    return resolved ? resolved : mem_strdup(path);
}
