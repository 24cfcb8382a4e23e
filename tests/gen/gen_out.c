#include "gen_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen_dir.h"
#include "gen_file.h"

enum {
    SINK_FLUSH = 256 * 1024,
    SINK_SLACK = 64 * 1024, /* the longest row that is not cut */
    SINK_PATH = 1024,
    /* A quiet family does not start a file every hour: the real server has
     * rows enough, a one-megabyte tree would be headers only. */
    SINK_HOUR_MIN = 64 * 1024,
};

struct sink {
    struct gen_file *file;
    struct gen_buf buf;
    uint64_t file_bytes;
    int64_t day, hour;  /* of the open file's first row */
    int64_t last_stamp; /* of the last file's name, for -N */
    unsigned serial;
    size_t row_start;
    bool wanted;
};

struct gen_out {
    struct gen_out_options options;
    const char *version;
    unsigned pid;
    uint64_t bytes;
    unsigned files;
    bool failed;
    char error[SINK_PATH];
    struct sink sinks[FAMILY_COUNT];
};

static bool group_is_wanted(const char *list, const char *group)
{
    size_t n = strlen(group);
    if (strcmp(list, "all") == 0)
        return true;
    for (const char *p = list; (p = strstr(p, group)) != NULL; p += n)
        if ((p == list || p[-1] == ',') && (p[n] == ',' || p[n] == '\0'))
            return true;
    return false;
}

struct gen_out *gen_out_new(const struct gen_out_options *options)
{
    struct gen_out *out = calloc(1, sizeof *out);
    if (!out)
        return NULL;
    out->options = *options;
    out->version = "15.01.0000.000";
    for (unsigned id = 0; id < FAMILY_COUNT; id++) {
        struct sink *s = &out->sinks[id];
        s->wanted = group_is_wanted(options->families, gen_families[id].group);
        s->last_stamp = -1;
    }
    return out;
}

static void sink_fail(struct gen_out *out, const char *path)
{
    if (!out->failed)
        snprintf(out->error, sizeof out->error, "%s", path);
    out->failed = true;
}

static void sink_flush(struct gen_out *out, enum gen_family_id id)
{
    struct sink *s = &out->sinks[id];
    if (s->file && gen_file_write(s->file, s->buf.data, s->buf.len) != 0)
        sink_fail(out, gen_families[id].folder);
    s->buf.len = 0;
}

static void sink_close(struct gen_out *out, enum gen_family_id id)
{
    struct sink *s = &out->sinks[id];
    if (!s->file)
        return;
    sink_flush(out, id);
    if (gen_file_close(s->file) != 0)
        sink_fail(out, gen_families[id].folder);
    s->file = NULL;
}

int gen_out_free(struct gen_out *out)
{
    if (!out)
        return 0;
    for (unsigned id = 0; id < FAMILY_COUNT; id++) {
        sink_close(out, (enum gen_family_id)id);
        free(out->sinks[id].buf.data);
    }
    int result = out->failed ? -1 : 0;
    free(out);
    return result;
}

void gen_out_identify(struct gen_out *out, const char *version, unsigned pid)
{
    out->version = version;
    out->pid = pid;
}

static void make_folders(char *path)
{
    for (char *p = path + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        gen_dir_make(path);
        *p = '/';
    }
}

static void put_padded(struct gen_buf *b, unsigned value, unsigned width)
{
    char text[12];
    snprintf(text, sizeof text, "%0*u", (int)width, value);
    gen_put_str(b, text);
}

static void put_name_token(struct gen_buf *b, char token, const struct gen_civil *c,
                           const struct gen_out *out, unsigned serial)
{
    switch (token) {
    case 'Y':
        put_padded(b, c->year, 4);
        break;
    case 'y':
        put_padded(b, c->year % 100, 2);
        break;
    case 'm':
        put_padded(b, c->month, 2);
        break;
    case 'd':
        put_padded(b, c->day, 2);
        break;
    case 'h':
        put_padded(b, c->hour, 2);
        break;
    case 'p':
        put_padded(b, out->pid, 1);
        break;
    default:
        put_padded(b, serial, 1);
        break;
    }
}

static void build_path(const struct gen_out *out, enum gen_family_id id, int64_t time,
                       char *path, size_t cap)
{
    const struct gen_family *f = &gen_families[id];
    struct gen_civil c = gen_civil_from_ms(time);
    struct gen_buf b = { path, 0, cap - 1 };
    gen_putf(&b, "%s/%s/", out->options.root, f->folder);
    for (const char *p = f->name; *p; p++) {
        if (*p != '{') {
            gen_put_mem(&b, p, 1);
            continue;
        }
        put_name_token(&b, p[1], &c, out, out->sinks[id].serial);
        p += 2;
    }
    gen_put_str(&b, out->options.gzip ? ".gz" : "");
    path[b.len] = '\0';
}

