import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesOf, ROOT } from '../monitoring/rule-files.ts';

/** The workflows of CI, read by actionlint: fields, expressions, and the inputs of known actions. Nobody else reads them before they run. */
const ACTIONLINT = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12';
const FETCH_MS = 120_000;

/** One line a fault. Scripts are left to the shell: whether there is a shellcheck differs from machine to machine. */
function faultsOf(workflow: string): string[] {
  const flags = ['-no-color', '-oneline', '-shellcheck=', '-pyflakes=', '-'];
  const { error, status, stderr, stdout } = spawnSync('go', ['run', ACTIONLINT, ...flags], {
    // Outside of the repository: actionlint would take it for the subject.
    cwd: tmpdir(),
    encoding: 'utf8',
    input: workflow,
  });
  if (error !== undefined)
    throw new Error('Go is missing: it fetches actionlint, which reads the workflows. Put go on the PATH.');
  // `go run` ends with 1 for whatever the program ended with.
  if (status !== 0 && stdout === '') throw new Error(`actionlint did not run: ${stderr}`);
  return stdout.split('\n').filter(Boolean);
}

const workflows = filesOf('.github/workflows/*.yml');

it.each(workflows)(
  '%s is a workflow without a fault',
  (file) => expect(faultsOf(readFileSync(join(ROOT, file), 'utf8'))).toEqual([]),
  FETCH_MS,
);

it(
  'a fault would be seen',
  () => {
    const text = readFileSync(join(ROOT, workflows[0]!), 'utf8');
    expect(faultsOf(text.replace('runs-on:', 'runs_on:')).join()).toContain('runs_on');
    expect(faultsOf(text.replace('matrix.os', 'matrix.system')).join()).toContain('system');
  },
  FETCH_MS,
);
