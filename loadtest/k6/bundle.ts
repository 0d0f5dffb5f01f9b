import { buildSync } from 'esbuild';
import { fileURLToPath } from 'node:url';

/** k6 takes TypeScript but resolves no package names, and libs/protocol imports libs/base by its name: one file with everything in it, from the sources. */
const SCRIPT = fileURLToPath(new URL('script/players.ts', import.meta.url));

/** Synchronous, so that no service process of esbuild outlives it. */
export function bundleScript(outfile: string): void {
  buildSync({
    entryPoints: [SCRIPT],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    conditions: ['waymark-source'],
    external: ['k6', 'k6/*'],
    logLevel: 'silent',
  });
}
