import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataDirError, prepareDataDir } from './data-dir.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'waymark-data-'));
});

afterEach(() => rm(root, { recursive: true }));

describe('prepareDataDir', () => {
  it('makes the directory and those above it, closed to others', async () => {
    const paths = await prepareDataDir(join(root, 'a', 'b'));
    for (const made of [paths.root, paths.keys, paths.logs]) expect((await stat(made)).mode & 0o777).toBe(0o700);
  });

  it('makes a private place for the bell when the path is long', async () => {
    const paths = await prepareDataDir(join(root, 'x'.repeat(120)));
    expect((await stat(join(paths.bell, '..'))).mode & 0o777).toBe(0o700);
  });

  it.each([
    ['a file in its place', 'there is a file in its place', (file: string) => file],
    ['a file above it', 'there is a file in its place', (file: string) => join(file, 'below')],
    // Linux has /proc and refuses what is made in it; on macOS it is missing, and the root directory is read-only.
    [
      'a place where nothing can be made',
      'it cannot be made there|the file system is read-only',
      () => '/proc/waymark',
    ],
  ])('says in one sentence what is wrong: %s', async (_name, reason, place) => {
    const file = join(root, 'file');
    await writeFile(file, '');
    const attempt = prepareDataDir(place(file));
    await expect(attempt).rejects.toThrow(DataDirError);
    await expect(attempt).rejects.toThrow(
      new RegExp(
        `^the data directory .* cannot be written \\(.*(${reason}).*\\); set WAYMARK_DATA_DIR to a directory that can$`,
      ),
    );
  });
});
