import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { bundleScript } from './bundle.ts';
import { k6Binary, k6Version, pinnedVersion, type K6Sources } from './k6-binary.ts';

/** What `go version` of a stand-in answers. */
const GO_1_26 = '[ "$1" = version ] && echo "go version go1.26.0 linux/amd64" && exit 0';

describe('finding k6', () => {
  let directory: string;
  let sources: K6Sources;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'waymark-k6-'));
    const module = join(directory, 'module');
    const programs = join(directory, 'bin');
    for (const made of [module, programs]) mkdirSync(made);
    writeFileSync(
      join(module, 'go.mod'),
      'module m\n\ngo 1.25.0\n\nrequire (\n\tgo.k6.io/k6/v2 v2.2.0 // indirect\n)\n',
    );
    writeFileSync(join(module, 'go.sum'), '');
    sources = { module, cache: join(directory, 'cache'), path: programs };
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('builds it once with Go, and not again until go.mod or go.sum changes', async () => {
    program('go', `echo go >> "$0.calls"; ${GO_1_26}; for last; do :; done; echo built > "$4"`);
    const first = await k6Binary(sources);
    expect(readFileSync(first, 'utf8')).toBe('built\n');
    const calls = readFileSync(join(sources.path, 'go.calls'), 'utf8');
    expect(await k6Binary(sources)).toBe(first);
    expect(readFileSync(join(sources.path, 'go.calls'), 'utf8')).toBe(calls);
    writeFileSync(join(sources.module, 'go.sum'), 'another\n');
    expect(await k6Binary(sources)).not.toBe(first);
  });

  it('says why Go could not build it, and leaves nothing that could be taken for it', async () => {
    program('go', `${GO_1_26}; echo half > "$4"; echo "no such module" >&2; exit 1`);
    await expect(k6Binary(sources)).rejects.toMatchObject({
      code: 'k6-unavailable',
      message: 'Go could not build k6 v2.2.0 from loadtest/go.mod: no such module',
    });
    expect(readdirSync(sources.cache)).toEqual([]);
  });

  it('takes a k6 on PATH of the same major version where there is no Go', async () => {
    program('k6', 'echo "k6 v2.9.1 (go1.30.0, linux/amd64)"');
    expect(await k6Binary(sources)).toBe('k6');
  });

  it.each([
    ['of before toolchains', 'echo "go version go1.19.8 linux/amd64"'],
    [
      'that cannot get a newer toolchain',
      '[ "$GOTOOLCHAIN" = local ] && echo "go version go1.24.4 linux/amd64" && exit 0; echo "toolchain not available" >&2; exit 1',
    ],
  ])('takes a good k6 rather than a Go %s', async (_, go) => {
    program('go', go);
    program('k6', 'echo "k6 v2.2.0 (go1.26.0, linux/amd64)"');
    expect(await k6Binary(sources)).toBe('k6');
  });

  it('says what is too old where there is only that', async () => {
    program('go', 'echo "go version go1.24.4 linux/amd64"');
    await expect(k6Binary(sources)).rejects.toMatchObject({
      code: 'k6-unavailable',
      message: expect.stringMatching(
        /^there is only Go 1\.24\.4 and no k6 on this machine: install Go 1\.25\.0 or later/,
      ),
    });
  });

  it('tells the version of the one that is used, not of the one that is pinned', async () => {
    program('k6', 'echo "k6 v2.9.1 (go1.30.0, linux/amd64)"');
    expect(await k6Version('k6', sources)).toBe('2.9.1');
    program('k6', 'echo "k6 (devel)"');
    expect(await k6Version('k6', sources)).toBe('unknown');
  });

  it('refuses one of another version, and says how to get either', async () => {
    program('k6', 'echo "k6 v1.3.0 (go1.24.1, linux/amd64)"');
    await expect(k6Binary(sources)).rejects.toMatchObject({
      code: 'k6-unavailable',
      message: expect.stringMatching(/^the k6 on PATH is v1\.3\.0 .*install Go .*or put a k6 v2 on PATH$/),
    });
  });

  it('says how to get either where there is neither', async () => {
    await expect(k6Binary(sources)).rejects.toMatchObject({
      code: 'k6-unavailable',
      message: expect.stringMatching(/^there is no Go and no k6 on this machine: install Go .*or put a k6 v2 on PATH$/),
    });
  });

  it('reads the pinned version from the go.mod of this repository', () => {
    expect(pinnedVersion()).toBe('v2.2.0');
  });

  it('bundles the script with everything but k6 itself', () => {
    const script = join(directory, 'players.js');
    bundleScript(script);
    const imported = [...readFileSync(script, 'utf8').matchAll(/^import .* from "(.*)";$/gm)].map(([, from]) => from);
    expect(imported.sort()).toEqual(['k6/data', 'k6/metrics', 'k6/timers', 'k6/websockets']);
  });

  function program(name: string, script: string): void {
    const file = join(sources.path, name);
    writeFileSync(file, `#!/bin/sh\nPATH="$PATH${delimiter}/bin${delimiter}/usr/bin"\n${script}\n`);
    chmodSync(file, 0o755);
  }
});
