/**
 * Loaded into a process before its program (`node --import`): measures how long its event loop was held up at the longest. Spins while it
 * looks, so it costs a core. Answers each message `turns` of the parent with `{type: 'turns', longestMs}` since the last one.
 */
let lastMs = performance.now();
let longestMs = 0;

function look(): void {
  const nowMs = performance.now();
  longestMs = Math.max(longestMs, nowMs - lastMs);
  lastMs = nowMs;
  setImmediate(look);
}
look();

process.on('message', (message) => {
  if (message !== 'turns') return;
  process.send!({ type: 'turns', longestMs });
  longestMs = 0;
});
