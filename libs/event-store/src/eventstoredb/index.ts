export * from './eventstoredb-event-store.ts';
export { readConnectionString } from './connection-string.ts';
