#include "match/prefilter_tables.h"

prefilter_kernel *prefilter_kernel_of(enum prefilter_variant variant)
{
    return variant == PREFILTER_SCALAR ? prefilter_scalar : NULL;
}
