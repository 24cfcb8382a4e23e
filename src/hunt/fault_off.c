/* The shipped program has no fault switch. */
#include "hunt/reader.h"

void reader_fault(const char *path)
{
    (void)path;
}
