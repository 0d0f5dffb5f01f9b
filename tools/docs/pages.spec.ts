import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PLACE_CODES, settingEntries, PROBLEMS } from '@waymark/platform';
import { pages } from './pages.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the apps are made of, less the tables that the pages are made of. */
function appSources(): string {
  return ['apps/command/src', 'apps/tick-gateway/src', 'libs/platform/src']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(root, folder, name)),
    )
    .filter((file) =>
      /^(?!problems\.ts|place-codes\.ts|operations)[\w-]+\.((controller|filter|route)\.)?ts$/.test(basename(file)),
    )
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}

describe('pages made from tables', () => {
  it('are committed as they would be written', () => {
    const run = spawnSync(process.execPath, ['--conditions=waymark-source', 'tools/docs/main.ts', '--check'], {
      cwd: root,
    });
    expect(run.stderr.toString()).toBe('');
    expect(run.status).toBe(0);
  });

  it('name every setting and every problem', () => {
    const text = pages()
      .map((page) => page.text)
      .join('');
    for (const [, setting] of settingEntries()) expect(text).toContain(`### ${setting.name}\n`);
    for (const slug of Object.keys(PROBLEMS)) expect(text).toContain(`### ${slug}\n`);
  });

  it('name every code of a place, and not-utf8 where documents are described', () => {
    const text = readFileSync(join(root, 'docs/problems.md'), 'utf8');
    for (const code of Object.keys(PLACE_CODES)) expect(text).toMatch(new RegExp(`^\\| \`${code}\` +\\| `, 'm'));
    expect(readFileSync(join(root, 'docs/quest-format.md'), 'utf8')).toContain('`not-utf8`');
  });

  it('name no code that no app gives', () => {
    const given = appSources();
    expect(Object.keys(PLACE_CODES).filter((code) => !given.includes(`'${code}'`))).toEqual([]);
  });

  it('name no problem that no app answers', () => {
    const sources = appSources();
    expect(Object.keys(PROBLEMS).filter((slug) => !sources.includes(`'${slug}'`))).toEqual([]);
  });
});
