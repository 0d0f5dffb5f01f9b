// expects: libs-domain-imports
import type { EventStore } from '@waymark/event-store';
export type Planted = EventStore;
