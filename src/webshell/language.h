/*
 * The languages in which server pages are written.
 */
#ifndef HAUBERK_WEBSHELL_LANGUAGE_H
#define HAUBERK_WEBSHELL_LANGUAGE_H

enum language {
    LANGUAGE_NONE,
    LANGUAGE_CSHARP,
    LANGUAGE_VB,      /* Visual Basic .NET */
    LANGUAGE_JSCRIPT, /* JScript of ASP, JScript .NET */
    LANGUAGE_VBSCRIPT,
    LANGUAGE_JAVA,
    LANGUAGE_PHP,
};

#endif
