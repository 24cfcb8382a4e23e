/*
 * Replays a fuzz corpus without libFuzzer: each file of each folder named as an argument is
 * given to the target once, in order of its name. An empty corpus proves nothing and fails.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz_target.h"

/* Copies the file into a block of exactly its size, so that a sanitizer sees each overrun. */
static uint8_t *read_whole_file(const char *path, size_t size)
{
    uint8_t *bytes = malloc(size ? size : 1);
    FILE *file = fopen(path, "rb");
    if (!bytes || !file || fread(bytes, 1, size, file) != size) {
        fprintf(stderr, "replay: cannot read %s\n", path);
        exit(2);
    }
    fclose(file);
    return bytes;
}

/* Returns whether there was something to replay: folders and the like are passed over. */
static int replay_file(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return 0;
    size_t size = (size_t)info.st_size;
    uint8_t *bytes = read_whole_file(path, size);
    int result = LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
    if (result != 0) {
        fprintf(stderr, "replay: %s: the target returned %d\n", path, result);
        exit(1);
    }
    return 1;
}

static int replay_folder(const char *folder)
{
    struct dirent **entries = NULL;
    int entry_count = scandir(folder, &entries, NULL, alphasort);
    if (entry_count < 0) {
        fprintf(stderr, "replay: cannot read %s: %s\n", folder, strerror(errno));
        exit(2);
    }
    int replayed = 0;
    for (int i = 0; i < entry_count; i++) {
        char path[PATH_MAX];
        int length = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (length > 0 && (size_t)length < sizeof path)
            replayed += replay_file(path);
        free(entries[i]);
    }
    free(entries);
    return replayed;
}

int main(int argc, char **argv)
{
    int replayed = 0;
    for (int i = 1; i < argc; i++)
        replayed += replay_folder(argv[i]);
    printf("replayed %d inputs\n", replayed);
    return replayed > 0 ? 0 : 1;
}
