export * from './event-store.ts';
export * from './memory/memory-event-store.ts';
export * from './sqlite/sqlite-errors.ts';
export * from './sqlite/sqlite-event-store.ts';
