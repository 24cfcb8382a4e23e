#include "gen_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

struct gen_file {
    FILE *plain;
    gzFile gz;
};

bool gen_file_has_gzip(void)
{
    return true;
}

struct gen_file *gen_file_open(const char *path, bool gzip)
{
    struct gen_file *file = calloc(1, sizeof *file);
    if (!file)
        return NULL;
    if (gzip)
        file->gz = gzopen(path, "wb1");
    else
        file->plain = fopen(path, "wb");
    if (!file->gz && !file->plain) {
        free(file);
        return NULL;
    }
    /* Our callers hand over large blocks; a second buffer would only copy. */
    if (file->plain)
        setvbuf(file->plain, NULL, _IONBF, 0);
    return file;
}

int gen_file_write(struct gen_file *file, const char *data, size_t len)
{
    if (len == 0)
        return 0;
    if (file->gz)
        return gzwrite(file->gz, data, (unsigned)len) == (int)len ? 0 : -1;
    return fwrite(data, 1, len, file->plain) == len ? 0 : -1;
}

int gen_file_close(struct gen_file *file)
{
    int bad = file->gz ? gzclose(file->gz) != Z_OK : fclose(file->plain) != 0;
    free(file);
    return bad ? -1 : 0;
}
