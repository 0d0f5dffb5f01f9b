import type { Scrape } from './evidence.ts';

/**
 * Reads what /metrics answers, in the Prometheus text format. Labels are put in the order of their names, and `app`, which every
 * series of a process has alike, is left out: `waymark_gc_collections_total{kind="major"}`.
 */
export function readScrape(text: string, takenAtMs: number): Scrape {
  const series: Record<string, number> = {};
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line);
    if (found === null) throw new Error(`not a line of /metrics: ${line.slice(0, 80)}`);
    const value = Number(found[3]!.replace('Inf', 'Infinity'));
    // Not a number is an answer too, but no JSON has it; whoever needs the series finds it missing.
    if (Number.isFinite(value)) series[seriesName(found[1]!, found[2] ?? '')] = value;
  }
  return { takenAtMs, series };
}

function seriesName(name: string, labels: string): string {
  const pairs = [...labels.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)]
    .filter(([, label]) => label !== 'app')
    .map(([, label, value]) => `${label}="${value}"`)
    .sort();
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
}
