import { Worker } from 'node:worker_threads';
import type { DiskData, DiskSync } from './disk-thread.ts';

/** Small syncs beside the load; disk-thread.ts does them. */
export class DiskWitness {
  private readonly worker: Worker;
  private readonly bell = new Int32Array(new SharedArrayBuffer(4));
  private readonly ended: Promise<unknown>;

  constructor(directory: string, writeBytes: number, onSync: (sync: DiskSync) => void) {
    this.worker = new Worker(new URL('./disk-thread.ts', import.meta.url), {
      workerData: { directory, writeBytes, bell: this.bell } satisfies DiskData,
      execArgv: ['--conditions=waymark-source'],
    });
    this.worker.on('message', onSync);
    this.worker.on('error', (error) => {
      throw error;
    });
    this.ended = new Promise((resolve) => this.worker.once('exit', resolve));
  }

  /** Settles when its file is gone. */
  async stop(): Promise<void> {
    Atomics.store(this.bell, 0, 1);
    Atomics.notify(this.bell, 0);
    await this.ended;
  }
}
