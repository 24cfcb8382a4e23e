/* CSV cells and the typed pairs of EventData: nothing is invented, nothing is longer than the
 * row. */
#include "fuzz_target.h"

#include <stdlib.h>

#include "events/exchange_csv.h"

#define CELLS_MAX 16

static void require(bool fact)
{
    if (!fact)
        abort();
}

static void check_cells(struct slice row, struct arena *scratch)
{
    struct slice cells[CELLS_MAX];
    size_t count = csv_split(row, cells, CELLS_MAX, scratch), sum = 0;
    require(count >= 1 && count <= row.len + 1);
    require(count == csv_split(row, NULL, 0, scratch));
    for (size_t i = 0; i < count && i < CELLS_MAX; i++)
        sum += cells[i].len;
    require(sum <= row.len);
}

static void check_pairs(struct slice data, struct arena *scratch)
{
    struct event_pair pairs[CELLS_MAX];
    size_t count = ecp_pairs(data, pairs, CELLS_MAX, scratch), sum = 0;
    require(count <= CELLS_MAX);
    for (size_t i = 0; i < count; i++) {
        require(pairs[i].name.len > 0 && pairs[i].value.ptr);
        sum += pairs[i].name.len + pairs[i].value.len;
    }
    require(sum <= data.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena scratch = ARENA_INIT;
    struct slice row = slice_of((const char *)data, size), cells[4];
    check_cells(row, &scratch);
    check_pairs(row, &scratch);
    if (ecp_split(row, cells, &scratch) == 4)
        check_pairs(cells[3], &scratch);
    arena_deinit(&scratch);
    return 0;
}
