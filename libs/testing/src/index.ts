export * from './fake-fetch.ts';
export * from './fake-socket.ts';
export * from './seeded-random.ts';
export * from './virtual-clock.ts';
