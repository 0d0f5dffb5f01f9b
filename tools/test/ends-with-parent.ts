import { descendantsOf, signalAll, STOP_WITHIN_MS } from './family.ts';

/** Loaded before whatever a test run starts (`--import`): a process that ends, with all that descends from it, when the channel to its parent closes. */
if (process.connected) {
  process.channel!.unref();
  process.once('disconnect', () => {
    // This process among them: it may have something to clear up.
    const family = [...descendantsOf(process.pid), process.pid];
    const end = (): void => signalAll(family, 'SIGKILL');
    // Without a listener this process would be gone before those that do not listen.
    process.on('SIGTERM', () => undefined);
    process.on('exit', end);
    signalAll(family, 'SIGTERM');
    setTimeout(end, STOP_WITHIN_MS);
  });
}
