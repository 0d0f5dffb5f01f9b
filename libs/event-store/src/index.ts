export * from './event-store.ts';
export * from './memory/memory-event-store.ts';
export * from './sqlite/sqlite-backup.ts';
export * from './sqlite/sqlite-event-store.ts';
export * from './store-open-error.ts';
