import { PROBLEM_CONTENT_TYPE, problemType, PROBLEMS, settingEntries, SETTINGS_NOT_BUILT } from '@waymark/platform';
import type { ProblemSlug, Reader } from '@waymark/platform';

/**
 * Pages of docs/ that are made from tables in the source: settings and problems. Written by main.ts beside this, compared with
 * what is committed by pages.spec.ts.
 */
export interface Page {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

export function pages(): readonly Page[] {
  return [
    { path: 'docs/configuration.md', text: configurationPage() },
    { path: 'docs/problems.md', text: problemsPage() },
  ];
}

const READERS: Readonly<Record<Reader, string>> = {
  command: 'command app',
  gateway: 'tick-gateway',
  start: '`npm start`',
  demo: 'bots of `npm start`',
  tests: 'tests',
};

function configurationPage(): string {
  const sections = settingEntries().map(([, setting]) => {
    const readers = setting.readBy.map((reader) => READERS[reader]).join(', ');
    return [
      `### ${setting.name}`,
      '',
      setting.meaning,
      '',
      `- Value: ${setting.rule}`,
      `- Default: ${setting.defaultText.startsWith('(') ? setting.defaultText.slice(1, -1) : `\`${setting.defaultText}\``}`,
      `- Read by: ${readers}`,
      '',
    ].join('\n');
  });
  const later = SETTINGS_NOT_BUILT.map(({ name, sentence }) => `- \`${name}\`: ${sentence}.\n`);
  return `<!-- Made by tools/docs/main.ts from libs/platform/src/config/settings.ts. Change it there. -->

# Configuration

Waymark is told what to do by environment variables, all read once, at start. Every fault is reported at once, in one sentence each: the
variable, its value and the rule; then the process ends with exit code 1. A name that begins with \`WAYMARK_\` and is not in this list is a
fault too, so that a typing mistake does not pass in silence. A variable that is set to nothing counts as not set.

Limits of the system (waypoints of a quest, players of a game, bytes of a frame) are not settings: they stand in
\`libs/base/src/limits.ts\`, each with its reason.

## Settings

${sections.join('\n')}
## Not in this version

Setting one of these is refused rather than passed over:

${later.join('')}`;
}

function problemsPage(): string {
  const sections = Object.entries(PROBLEMS).map(([slug, { meaning, status, title }]) =>
    [
      `### ${slug}`,
      '',
      `${status}. ${title}.`,
      '',
      meaning,
      '',
      `\`type\`: \`${problemType(slug as ProblemSlug)}\``,
      '',
    ].join('\n'),
  );
  return `<!-- Made by tools/docs/main.ts from libs/platform/src/problems.ts. Change it there. -->

# Problems

Every refusal over HTTP is a document of RFC 9457, \`${PROBLEM_CONTENT_TYPE}\`:

| member | what it is |
| --- | --- |
| \`type\` | which problem: an address on the same server, which answers with this page's text about it. Stable: decide by it |
| \`title\` | the problem in a few words, the same for every case of it |
| \`status\` | the HTTP status |
| \`detail\` | what happened in this case, for people |
| \`instance\` | the request's id, as it stands in the server's log |
| \`errors\` | for bodies, headers and parameters: one entry a place, \`{pointer, parameter, line, column, code, detail}\` as far as they apply |

Some problems have a member more, with a number of the case (\`errorCount\`, \`maxPlayers\`, \`revision\`, ...). There may be others later: pass over
what you do not know.

A 503 has the header \`Retry-After\`. A retry with the same \`Idempotency-Key\` and the same body is always safe.

## All of them

${sections.join('\n')}`;
}
