#include "report/telling.h"

#include <stdarg.h>

#include "base/clock.h"
#include "base/escape.h"
#include "report/secrets.h"

void report_init(struct report *r, struct casefile *casefile, bool show_secrets)
{
    *r = (struct report){ .casefile = casefile, .show_secrets = show_secrets };
}

void report_deinit(struct report *r)
{
    arena_deinit(&r->arena);
}

void sentences_add(struct sentences *list, struct slice sentence)
{
    if (sentence.len && list->count < SENTENCES_MAX)
        list->items[list->count++] = sentence;
}

struct slice tell_keep(struct report *r, struct buf *text)
{
    struct slice copy = arena_copy(&r->arena, buf_slice(text));
    buf_deinit(text);
    return copy;
}

struct slice tell_safe(struct report *r, struct slice text)
{
    struct buf plain = BUF_INIT, escaped = BUF_INIT;
    if (r->show_secrets)
        buf_add_slice(&plain, text);
    else
        secrets_shorten(&plain, text);
    escape_text(&escaped, buf_slice(&plain));
    struct slice copy = arena_copy(&r->arena, buf_slice(&escaped));
    buf_deinit(&plain);
    buf_deinit(&escaped);
    return copy;
}

struct slice tell_format(struct report *r, const char *format, ...)
{
    struct buf text = BUF_INIT;
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    return tell_keep(r, &text);
}

struct slice tell_when(struct report *r, int64_t time)
{
    char text[TIME_TEXT_SIZE];
    return tell_format(r, "%s", time_format_plain(time, text));
}

struct slice tell_cite(struct report *r, const struct proof *proof)
{
    if (!proof->path.ptr)
        return SLICE_LIT("");
    for (size_t i = 0; i < r->proof_count; i++)
        if (r->proofs[i]->offset == proof->offset && slice_eq(r->proofs[i]->path, proof->path))
            return tell_format(r, "[%lu]", (unsigned long)(i + 1));
    if (r->proof_count == PROOFS_MAX)
        return SLICE_LIT("[case file]");
    r->proofs[r->proof_count++] = proof;
    return tell_format(r, "[%lu]", (unsigned long)r->proof_count);
}

const char *tell_plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

void tell_fill(struct buf *out, enum word which, const struct filler *fillers, size_t count)
{
    if (out->len)
        buf_add_char(out, ' ');
    words_fill(out, word(which), fillers, count);
}

struct slice tell_names(struct report *r, const struct slice *names, size_t count)
{
    struct buf list = BUF_INIT;
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_add_text(&list, i + 1 == count ? " and " : ", ");
        buf_add_slice(&list, tell_safe(r, names[i]));
    }
    return tell_keep(r, &list);
}

struct slice tell_meta(struct report *r, const char *key)
{
    struct query q;
    query_open(&q, r->casefile, "SELECT value FROM meta WHERE key=?");
    query_bind_text(&q, slice_from(key));
    struct slice value = query_next(&q) ? tell_safe(r, query_text(&q, 0)) : SLICE_NULL;
    query_close(&q);
    return value;
}
