export * from './fake-fetch.ts';
export * from './fake-hunt.ts';
export * from './fake-socket.ts';
export * from './sample-welcome.ts';
export * from './seeded-random.ts';
export * from './virtual-clock.ts';
export * from './simulation/hunt-simulation.ts';
export * from './simulation/random-quest.ts';
