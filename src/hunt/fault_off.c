/* The shipped program has no fault switch. */
#include "hunt/scan.h"

void scan_fault(const char *path)
{
    (void)path;
}
