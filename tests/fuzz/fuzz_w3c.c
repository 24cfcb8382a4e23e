/* W3C rows: the first line is the header, the others are rows under it. */
#include "fuzz_target.h"

#include <stdlib.h>

#include "events/event.h"
#include "events/text_log.h"
#include "events/w3c.h"

static void require(bool fact)
{
    if (!fact)
        abort();
}

static const struct schema *read_header(struct arena *arena, struct slice header)
{
    struct slice names[COLUMNS_MAX];
    size_t count = w3c_split(header, names, COLUMNS_MAX);
    if (count > COLUMNS_MAX)
        count = COLUMNS_MAX;
    return schema_new(arena, family_get(FAMILY_IIS), names, count, false, false);
}

static void check_row(const struct schema *schema, struct slice row, struct event *event,
                      struct arena *scratch)
{
    arena_reset(scratch);
    event_split(event, schema, row, MS_PER_DAY, scratch);
    require(event->cell_count <= schema->count);
    require(row_count_cells(FORMAT_W3C, row) >= event->cell_count);
    require(row_time(schema, row, MS_PER_DAY) == event->time);
    for (size_t i = 0; i < schema->count; i++) {
        struct slice peeked, cell = event_cell(event, i);
        require(row_peek_cell(schema, row, i, &peeked));
        require((peeked.ptr == NULL) == (cell.ptr == NULL) && slice_eq(peeked, cell));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA_INIT, scratch = ARENA_INIT;
    struct slice rest = slice_of((const char *)data, size);
    const struct schema *schema = read_header(&arena, line_cut(&rest));
    struct event *event = mem_alloc(sizeof *event);
    for (int rows = 0; rest.ptr && rows < 100; rows++)
        check_row(schema, line_cut(&rest), event, &scratch);
    free(event);
    arena_deinit(&arena);
    arena_deinit(&scratch);
    return 0;
}
