/** Types of progress.mjs, which must run before anything is installed. */
export function step<T>(what: string, work: () => Promise<T>, output?: NodeJS.WriteStream): Promise<T>;
