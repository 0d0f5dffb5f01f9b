export * from './assert.ts';
export * from './brands.ts';
export * from './bucket-tally.ts';
export * from './clock.ts';
export * from './limits.ts';
export * from './ring.ts';
