/*
 * What the processor at hand can do, asked at run time: one program serves all. The platform's
 * part is a whole file (cpu_x86.c, cpu_other.c). Thread rule: pure functions.
 */
#ifndef HAUBERK_BASE_CPU_H
#define HAUBERK_BASE_CPU_H

#include <stdbool.h>

bool cpu_has_avx2(void);   /* and BMI2 */
bool cpu_has_avx512(void); /* F, BW, DQ and VL, and what cpu_has_avx2() says */

#endif
