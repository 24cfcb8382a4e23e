/*
 * The first line is a file's name, the rest a configuration: from bytes to facts and what they
 * say. Facts keep to their limits, lie in the file, and survive the wire.
 */
#include "fuzz_target.h"

#include <stdlib.h>

#include "casefile/setting_record.h"
#include "exchange/mitigation.h"

static void check_fact(struct arena *arena, const struct setting *s, size_t size)
{
    struct setting_record record = { *s, setting_judge(arena, s) }, back;
    struct buf out = BUF_INIT;
    if (s->offset > size || s->name.len > CONFIG_TEXT_MAX || (s->site_mask & ~FORMS_ALL) != 0) {
        abort();
    }
    setting_record_put(&out, &record);
    struct wire wire = { out.ptr, out.len, false };
    setting_record_get(&wire, &back);
    if (wire.failed || wire.len != 0 || back.notice != record.notice ||
        !slice_eq(back.setting.name, s->name)) {
        abort();
    }
    buf_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = slice_of((const char *)data, size);
    struct slice path = slice_cut(&rest, '\n');
    struct arena arena = ARENA_INIT;
    struct config_report report;
    size_t count = 0;
    if (rest.ptr == NULL) {
        return 0;
    }
    unsigned sum = config_is_candidate(rest);
    config_read(&arena, rest, path, &report);
    for (const struct setting *s = report.first; s != NULL; s = s->next) {
        check_fact(&arena, s, rest.len);
        count++;
    }
    if (count != report.count || count > CONFIG_FACTS_MAX) {
        abort();
    }
    arena_deinit(&arena);
    return (int)(sum & 0);
}
