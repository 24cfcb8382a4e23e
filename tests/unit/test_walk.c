/* PATHs → files: order, links, what is missing, depth, the PATH named by the user. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "evidence/walk.h"

struct tree {
    char root[64];
};

static struct tree tree_make(void)
{
    struct tree tree = { "/tmp/hauberk-test-XXXXXX" };
    assert_non_null(mkdtemp(tree.root));
    return tree;
}

static void tree_path(const struct tree *tree, const char *name, char out[512])
{
    snprintf(out, 512, "%s/%s", tree->root, name);
}

static void tree_file(const struct tree *tree, const char *name, const char *text)
{
    char path[512];
    tree_path(tree, name, path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void tree_folder(const struct tree *tree, const char *name)
{
    char path[512];
    tree_path(tree, name, path);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void tree_link(const struct tree *tree, const char *target, const char *name)
{
    char path[512];
    tree_path(tree, name, path);
    assert_int_equal(symlink(target, path), 0);
}

static void remove_all(const char *path)
{
    struct folder folder;
    if (file_kind(path, false, NULL) == FILE_FOLDER && folder_read(path, &folder, NULL) == 0) {
        for (size_t i = 0; i < folder.count; i++) {
            AUTO_FREE char *child = path_join(path, folder.names[i]);
            remove_all(child);
        }
        folder_deinit(&folder);
    }
    remove(path);
}

static bool ends_with(const char *path, const char *end)
{
    return slice_icase_ends(slice_from(path), slice_from(end));
}

static void test_order_and_sizes(void **state)
{
    (void)state;
    static const char *const wanted[] = { "/B.log", "/a/1.log", "/a/2.log", "/a.log",
                                          "/b.log" };
    struct tree tree = tree_make();
    tree_folder(&tree, "a");
    tree_folder(&tree, "empty");
    tree_file(&tree, "b.log", "12");
    tree_file(&tree, "B.log", "");
    tree_file(&tree, "a.log", "1");
    tree_file(&tree, "a/2.log", "123");
    tree_file(&tree, "a/1.log", "1234");
    struct evidence_list list = EVIDENCE_LIST_INIT;
    evidence_walk(&list, (char *[]){ tree.root }, 1);
    assert_int_equal(list.file_count, 5);
    for (size_t i = 0; i < list.file_count; i++)
        if (!ends_with(list.files[i].path, wanted[i]))
            fail_msg("file %zu is %s", i, list.files[i].path);
    assert_int_equal(list.files[1].size, 4);
    assert_true(list.bytes == 10);
    assert_int_equal(list.trouble_count, 0);
    evidence_list_deinit(&list);
    remove_all(tree.root);
}

static void test_links(void **state)
{
    (void)state;
    struct tree tree = tree_make();
    tree_folder(&tree, "in");
    tree_file(&tree, "outside.log", "1");
    tree_link(&tree, "..", "in/circle");
    tree_link(&tree, "../outside.log", "in/file");
    tree_link(&tree, "nowhere", "in/dangling");
    tree_link(&tree, "in", "named");
    char in[512], named[512];
    tree_path(&tree, "in", in);
    tree_path(&tree, "named", named);
    struct evidence_list list = EVIDENCE_LIST_INIT;
    evidence_walk(&list, (char *[]){ in }, 1);
    assert_int_equal(list.file_count, 0);
    assert_int_equal(list.trouble_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(list.troubles[i].skipped);
    evidence_list_deinit(&list);

    tree_file(&tree, "in/x.log", "1");
    evidence_walk(&list, (char *[]){ named }, 1); /* followed: the user named it */
    assert_int_equal(list.file_count, 1);
    evidence_list_deinit(&list);
    remove_all(tree.root);
}

static void test_troubles(void **state)
{
    (void)state;
    struct tree tree = tree_make();
    char missing[512], pipe_path[512], one[512];
    tree_path(&tree, "missing", missing);
    tree_path(&tree, "pipe", pipe_path);
    tree_path(&tree, "one.log", one);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    tree_file(&tree, "one.log", "1");
    struct evidence_list list = EVIDENCE_LIST_INIT;
    evidence_walk(&list, (char *[]){ missing, one, pipe_path }, 3);
    assert_int_equal(list.file_count, 1);
    assert_int_equal(list.files[0].root, 1);
    assert_int_equal(list.trouble_count, 2);
    assert_false(list.troubles[0].skipped);
    assert_int_equal(list.troubles[0].root, 0);
    assert_non_null(strstr(list.troubles[0].reason, "no such"));
    assert_int_equal(list.troubles[1].root, 2);
    evidence_list_deinit(&list);
    remove_all(tree.root);
}

static void test_depth(void **state)
{
    (void)state;
    struct tree tree = tree_make();
    struct buf path = BUF_INIT;
    buf_add_text(&path, tree.root);
    for (int i = 0; i < EVIDENCE_DEPTH_MAX + 5; i++) {
        buf_add_text(&path, "/d");
        assert_int_equal(mkdir(path.ptr, 0700), 0);
    }
    struct evidence_list list = EVIDENCE_LIST_INIT;
    evidence_walk(&list, (char *[]){ tree.root }, 1);
    assert_int_equal(list.trouble_count, 1);
    assert_false(list.troubles[0].skipped);
    assert_non_null(strstr(list.troubles[0].reason, "deep"));
    evidence_list_deinit(&list);
    buf_deinit(&path);
    remove_all(tree.root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_sizes),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_troubles),
        cmocka_unit_test(test_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
