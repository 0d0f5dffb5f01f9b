/** What `npm start` runs, in the order in which it is started; it is stopped in the reverse order. One place for the flags of each. */
export interface Program {
  readonly name: 'command' | 'gateway' | 'demo';
  /** In sentences for people. */
  readonly title: string;
  /** Node's own flags, then the file, from the root of the repository. */
  readonly args: readonly string[];
  /** From being told to stop until it is killed. All together stay under the 3 s that Ctrl-C may take. */
  readonly stopMs: number;
}

/** node:sqlite is stable for what is used of it; its warning at each start tells nobody anything. */
const QUIET = '--disable-warning=ExperimentalWarning';

/**
 * Collections by the main thread alone: helpers must be woken and waited for, and on two busy cores that made pauses longer (8.6 against 4.2 ms a
 * second in the command app). Two threads are left for what V8 does beside the program.
 */
const SMALL = ['--no-parallel-scavenge', '--v8-pool-size=2'];

/*
 * Half of the young generation, MiB; V8's own 16 let both apps grow past their 180 MB. Smaller means more collections, each as short as
 * what survives. Measured at full load (docs/performance.md): the gateway 200 MB with 16, 152 with 2, pauses under 3 ms either way.
 */

/**
 * V8 moves what is made at a place to the old generation for good when what was made there at the start has lived long, as in an app that fills its caches. Of
 * the arrays of ioredis' answers each then kept its strings until the next major collection: nine of them a minute in the gateway over Redis, none
 * to two with this flag. In the command app it was parts of every request.
 */
const YOUNG_FIRST = '--no-allocation-site-pretenuring';

export const COMMAND: Program = {
  name: 'command',
  title: 'command app',
  args: [QUIET, '--max-semi-space-size=4', YOUNG_FIRST, ...SMALL, 'apps/command/dist/main.js'],
  stopMs: 900,
};
export const GATEWAY: Program = {
  name: 'gateway',
  title: 'tick-gateway',
  args: [QUIET, '--max-semi-space-size=2', YOUNG_FIRST, ...SMALL, 'apps/tick-gateway/dist/main.js'],
  stopMs: 1_200,
};
export const DEMO: Program = {
  name: 'demo',
  title: 'demo',
  args: [QUIET, 'tools/demo/main.ts'],
  stopMs: 400,
};

/** Players are told at once, not over seconds: whoever presses Ctrl-C waits for it. */
export const DRAIN_MS = 500;
