import { PLACE_CODES, PROBLEM_CONTENT_TYPE, problemType, PROBLEMS, settingEntries } from '@waymark/platform';
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
      ...(setting.mayBeInFile === true
        ? [`- Or in a file: \`${setting.name}_FILE\` is the path of one that holds it`]
        : []),
      `- Default: ${setting.defaultText.startsWith('(') ? setting.defaultText.slice(1, -1) : `\`${setting.defaultText}\``}`,
      `- Read by: ${readers}`,
      '',
    ].join('\n');
  });
  return `<!-- Made by tools/docs/main.ts from libs/platform/src/config/settings.ts. Change it there. -->

# Configuration

Waymark is told what to do by environment variables, all read once, at start. Every fault is reported at once, in one sentence each: the
variable, its value and the rule; then the process ends with exit code 1. A name that begins with \`WAYMARK_\` and is not in this list is a
fault too, so that a typing mistake does not pass in silence. A variable that is set to nothing counts as not set.

What may hold a password may stand in a file, as Docker and Kubernetes mount secrets: \`NAME_FILE\` is then its path, in place of \`NAME\`. White space around the value
is cut off. Both at once, or a file that cannot be read, is empty or holds no such value, is a fault.

Limits of the system (waypoints of a quest, players of a game, bytes of a frame) are not settings: they stand in
\`libs/base/src/limits.ts\`, each with its reason.

## Settings

${sections.join('\n')}`;
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
  const codes = Object.entries(PLACE_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |\n`);
  return `<!-- Made by tools/docs/main.ts from problems.ts and place-codes.ts in libs/platform/src. Change it there. -->

# Problems

Every refusal over HTTP is a document of RFC 9457, \`${PROBLEM_CONTENT_TYPE}\`:

| member | what it is |
| --- | --- |
| \`type\` | which problem: an address on the same server, which answers with this page's text about it. Stable: decide by it |
| \`title\` | the problem in a few words, the same for every case of it |
| \`status\` | the HTTP status |
| \`detail\` | what happened in this case, for people |
| \`instance\` | a URN with the request's id (\`urn:waymark:request:...\`), as it stands in the server's log; not there when no request was read, and on the admin ports |
| \`errors\` | for bodies, headers and parameters: one entry a place, \`{pointer, parameter, line, column, code, detail}\` as far as they apply |

Two things are refused by Node itself before that: HTTP/1.1 without \`Host\` gets a 400 without a body, and CONNECT no answer at all.

Some problems have a member more, with a number of the case (\`errorCount\`, \`maxPlayers\`, \`revision\`, ...). There may be others later: pass over
what you do not know.

## The places

Each entry of \`errors\` has a \`code\`, stable, for programs. For quest documents and for what is not strict JSON they are those of
[quest-format.md](quest-format.md#errors); for the rest of a request these:

| code | what is wrong |
| --- | --- |
${codes.join('')}
## Trying again

A 503 has the header \`Retry-After\`. A retry with the same \`Idempotency-Key\`, path and body is always safe: it is answered with the first outcome.

A key is compared among the commands of one caller (an author; a player in a game; all who show no token) on one quest or one game. \`POST /quests\`
and \`POST /games\` make the new id from caller and key, so there a key is compared with all that this caller has made by the same address. On
another quest or game the same key is another key, and nothing is refused: a fresh key for each command is the caller's to choose. A command that
was refused, or changed nothing, leaves its key free.

## All of them

${sections.join('\n')}`;
}
