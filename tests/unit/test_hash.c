/* Digests against the vectors of FIPS 180-4 and RFC 1321; hex there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash.h"

static const struct {
    enum hash_kind kind;
    const char *text, *hex;
} vectors[] = {
    { HASH_MD5, "", "d41d8cd98f00b204e9800998ecf8427e" },
    { HASH_MD5, "abc", "900150983cd24fb0d6963f7d28e17f72" },
    { HASH_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
    { HASH_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { HASH_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { HASH_SHA256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

#define VECTOR_COUNT (sizeof vectors / sizeof *vectors)

static void test_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        uint8_t digest[HASH_BYTES_MAX];
        char text[HASH_TEXT_SIZE];
        hash_bytes(vectors[i].kind, slice_from(vectors[i].text), digest);
        assert_string_equal(hash_text(digest, hash_size(vectors[i].kind), text),
                            vectors[i].hex);
    }
}

static void test_stream(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        uint8_t digest[HASH_BYTES_MAX];
        char text[HASH_TEXT_SIZE];
        struct hash *hash = hash_new(vectors[i].kind);
        for (const char *c = vectors[i].text; *c; c++)
            hash_add(hash, c, 1);
        hash_finish(hash, digest);
        hash_free(hash);
        assert_string_equal(hash_text(digest, hash_size(vectors[i].kind), text),
                            vectors[i].hex);
    }
    hash_free(NULL);
}

static void test_parse(void **state)
{
    (void)state;
    uint8_t digest[2] = { 0, 0 };
    assert_true(hash_parse(SLICE_LIT("0aFF"), digest, 2));
    assert_int_equal(digest[0], 0x0a);
    assert_int_equal(digest[1], 0xff);
    assert_false(hash_parse(SLICE_LIT("0aF"), digest, 2));
    assert_false(hash_parse(SLICE_LIT("0aFF0"), digest, 2));
    assert_false(hash_parse(SLICE_LIT("0aGF"), digest, 2));
    assert_false(hash_parse(SLICE_NULL, digest, 2));
}

/* RFC 4231, test cases 1, 2 and 6. */
static void test_hmac(void **state)
{
    (void)state;
    char key[131], text[HASH_TEXT_SIZE];
    uint8_t digest[SHA256_BYTES];
    memset(key, 0x0b, sizeof key);
    hash_hmac(slice_of(key, 20), SLICE_LIT("Hi There"), digest);
    assert_string_equal(hash_text(digest, sizeof digest, text),
                        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    hash_hmac(SLICE_LIT("Jefe"), SLICE_LIT("what do ya want for nothing?"), digest);
    assert_string_equal(hash_text(digest, sizeof digest, text),
                        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    hash_hmac(slice_of(key, sizeof key),
              SLICE_LIT("Test Using Larger Than Block-Size Key - Hash Key First"), digest);
    assert_string_equal(hash_text(digest, sizeof digest, text),
                        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_parse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
