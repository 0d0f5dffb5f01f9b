/**
 * Draws who may import whom, from table.ts, into ARCHITECTURE.md between its two marks. `--check` writes nothing and ends with 1 when the
 * picture there is not the table's.
 *
 *   node tools/boundaries/picture.ts [--check]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { PACKAGES } from './table.ts';

const FILE = new URL('../../ARCHITECTURE.md', import.meta.url);
const START = '<!-- imports: made by tools/boundaries/picture.ts from table.ts -->';
const END = '<!-- /imports -->';

const text = readFileSync(FILE, 'utf8');
const start = text.indexOf(START);
const end = text.indexOf(END);
if (start === -1 || end === -1) throw new Error(`ARCHITECTURE.md has lost its marks ${START} and ${END}`);
const drawn = `${text.slice(0, start)}${START}\n\n${picture()}\n\n${text.slice(end)}`;

if (!process.argv.includes('--check')) writeFileSync(FILE, drawn);
else if (drawn !== text) {
  console.error('the picture in ARCHITECTURE.md is not what tools/boundaries/table.ts says; run npm run generate');
  process.exitCode = 1;
}

/** Everything imports base, and testing is for tests: both would only add arrows. */
function picture(): string {
  const lines = ['```mermaid', 'flowchart TD'];
  for (const { path, imports } of PACKAGES) {
    if (path === 'libs/testing') continue;
    const name = path.split('/')[1]!;
    lines.push(path.startsWith('apps/') ? `  ${name}[[${path}]]` : `  ${name}[${path}]`);
    for (const other of imports) if (other !== 'base') lines.push(`  ${name} --> ${other}`);
  }
  return [...lines, '```'].join('\n');
}
