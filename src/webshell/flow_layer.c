/*
 * Text that becomes code: what is evaluated, compiled, or written to a page.
 */
#include "webshell/flow_internal.h"

#define LAYER_DEPTH_MAX 6

/* Code of another language: compilers are given C# or Visual Basic. */
static enum language language_of(const struct follow *follow, struct slice code)
{
    if (follow->language != LANGUAGE_CSHARP && follow->language != LANGUAGE_VB) {
        return follow->language;
    }
    bool basic = slice_icase_has(code, SLICE_LIT("End Sub")) ||
                 slice_icase_has(code, SLICE_LIT("End Function")) ||
                 slice_icase_has(code, SLICE_LIT("End Class"));
    return basic ? LANGUAGE_VB : LANGUAGE_CSHARP;
}

/* Functions of a page or a style sheet of its own: called from where nobody looks. */
static void enter_functions(struct follow *follow, const struct function *first)
{
    for (const struct function *f = first; f != NULL && !follow->out->exhausted; f = f->next) {
        follow_enter_itself(follow, f);
    }
}

static struct value walk_layer(struct follow *follow, enum language language,
                               const struct piece *pieces, size_t count)
{
    struct tree tree;
    enum language outer = follow->language;
    tree_parse(follow->arena, language, pieces, count, &tree);
    follow_use_language(follow, language);
    follow->layer++;
    follow->out->layers++;
    struct function **added = follow->functions_end;
    follow_collect(follow, tree.root);
    struct value value = follow_node(follow, tree.root);
    if (language != outer) {
        enter_functions(follow, *added);
    }
    follow->layer--;
    follow_use_language(follow, outer);
    return value;
}

static bool may_enter(struct follow *follow, struct slice code)
{
    return code.len > 3 && follow->layer < LAYER_DEPTH_MAX &&
           follow->out->layers < FLOW_LAYERS_MAX;
}

struct value follow_layer(struct follow *follow, const struct value *code, uint32_t line)
{
    if (code->kind != VALUE_TEXT || !may_enter(follow, code->text)) {
        return VALUE_NOTHING;
    }
    struct piece piece = { .kind = PIECE_CODE,
                           .language = language_of(follow, code->text),
                           .line = line,
                           .text = code->text };
    return walk_layer(follow, piece.language, &piece, 1);
}

static bool looks_like_page(struct slice text)
{
    return slice_has(text, SLICE_LIT("<%")) || slice_icase_has(text, SLICE_LIT("<?php")) ||
           slice_has(text, SLICE_LIT("<?=")) || slice_icase_has(text, SLICE_LIT("runat")) ||
           slice_icase_has(text, SLICE_LIT("implements-prefix"));
}

/* The lines of the inner page are of no use to the reader: they get that of the writer. */
static void at_line(struct parts *parts, uint32_t line)
{
    for (size_t i = 0; i < parts->piece_count; i++) {
        parts->pieces[i].line = line;
    }
}

void follow_written(struct follow *follow, const struct value *content, uint32_t line)
{
    struct slice text = content->kind == VALUE_TEXT ? content->text : SLICE_NULL;
    if (text.ptr == NULL || !may_enter(follow, text) || !looks_like_page(text)) {
        return;
    }
    struct parts parts;
    split_page(follow->arena, text, slice_from(""), &parts);
    at_line(&parts, line);
    for (size_t i = 0; i < parts.piece_count; i++) {
        if (i == 0 || parts.pieces[i].language != parts.pieces[i - 1].language) {
            walk_layer(follow, parts.pieces[i].language, parts.pieces, parts.piece_count);
            break;
        }
    }
}
