export * from './eventstoredb-server.ts';
export * from './certificate.ts';
export type { ServerFaults } from './server-faults.ts';
