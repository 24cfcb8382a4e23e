#include "gen_dir.h"

#include <direct.h>
#include <errno.h>
#include <io.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int gen_dir_make(const char *path)
{
    return _mkdir(path) == 0 || errno == EEXIST ? 0 : -1;
}

bool gen_dir_is_empty(const char *path)
{
    char pattern[1024];
    snprintf(pattern, sizeof pattern, "%s/*", path);
    struct _finddata_t entry;
    intptr_t find = _findfirst(pattern, &entry);
    if (find == -1)
        return true;
    bool empty = true;
    do
        empty = strcmp(entry.name, ".") == 0 || strcmp(entry.name, "..") == 0;
    while (empty && _findnext(find, &entry) == 0);
    _findclose(find);
    return empty;
}
