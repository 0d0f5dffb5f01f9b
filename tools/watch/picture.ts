/**
 * Draws docs/watch.svg, the picture in README.md: what `npm run watch -- --once` prints of a running demo, a frame each, played in a loop.
 * Needs `npm start` running beside it.
 *
 *   node --conditions=waymark-source tools/watch/picture.ts [GAME_ID]
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

const FRAME_COUNT = 8;
const FRAME_SECONDS = 1.5;
const COLUMNS = 92;
const CHAR_WIDTH = 8.4;
const LINE_HEIGHT = 19;
const MARGIN = 16;

const frames = Array.from({ length: FRAME_COUNT }, () => {
  const args = ['--conditions=waymark-source', 'tools/watch/main.ts', '--once', ...process.argv.slice(2)];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '', FORCE_COLOR: '1' },
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trimEnd().split('\n');
});
const lineCount = Math.max(...frames.map((lines) => lines.length));
const width = Math.ceil(COLUMNS * CHAR_WIDTH + 2 * MARGIN);
const height = lineCount * LINE_HEIGHT + 2 * MARGIN;
const loopSeconds = FRAME_COUNT * FRAME_SECONDS;

writeFileSync(
  new URL('../../docs/watch.svg', import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" font-family="ui-monospace,Menlo,Consolas,monospace" font-size="14">
<title>npm run watch: a running game in the terminal</title>
<style>
.frame{visibility:hidden;animation:show ${loopSeconds}s steps(1) infinite}
.frame:first-of-type{visibility:visible}
@keyframes show{0%{visibility:visible}${(100 / FRAME_COUNT).toFixed(2)}%{visibility:hidden}}
text{fill:#d7dde5;white-space:pre}.b{font-weight:700;fill:#fff}.d{fill:#8391a3}.green{fill:#7fd88f}.yellow{fill:#e8c468}.red{fill:#f07178}.cyan{fill:#78c8e8}
</style>
<rect width="${width}" height="${height}" rx="8" fill="#141a22"/>
${frames.map(drawFrame).join('\n')}
</svg>
`,
);

function drawFrame(lines: readonly string[], index: number): string {
  const texts = lines.map((line, row) => {
    const y = MARGIN + (row + 0.75) * LINE_HEIGHT;
    return `<text xml:space="preserve" x="${MARGIN}" y="${y}">${drawLine(line)}</text>`;
  });
  return `<g class="frame" style="animation-delay:${index * FRAME_SECONDS}s">\n${texts.join('\n')}\n</g>`;
}

/** The few escapes that picocolors writes: bold, dim, a colour, and their ends. */
function drawLine(line: string): string {
  const classes: Readonly<Record<string, string>> = {
    1: 'b',
    2: 'd',
    31: 'red',
    32: 'green',
    33: 'yellow',
    36: 'cyan',
  };
  let current = '';
  return line
    .split(/(\u001b\[\d+m)/)
    .map((part) => {
      const code = /^\u001b\[(\d+)m$/.exec(part)?.[1];
      if (code !== undefined) {
        current = classes[code] ?? '';
        return '';
      }
      const text = escapeXml(stripVTControlCharacters(part));
      return text === '' || current === '' ? text : `<tspan class="${current}">${text}</tspan>`;
    })
    .join('');
}

function escapeXml(text: string): string {
  return text.replace(/[&<>]/g, (char) => `&#${char.codePointAt(0)};`);
}
