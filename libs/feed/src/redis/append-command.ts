import { Command } from 'ioredis';

/**
 * EVALSHA as the relay sends it, hundreds a second. ioredis gives each command two function literals that it assigns to properties, and V8 puts such
 * functions into the old generation from their birth until the code is optimised: each then holds its command, its promise and what hangs on
 * them until the next major collection. Here the promise's own functions are taken instead. The answer is the bytes that Redis sent.
 */
export class AppendCommand extends Command {
  constructor(args: string[]) {
    super('evalsha', args);
  }
}

/** Called by the constructor of ioredis 5. Not an override: it is private there for the type checker, and a method like any other for JavaScript. */
Object.defineProperty(AppendCommand.prototype, 'initPromise', {
  value(this: AppendCommand): void {
    this.promise = new Promise<Buffer>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  },
});