/* The block of comment lines. In IIS files it may appear again in mid-file. */
static void put_header(struct gen_out *out, enum gen_family_id id, int64_t time)
{
    const struct gen_family *f = &gen_families[id];
    struct gen_buf *b = &out->sinks[id].buf;
    const char *version = f->header == HEADER_IIS     ? "1.0"
                          : f->header == HEADER_BUILD ? out->version
                                                      : "15.0.0.0";
    size_t before = b->len;
    gen_putf(b, "#Software: %s\r\n#Version: %s\r\n", f->software, version);
    if (f->log_type)
        gen_putf(b, "#Log-type: %s\r\n", f->log_type);
    gen_putf(b, f->header == HEADER_IIS ? "#Date: %d\r\n" : "#Date: %t\r\n", time);
    gen_putf(b, "#Fields: %s\r\n", f->fields);
    out->bytes += b->len - before;
    out->sinks[id].file_bytes += b->len - before;
}

static void put_preamble(struct gen_out *out, enum gen_family_id id)
{
    const struct gen_family *f = &gen_families[id];
    struct gen_buf *b = &out->sinks[id].buf;
    if (f->bom)
        gen_put_str(b, "\xef\xbb\xbf");
    if (f->bare)
        gen_putf(b, "%s\r\n", f->fields);
    out->bytes += b->len;
    out->sinks[id].file_bytes += b->len;
}

static int64_t name_stamp(const struct gen_family *f, int64_t time)
{
    if (f->cut == CUT_SIZE)
        return 0;
    return f->cut == CUT_HOUR ? time / GEN_HOUR_MS : time / GEN_DAY_MS;
}

static void sink_open(struct gen_out *out, enum gen_family_id id, int64_t time)
{
    struct sink *s = &out->sinks[id];
    char path[SINK_PATH];
    int64_t stamp = name_stamp(&gen_families[id], time);
    s->serial = stamp == s->last_stamp ? s->serial + 1 : 1;
    s->last_stamp = stamp;
    s->day = time / GEN_DAY_MS;
    s->hour = time / GEN_HOUR_MS;
    s->file_bytes = 0;
    build_path(out, id, time, path, sizeof path);
    s->file = gen_file_open(path, out->options.gzip);
    if (!s->file) {
        make_folders(path);
        s->file = gen_file_open(path, out->options.gzip);
    }
    if (!s->file) {
        sink_fail(out, path);
        return;
    }
    out->files++;
    put_preamble(out, id);
    put_header(out, id, time);
}

static bool sink_is_due(const struct sink *s, const struct gen_family *f, int64_t time)
{
    if (f->max_bytes != 0 && s->file_bytes >= f->max_bytes)
        return true;
    if (f->cut == CUT_SIZE)
        return false;
    if (time / GEN_DAY_MS != s->day)
        return true;
    return f->cut == CUT_HOUR && time / GEN_HOUR_MS != s->hour &&
           s->file_bytes >= SINK_HOUR_MIN;
}

static bool sink_has_memory(struct gen_out *out, struct sink *s)
{
    if (s->buf.data)
        return true;
    s->buf.data = malloc(SINK_FLUSH + SINK_SLACK);
    s->buf.cap = SINK_FLUSH + SINK_SLACK;
    if (!s->buf.data)
        sink_fail(out, "out of memory");
    return s->buf.data != NULL;
}

struct gen_buf *gen_out_begin_row(struct gen_out *out, enum gen_family_id id, int64_t time)
{
    struct sink *s = &out->sinks[id];
    if (!s->wanted || out->failed || !sink_has_memory(out, s))
        return NULL;
    if (s->file && sink_is_due(s, &gen_families[id], time))
        sink_close(out, id);
    if (!s->file)
        sink_open(out, id, time);
    s->row_start = s->buf.len;
    return s->file ? &s->buf : NULL;
}

void gen_out_end_row(struct gen_out *out, enum gen_family_id id)
{
    struct sink *s = &out->sinks[id];
    gen_put_mem(&s->buf, "\r\n", 2);
    out->bytes += s->buf.len - s->row_start;
    s->file_bytes += s->buf.len - s->row_start;
    if (s->buf.len >= SINK_FLUSH)
        sink_flush(out, id);
}

void gen_out_restart(struct gen_out *out, int64_t time)
{
    for (unsigned i = 0; i < FAMILY_COUNT; i++) {
        enum gen_family_id id = (enum gen_family_id)i;
        struct sink *s = &out->sinks[id];
        bool same_day = s->file && time / GEN_DAY_MS == s->day;
        if (gen_families[id].header != HEADER_IIS)
            sink_close(out, id);
        else if (same_day)
            put_header(out, id, time);
    }
}

uint64_t gen_out_bytes(const struct gen_out *out)
{
    return out->bytes;
}

unsigned gen_out_files(const struct gen_out *out)
{
    return out->files;
}

const char *gen_out_error(const struct gen_out *out)
{
    return out->failed ? out->error : NULL;
}
