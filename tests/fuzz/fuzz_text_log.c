/*
 * A whole log, given in blocks of whole lines as evidence/lines.h does. The first byte says how
 * large the blocks are and whether another reader takes over between them.
 */
#include "fuzz_target.h"

#include <stdlib.h>

#include "events/event.h"
#include "events/text_log.h"

struct reader {
    struct text_log log;
    struct event event;
    struct arena scratch;
};

static void require(bool fact)
{
    if (!fact)
        abort();
}

static void read_rows(struct reader *reader, const struct run *run)
{
    struct slice rows = run->text;
    while (rows.ptr && rows.len) {
        struct slice row = line_cut(&rows);
        arena_reset(&reader->scratch);
        event_split(&reader->event, run->schema, row, run->day, &reader->scratch);
        require(reader->event.cell_count <= run->schema->count);
        require(reader->event.pair_count <= EVENT_PAIRS_MAX);
        row_time(run->schema, row, run->day);
        for (size_t role = 0; role < ROLE_COUNT; role++)
            event_role(&reader->event, (enum role)role);
    }
}

static void read_block(struct reader *reader, struct slice block)
{
    const char *last = block.ptr, *end = block.ptr + block.len;
    struct run run;
    while (text_log_next(&reader->log, &block, &run) > 0) {
        require(run.text.len > 0 && run.text.ptr >= last);
        last = run.text.ptr + run.text.len;
        require(last <= end);
        if (run.schema)
            read_rows(reader, &run);
    }
    require(block.len == 0);
}

static void hand_over(struct text_log *log)
{
    struct buf state = BUF_INIT;
    text_log_state_text(log, &state);
    text_log_deinit(log);
    text_log_init(log);
    require(text_log_resume(log, buf_slice(&state), NULL) == 0);
    buf_deinit(&state);
}

/* The first lines of `rest`, at least `least` bytes of them if there are. */
static struct slice take_block(struct slice *rest, size_t least)
{
    size_t from = least < rest->len ? least : rest->len;
    size_t end = slice_find_char(slice_from_offset(*rest, from), '\n');
    size_t len = end == SIZE_MAX ? rest->len : from + end + 1;
    struct slice block = slice_first(*rest, len);
    *rest = slice_from_offset(*rest, len);
    return block;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct reader *reader = mem_alloc(sizeof *reader);
    struct slice rest = slice_of((const char *)data + 1, size - 1);
    size_t least = (size_t)(data[0] & 0x7f) * 16;
    text_log_init(&reader->log);
    while (rest.len) {
        read_block(reader, take_block(&rest, least));
        if (data[0] & 0x80)
            hand_over(&reader->log);
    }
    text_log_deinit(&reader->log);
    arena_deinit(&reader->scratch);
    free(reader);
    return 0;
}
