import type { Apps } from '../e2e/apps.ts';
import { readExposition } from './exposition.ts';
import type { Scraped } from './metrics-page.ts';

/** What both built apps answer at /metrics, on a deployment of their own with nothing in it. */
export interface ScrapedText {
  readonly command: string;
  readonly gateway: string;
}

export async function scrapeApps(apps: Apps): Promise<ScrapedText> {
  const { commandAdmin, gatewayAdmin } = apps.ports;
  const [command, gateway] = await Promise.all(
    [commandAdmin, gatewayAdmin].map(async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()),
  );
  return { command: command!, gateway: gateway! };
}

export const readScraped = ({ command, gateway }: ScrapedText): Scraped => ({
  command: readExposition(command),
  gateway: readExposition(gateway),
});
