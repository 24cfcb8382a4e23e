#include "events/w3c.h"

size_t w3c_split(struct slice row, struct slice *cells, size_t max)
{
    size_t count = 0;
    struct slice rest = row;
    while (rest.ptr) {
        struct slice cell = slice_cut(&rest, ' ');
        if (count < max)
            cells[count] = cell;
        count++;
    }
    return count;
}
