#include "base/file.h"

#include <stdlib.h>
#include <windows.h>

#include "base/clock.h"
#include "base/memory.h"

struct file {
    HANDLE handle;
    uint64_t size;
    int64_t modified;
};

/*
 * "\\?\" lifts the 260-character limit and opens reserved names (AUX, CON) that intruders used
 * for their folders. It wants an absolute path with backslashes. free() the result.
 */
static wchar_t *wide_path(const char *path)
{
    int len = MultiByteToWideChar(CP_UTF8, 0, path, -1, NULL, 0);
    wchar_t *wide = mem_alloc(((size_t)len + 1) * sizeof *wide);
    MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, len);
    DWORD need = GetFullPathNameW(wide, 0, NULL, NULL);
    wchar_t *full = mem_alloc(((size_t)need + 5) * sizeof *full);
    memcpy(full, L"\\\\?\\", 4 * sizeof *full);
    GetFullPathNameW(wide, need, full + 4, NULL);
    if (full[4] == L'\\' && full[5] == L'\\')
        memmove(full, wide, ((size_t)len) * sizeof *full); /* already \\server or \\?\ */
    free(wide);
    return full;
}

static HANDLE open_path(const char *path, DWORD access, DWORD flags)
{
    wchar_t *wide = wide_path(path);
    HANDLE handle =
        CreateFileW(wide, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                    OPEN_EXISTING, flags, NULL);
    free(wide);
    return handle;
}

/* FILETIME counts 100 ns since 1601. */
static int64_t time_modified(HANDLE handle)
{
    FILETIME time;
    if (!GetFileTime(handle, NULL, NULL, &time))
        return TIME_NONE;
    int64_t ticks = (int64_t)((uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime);
    int64_t ms = ticks / 10000 + TIME_FIRST;
    return ms >= TIME_FIRST && ms <= TIME_LAST ? ms : TIME_NONE;
}

int file_open(const char *path, struct file **out, struct err *err)
{
    HANDLE handle = open_path(path, GENERIC_READ, FILE_FLAG_SEQUENTIAL_SCAN);
    LARGE_INTEGER size;
    if (handle == INVALID_HANDLE_VALUE)
        return err_set(err, ERR_ENVIRONMENT, "cannot open: Windows error %lu", GetLastError());
    if (GetFileType(handle) != FILE_TYPE_DISK || !GetFileSizeEx(handle, &size)) {
        CloseHandle(handle);
        return err_set(err, ERR_ENVIRONMENT, "not a regular file");
    }
    struct file *file = mem_alloc(sizeof *file);
    file->handle = handle;
    file->size = (uint64_t)size.QuadPart;
    file->modified = time_modified(handle);
    *out = file;
    return 0;
}

void file_close(struct file *file)
{
    if (!file)
        return;
    CloseHandle(file->handle);
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
    LARGE_INTEGER size;
    return GetFileSizeEx(file->handle, &size) ? (uint64_t)size.QuadPart : file->size;
}

int64_t file_read(struct file *file, uint64_t offset, void *out, size_t len, struct err *err)
{
    OVERLAPPED at = { 0 };
    at.Offset = (DWORD)offset;
    at.OffsetHigh = (DWORD)(offset >> 32);
    DWORD got = 0;
    if (!ReadFile(file->handle, out, (DWORD)len, &got, &at) &&
        GetLastError() != ERROR_HANDLE_EOF)
        return err_set(err, ERR_ENVIRONMENT, "cannot read: Windows error %lu", GetLastError());
    return (int64_t)got;
}

static enum file_kind kind_of(const BY_HANDLE_FILE_INFORMATION *info, bool follow)
{
    if (!follow && (info->dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT))
        return FILE_LINK;
    return info->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY ? FILE_FOLDER : FILE_REGULAR;
}

enum file_kind file_kind(const char *path, bool follow, uint64_t *size_out)
{
    DWORD flags = FILE_FLAG_BACKUP_SEMANTICS | (follow ? 0 : FILE_FLAG_OPEN_REPARSE_POINT);
    HANDLE handle = open_path(path, FILE_READ_ATTRIBUTES, flags);
    BY_HANDLE_FILE_INFORMATION info;
    if (handle == INVALID_HANDLE_VALUE)
        return FILE_MISSING;
    enum file_kind kind = FILE_OTHER;
    if (GetFileInformationByHandle(handle, &info)) {
        kind = kind_of(&info, follow);
        if (size_out)
            *size_out = ((uint64_t)info.nFileSizeHigh << 32) | info.nFileSizeLow;
    }
    CloseHandle(handle);
    return kind;
}

static char *narrow(const wchar_t *wide)
{
    int len = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *text = mem_alloc((size_t)len + 1);
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, len, NULL, NULL);
    return text;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int folder_read(const char *path, struct folder *out, struct err *err)
{
    *out = (struct folder){ NULL, 0 };
    char *pattern = path_join(path, "*");
    wchar_t *wide = wide_path(pattern);
    WIN32_FIND_DATAW found;
    HANDLE search = FindFirstFileW(wide, &found);
    free(wide);
    free(pattern);
    if (search == INVALID_HANDLE_VALUE)
        return err_set(err, ERR_ENVIRONMENT, "cannot open folder: Windows error %lu",
                       GetLastError());
    size_t capacity = 0;
    do {
        if (wcscmp(found.cFileName, L".") == 0 || wcscmp(found.cFileName, L"..") == 0)
            continue;
        out->names = mem_reserve(out->names, out->count, &capacity, sizeof *out->names);
        out->names[out->count++] = narrow(found.cFileName);
    } while (FindNextFileW(search, &found));
    FindClose(search);
    if (out->count)
        qsort(out->names, out->count, sizeof *out->names, compare_names);
    return 0;
}

char *path_absolute(const char *path)
{
    wchar_t *wide = wide_path(path);
    char *absolute = narrow(wide);
    free(wide);
    return absolute;
}
