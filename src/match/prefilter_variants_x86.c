#include "match/prefilter_tables.h"

#include "base/cpu.h"

prefilter_kernel *prefilter_kernel_of(enum prefilter_variant variant)
{
    switch (variant) {
    case PREFILTER_SCALAR:
        return prefilter_scalar;
    case PREFILTER_AVX2:
        return cpu_has_avx2() ? prefilter_avx2 : NULL;
    case PREFILTER_AVX512:
        return cpu_has_avx512() ? prefilter_avx512 : NULL;
    }
    return NULL;
}
