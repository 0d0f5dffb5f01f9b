/**
 * What a text must keep that people read in one line: titles of quests and, by the command app, names of players. A description has lines and
 * keeps the second rule alone, less line breaks.
 */

/** Zero-width characters and fillers (default ignorables) are nothing to see, like blanks, controls, and code points without a character. */
const VISIBLE = /[^\p{Z}\p{C}\p{DI}]/u;
const CONTROL_OR_LINE_END = /[\p{Cc}\p{Zl}\p{Zp}]/u;
const CONTROL_BUT_LINE_END = /[^\P{Cc}\n\r]/u;

export const isBlank = (text: string): boolean => !VISIBLE.test(text);

/** The first code unit that may not stand in a text of one line, or -1. */
export const controlInLine = (text: string): number => text.search(CONTROL_OR_LINE_END);

/** As controlInLine, for a text that may have lines (LF, CRLF, CR). */
export const controlInLines = (text: string): number => text.search(CONTROL_BUT_LINE_END);
