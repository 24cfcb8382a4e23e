/* Tokens stand in the order of the text, brackets point at each other, texts have an end. */
#include "fuzz_target.h"

#include <stdlib.h>

#include "webshell/lex.h"

static void check_brackets(const struct lexed *lexed)
{
    for (size_t i = 0; i + 1 < lexed->count; i++) {
        const struct token *token = &lexed->tokens[i];
        if (token->kind == TOKEN_END)
            abort();
        if (token->kind != TOKEN_SIGN || token->match + 1 == lexed->count)
            continue;
        if (token->match >= lexed->count || lexed->tokens[token->match].match != i)
            abort();
    }
    if (lexed->tokens[lexed->count - 1].kind != TOKEN_END)
        abort();
}

static void check_texts(struct lexed *lexed, struct arena *arena, enum language language)
{

    for (size_t i = 0; i < lexed->count; i++) {
        const struct token *token = &lexed->tokens[i];
        if (token->kind == TOKEN_NUMBER)
            lex_number(language, token->text);
        if (token->kind != TOKEN_TEXT)
            continue;
        struct lex_text text = lex_text_of(lexed, arena, language, token);
        struct text_part part;
        size_t parts = 0;
        while (lex_text_next(&text, &part))
            if (++parts > token->text.len)
                abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum language languages[] = { LANGUAGE_CSHARP, LANGUAGE_JSCRIPT, LANGUAGE_JAVA,
                                               LANGUAGE_PHP };
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
        struct arena arena = ARENA_INIT;
        struct lexed lexed = { 0 };
        const struct piece piece = { PIECE_CODE, languages[i], 1,
                                     slice_of((const char *)data, size) };
        lex_piece(&lexed, &arena, &piece);
        lex_finish(&lexed);
        check_brackets(&lexed);
        check_texts(&lexed, &arena, languages[i]);
        lexed_deinit(&lexed);
        arena_deinit(&arena);
    }
    return 0;
}
