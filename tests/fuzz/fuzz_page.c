/* Paths of requests: a page is a path in normal form that ends where a script's name ends, lies
 * in the scratch space, and is classified alike when it is asked for again. */
#include "fuzz_target.h"

#include <stdlib.h>

#include "exchange/page.h"

static void require(bool fact)
{
    if (!fact)
        abort();
}

static void check_page(struct slice page, const char *scratch, size_t size)
{
    require(page.len > 1 && page.len <= size && page.ptr[0] == '/');
    require(page.ptr >= scratch && page.ptr + page.len <= scratch + size);
    for (size_t i = 0; i < page.len; i++) {
        require(page.ptr[i] == ascii_lower(page.ptr[i]) && page.ptr[i] != '\\');
        require(i == 0 || page.ptr[i] != '/' || page.ptr[i - 1] != '/');
    }
}

/* Of any size, so that a sanitizer sees each byte behind it. */
static void check_with(struct slice path, size_t size)
{
    char *scratch = malloc(size ? size : 1);
    struct slice page;
    if (!scratch)
        abort();
    if (exchange_page_classify(path, &page, scratch, size) == PAGE_NONE)
        require(!page.ptr);
    else
        check_page(page, scratch, size);
    free(scratch);
}

/* Case and a query change nothing. */
static void check_alike(struct slice path, enum page_class class)
{
    char scratch[PAGE_SCRATCH_SIZE];
    struct slice page;
    char *copy = malloc(path.len + 2);
    if (!copy)
        abort();
    for (size_t i = 0; i < path.len; i++) {
        char c = path.ptr[i];
        copy[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
    }
    memcpy(copy + path.len, "?x", 2);
    require(exchange_page_classify(slice_of(copy, path.len + 2), &page, scratch,
                                   sizeof scratch) == class);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char scratch[PAGE_SCRATCH_SIZE];
    struct slice page, path = slice_of((const char *)data, size);
    check_with(path, 0);
    check_with(path, 1);
    check_with(path, size / 2);
    enum page_class class = exchange_page_classify(path, &page, scratch, sizeof scratch);
    if (class != PAGE_NONE)
        check_page(page, scratch, sizeof scratch);
    else
        require(!page.ptr);
    check_alike(path, class);
    return 0;
}
