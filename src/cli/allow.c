#include "cli/allow.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/escape.h"

int allow_load(const char *path, struct allow_list *out, struct err *err)
{
    struct buf line = BUF_INIT;
    struct slice rest;
    if (allow_read_file(out, path, clock_today_ms(), err) < 0)
        return -1;
    for (rest = buf_slice(&out->warnings); rest.len;) {
        buf_clear(&line);
        escape_text(&line, slice_cut(&rest, '\n'));
        fprintf(stderr, "hauberk: --allow %s\n", line.ptr);
    }
    buf_deinit(&line);
    return 0;
}
