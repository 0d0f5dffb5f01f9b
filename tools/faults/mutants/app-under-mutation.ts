import type { AppendResult, EventStore, ExpectedRevision, NewEvent } from '@waymark/event-store';
import type { Arena } from '@waymark/tick-engine';
import type { Projector } from '../../../apps/tick-gateway/src/projection/projector.ts';

/**
 * How a mutant gets into an app: Node loads it before the app (`--import`, by NODE_OPTIONS), and it changes methods of the built app's own classes. So the apps
 * that are shipped have no switch for any of this. What is private in TypeScript is named here once.
 */
const dist = (module: string): string => new URL(`../../../apps/${module}`, import.meta.url).href;

export interface AggregatesInside {
  readonly store: EventStore;
  append(stream: string, events: readonly NewEvent[], expectedRevision: ExpectedRevision): Promise<AppendResult>;
}

export interface ProjectorInside extends Pick<Projector, 'onEvents' | 'caughtUp'> {
  readonly parts: { readonly arena: Arena };
}

export async function aggregates(): Promise<AggregatesInside> {
  return (await import(dist('command/dist/handlers/aggregates.js'))).Aggregates.prototype;
}

export async function projector(): Promise<ProjectorInside> {
  return (await import(dist('tick-gateway/dist/projection/projector.js'))).Projector.prototype;
}
