import type { RunProgress } from '../run/run-instruments.ts';
import type { GatePhase } from './gate-run.ts';

/**
 * What a run is doing, for whoever waits: on a terminal one line that lives, elsewhere a line a phase and one each ten seconds, so that a build log
 * shows it is not stuck. Written to standard error: standard output is the report's.
 */
const REMIND_MS = 10_000;
const REDRAW_MS = 500;

const PHASES: Readonly<Record<RunProgress['phase'] | GatePhase, string>> = {
  preflight: 'looking at the machine',
  starting: 'starting the apps',
  k6: 'getting k6 ready (built once, which takes a minute or two)',
  'set-up': 'making quests, games and players',
  connecting: 'connecting the players',
  'warm-up': 'warming up',
  measuring: 'measuring',
  collecting: 'collecting what was measured',
  'final states': 'asking the read API how it ended',
  stopping: 'stopping',
};

export class ProgressLine {
  private readonly windowMs: number;
  private readonly out: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;
  private readonly isLive: boolean;
  private readonly startedAt = performance.now();
  private readonly timer: NodeJS.Timeout;
  private phase = '';
  private detail = '';

  constructor(windowMs: number, out: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr) {
    this.windowMs = windowMs;
    this.out = out;
    this.isLive = out.isTTY && process.env['TERM'] !== 'dumb';
    this.timer = setInterval(() => this.draw(), this.isLive ? REDRAW_MS : REMIND_MS);
  }

  readonly show = (progress: RunProgress | GatePhase): void => {
    const phase = PHASES[typeof progress === 'string' ? progress : progress.phase];
    if (typeof progress !== 'string') this.detail = this.detailOf(progress);
    if (phase === this.phase) return;
    this.phase = phase;
    this.draw();
  };

  end(): void {
    clearInterval(this.timer);
    if (this.isLive) this.out.write('\r\x1b[K');
  }

  private draw(): void {
    if (this.phase === '') return;
    const seconds = Math.round((performance.now() - this.startedAt) / 1_000);
    const text = `${this.phase}${this.detail}, ${seconds} s`;
    this.out.write(this.isLive ? `\r\x1b[K  ... ${text}` : `  ... ${text}\n`);
  }

  private detailOf({ companion, elapsedMs, phase }: RunProgress): string {
    if (companion === null || (phase !== 'measuring' && phase !== 'warm-up')) return '';
    const of =
      phase === 'measuring' ? ` ${Math.round(elapsedMs / 1_000)} of ${Math.round(this.windowMs / 1_000)} s` : '';
    const failed = companion.failed === 0 ? '' : `, ${companion.failed} failed`;
    return `${of}: ${companion.answered} commands answered${failed}`;
  }
}
