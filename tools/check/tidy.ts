import { globSync, readFileSync } from 'node:fs';

/**
 * House rules that no linter knows, over every source file. A rule is a name, the files it is for, and a test of one file's text that
 * gives the faults as `line: what`. tidy.spec.ts shows each of them a file that breaks it.
 */
export interface TidyRule {
  readonly name: string;
  readonly files: RegExp;
  faults(text: string): readonly string[];
}

const FILE_LINES_MAX = 400;

export const TIDY_RULES: readonly TidyRule[] = [
  {
    name: 'unfinished',
    files: /\.(ts|mjs)$/,
    faults: (text) => matchingLines(text, /\b(TODO|FIXME|XXX|HACK)\b/, 'work left undone belongs in an issue'),
  },
  {
    name: 'file-length',
    files: /\.(ts|mjs)$/,
    faults(text) {
      const lineCount = text.split('\n').length;
      if (lineCount <= FILE_LINES_MAX || /Longer than \d+ lines because/.test(text)) return [];
      return [
        `1: ${lineCount} lines; past ${FILE_LINES_MAX} a file is split, or says "Longer than 400 lines because ..."`,
      ];
    },
  },
  {
    name: 'decorators-in-apps',
    files: /^libs\/.*\.ts$/,
    faults: (text) => matchingLines(text, /^\s*@[A-Z]\w+\(/, 'decorators stay in apps'),
  },
  {
    name: 'switched-off-checks',
    files: /\.(ts|mjs)$/,
    faults: (text) =>
      matchingLines(
        text,
        /@ts-(ignore|nocheck|expect-error)|(oxlint|eslint)-disable(?!-next-line \S+ -- )/,
        'say why, or mend it',
      ),
  },
  {
    name: 'index-only-reexports',
    files: /^libs\/[^/]+\/src\/index\.ts$/,
    faults: (text) =>
      text
        .replace(/export (type )?(\*|\{[^}]*\}) from '[^']+';/g, (found) => found.replace(/[^\n]/g, ''))
        .split('\n')
        .flatMap((line, index) =>
          line.trim() === '' || line.startsWith('//') ? [] : [`${index + 1}: an index only re-exports`],
        ),
  },
];

/** Every fault of the tree under the working directory, as `file:line: what (rule)`. */
export function tidy(): readonly string[] {
  const files = globSync('{libs,apps,tools,loadtest}/**/*.{ts,mjs}', {
    exclude: (path) => /(^|\/)(node_modules|dist|canaries)(\/|$)/.test(path),
  });
  return files.flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    return TIDY_RULES.filter((rule) => rule.files.test(file) && !file.startsWith('tools/check/tidy')).flatMap((rule) =>
      rule.faults(text).map((fault) => `${file}:${fault} (${rule.name})`),
    );
  });
}

function matchingLines(text: string, pattern: RegExp, what: string): string[] {
  return text
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [`${index + 1}: ${what}: ${line.trim().slice(0, 80)}`] : []));
}
