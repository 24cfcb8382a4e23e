#include "gen_file.h"

#include <stdio.h>

/* struct gen_file is never completed: the pointer is the FILE itself. */

bool gen_file_has_gzip(void)
{
    return false;
}

struct gen_file *gen_file_open(const char *path, bool gzip)
{
    if (gzip)
        return NULL;
    FILE *f = fopen(path, "wb");
    /* Our callers hand over large blocks; a second buffer would only copy. */
    if (f)
        setvbuf(f, NULL, _IONBF, 0);
    return (struct gen_file *)f;
}

int gen_file_write(struct gen_file *file, const char *data, size_t len)
{
    return fwrite(data, 1, len, (FILE *)file) == len ? 0 : -1;
}

int gen_file_close(struct gen_file *file)
{
    return fclose((FILE *)file) == 0 ? 0 : -1;
}
