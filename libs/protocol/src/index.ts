export * from './close-codes.ts';
export * from './frame-layout.ts';
export * from './frame-writer.ts';
export * from './layout.ts';
export * from './subprotocol.ts';
export * from './utf8.ts';
