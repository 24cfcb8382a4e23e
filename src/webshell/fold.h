/*
 * Functions that compute constants, for the tables of api.h. Each takes its subject first (see
 * fold_function); indexes count from 0 unless said otherwise. Thread rule: no state.
 */
#ifndef HAUBERK_WEBSHELL_FOLD_H
#define HAUBERK_WEBSHELL_FOLD_H

#include "webshell/api.h"

/* Text as it is: ToString, CStr, ToCharArray, GetBytes, GetString of known bytes, strval. */
fold_function fold_same;
fold_function fold_lower, fold_upper, fold_trim, fold_reverse; /* (text) */
fold_function fold_length;                                     /* (text) → number */
fold_function fold_replace;          /* (text, what, with); also lists of what and with */
fold_function fold_translate;        /* (text, from, to): strtr, character by character */
fold_function fold_substring;        /* (text, start[, length]); negative start: from the end */
fold_function fold_slice;            /* (text, start, end): JScript, Java */
fold_function fold_mid;              /* (text, start from 1[, length]) */
fold_function fold_left, fold_right; /* (text, length) */
fold_function fold_remove;           /* (text, start[, length]) */
fold_function fold_insert;           /* (text, start, what) */
fold_function fold_char_at;          /* (text or list, index) */
fold_function fold_char;       /* (number ...) → text: Chr, fromCharCode, Convert.ToChar */
fold_function fold_code;       /* (text[, index]) → number: Asc, ord, charCodeAt */
fold_function fold_number;     /* (text[, base]) → number: CInt, parseInt, intval */
fold_function fold_hex_number; /* (number) → text in hexadecimal */
fold_function fold_split;      /* (text, separator) → list; no separator: spaces */
fold_function fold_join;       /* (list, separator) → text */
fold_function fold_join_separator; /* (separator, list or texts ...): String.Join, implode */
fold_function fold_concat;         /* (any ...) → text */
fold_function fold_list;           /* (any ...) → list */
fold_function fold_characters;     /* (text[, length 1]) → list: str_split */
fold_function fold_difference;     /* (list, list ...) → list of what is in the first only */
fold_function fold_items;          /* (list) → the list */
fold_function fold_first, fold_last; /* (list) → item */
fold_function fold_splice;           /* (text, with, start[, length]): substr_replace */
fold_function fold_repeat;           /* (text, count) */
fold_function fold_format;           /* ("{0}{1}", any ...) */
fold_function fold_sprintf;          /* ("%s%d%c", any ...) */
fold_function fold_base64;           /* (text) decodes; sets FLOW_DECODED */
fold_function fold_base64_encode;    /* (text) */
fold_function fold_hex;              /* (text) decodes pairs of digits; sets FLOW_DECODED */
fold_function fold_url, fold_html;   /* (text) decodes: unescape, urldecode, HtmlDecode */
fold_function fold_rot13;            /* (text) */
fold_function fold_xor;              /* (text, key); sets FLOW_DECRYPTED */
fold_function fold_and, fold_or;     /* (text, text) of PHP: byte by byte */
fold_function fold_exclusive;        /* the same, as long as the shorter; sets FLOW_DECRYPTED */
fold_function fold_complement;       /* (text) of PHP: ~ of each byte */
fold_function fold_inflate;          /* (bytes) raw, zlib or gzip; sets FLOW_DECRYPTED */
fold_function fold_uudecode;         /* (text) */
fold_function fold_pack;             /* (format, any ...) of PHP: H*, C*, a* */

#endif
