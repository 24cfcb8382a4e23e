/* What an allow list closed. */
#include <inttypes.h>

#include "report/telling.h"

static enum word word_of(const struct triage_entry *entry)
{
    if (entry->expired)
        return WORD_ALLOWED_EXPIRED;
    return entry->closed ? WORD_ALLOWED : WORD_ALLOWED_NONE;
}

static struct slice by_whom(struct report *r, struct slice by)
{
    struct buf text = BUF_INIT;
    if (by.len)
        words_fill(&text, word(WORD_ALLOWED_BY), &(struct filler){ "by", tell_safe(r, by) }, 1);
    return tell_keep(r, &text);
}

struct slice tell_allow_entry(struct report *r, const struct triage_entry *entry)
{
    struct buf text = BUF_INIT;
    TELL(&text, word_of(entry), { "count", tell_format(r, "%" PRIu64, entry->closed) },
         { "s", slice_from(tell_plural(entry->closed)) },
         { "grade", slice_from(grade_name(entry->gravest)) },
         { "reason", tell_safe(r, entry->reason) }, { "by", by_whom(r, entry->by) },
         { "until", slice_first(tell_when(r, entry->expires), 10) },
         { "keys", tell_safe(r, entry->keys) });
    if (entry->held)
        TELL(&text, WORD_ALLOWED_HELD, { "count", tell_format(r, "%" PRIu64, entry->held) },
             { "s", slice_from(tell_plural(entry->held)) });
    return tell_keep(r, &text);
}
