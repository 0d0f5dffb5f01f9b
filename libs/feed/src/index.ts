export * from './feed.ts';
export * from './store-tail/bell.ts';
export * from './store-tail/store-tail-feed.ts';
export * from './subscription/subscription-feed.ts';
