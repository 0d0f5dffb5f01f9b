import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { settingEntries, PROBLEMS } from '@waymark/platform';
import { pages } from './pages.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

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

  it('name no problem that no app answers', () => {
    const sources = ['apps/command/src', 'apps/tick-gateway/src', 'libs/platform/src']
      .flatMap((folder) =>
        readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(root, folder, name)),
      )
      .filter((file) => /^(?!problems\.ts|operations)[\w-]+\.((controller|filter|route)\.)?ts$/.test(basename(file)))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    expect(Object.keys(PROBLEMS).filter((slug) => !sources.includes(`'${slug}'`))).toEqual([]);
  });
});
