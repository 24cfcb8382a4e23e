/* Passwords on their way from the request: what is one, and what stops being one. */
#include "webshell/flow_internal.h"

static bool has_word(struct slice text, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (slice_icase_has(text, slice_from(*words))) {
            return true;
        }
    }
    return false;
}

/* Of a field, a box or a variable: one word, not a sentence about passwords. */
bool follow_names_password(struct slice text)
{
    static const char *const words[] = { "passw", "pwd", "passphrase", NULL };
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == ' ' || text.ptr[i] == '=' || text.ptr[i] == ':') {
            return false;
        }
    }
    bool other = slice_icase_has(text, SLICE_LIT("bypass"));
    return has_word(text, words) || (!other && slice_icase_ends(text, SLICE_LIT("pass")));
}

/* A hash gives no password back. What only encrypts may. */
bool follow_hashes(struct slice name)
{
    static const char *const words[] = { "hash", "md5", "sha1", "sha256", "sha512", NULL };
    bool crypt = slice_icase_eq(name, SLICE_LIT("crypt"));
    return crypt || has_word(name, words);
}

/* request.Form["password"], request.getParameter("password") */
void follow_mark_password(struct follow *follow, const struct value *key, struct value *value)
{
    if ((value->sources & FROM_CALLER) &&
        follow_names_password(value_as_text(follow->arena, key))) {
        value->notes |= FLOW_CREDENTIAL;
    }
}
