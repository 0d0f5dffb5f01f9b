/**
 * Shows what goes on before anything is up: one line a step, with the seconds it took. On a terminal the line lives while the step runs;
 * elsewhere a line is added every ten seconds, so that a log shows it is not stuck.
 */
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;
const REMIND_MS = 10_000;

/** Runs `work` under a line that says `what`. Its failure is shown and passed on. */
export async function step(what, work, output = process.stdout) {
  const terminal = Boolean(output.isTTY) && process.env.TERM !== 'dumb';
  const colored = terminal && !process.env.NO_COLOR;
  const say = (line) => output.write(`${line}\n`);
  const startedAt = performance.now();
  const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(1);
  let frame = 0;
  const show = () => output.write(`\r\x1b[K  ${FRAMES[frame++ % FRAMES.length]} ${what} ${seconds()} s`);
  if (!terminal) say(`  ... ${what}`);
  const timer = terminal
    ? setInterval(show, FRAME_MS)
    : setInterval(() => say(`  ... ${what}, ${seconds()} s so far`), REMIND_MS);
  const end = (mark, color) => {
    clearInterval(timer);
    if (terminal) output.write('\r\x1b[K');
    say(`  ${colored ? `\x1b[${color}m${mark}\x1b[0m` : mark} ${what} (${seconds()} s)`);
  };
  try {
    const result = await work();
    end('✓', 32);
    return result;
  } catch (error) {
    end('✗', 31);
    throw error;
  }
}
