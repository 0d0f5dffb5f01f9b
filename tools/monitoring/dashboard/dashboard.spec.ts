import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { promqlNames } from '../promql-names.ts';
import { filesOf, ROOT } from '../rule-files.ts';
import { grafanaDashboard } from './grafana-json.ts';
import { ROWS } from './panels.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: {
    readonly defaults: { readonly unit: string; readonly thresholds: { readonly steps: unknown[] } };
  };
}

const { panels, schemaVersion } = grafanaDashboard() as { panels: readonly Panel[]; schemaVersion: number };

it('panels lie side by side, none over another, and fill their rows', () => {
  expect(schemaVersion).toBe(42);
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const taken = new Set<string>();
  for (const { gridPos: place } of panels) {
    expect(Number.isInteger(place.w) && place.x + place.w <= 24).toBe(true);
    for (let x = place.x; x < place.x + place.w; x++) {
      for (let y = place.y; y < place.y + place.h; y++) {
        expect(taken.has(`${x} ${y}`)).toBe(false);
        taken.add(`${x} ${y}`);
      }
    }
  }
  const bottom = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  expect(taken.size).toBe(24 * bottom);
});

it('every query is PromQL, and every panel has a title of its own and says what it shows', () => {
  const specs = ROWS.flatMap((row) => row.panels);
  for (const { expr } of specs.flatMap(({ queries }) => queries)) expect(() => promqlNames(expr)).not.toThrow();
  expect(new Set(specs.map(({ title }) => title)).size).toBe(specs.length);
  for (const { meaning } of specs) expect(meaning).toMatch(/^\S.*\.$/);
});

it('what belongs to the promise turns red at 35 ms', () => {
  for (const title of ['Frame lateness', 'Command duration', 'Event lag']) {
    const { fieldConfig } = panels.find((panel) => panel.title === title)!;
    expect(fieldConfig!.defaults).toMatchObject({ unit: 's' });
    expect(fieldConfig!.defaults.thresholds.steps.at(-1)).toEqual({ color: 'red', value: 0.035 });
  }
});

it('what is provisioned is there: the folder of dashboards, and a data source of the type that they ask for', () => {
  const read = (file: string) => parse(readFileSync(join(ROOT, 'ops/grafana/provisioning', file), 'utf8'));
  const { providers } = read('dashboards/waymark.yml') as { providers: { options: { path: string } }[] };
  expect(providers[0]!.options.path).toBe('/etc/grafana/dashboards');
  const { datasources } = read('datasources/prometheus.yml') as { datasources: { type: string; isDefault: boolean }[] };
  expect(datasources).toMatchObject([{ type: 'prometheus', isDefault: true }]);
  expect(filesOf('ops/grafana/dashboards/*.json')).toEqual(['ops/grafana/dashboards/waymark.json']);
});
