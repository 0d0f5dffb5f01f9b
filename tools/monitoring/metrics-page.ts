import type { Family } from './exposition.ts';

/** docs/metrics.md, made of what both apps answer at /metrics. Written by write-metrics-page.ts, compared by metrics-contract.e2e.ts. */
export interface Scraped {
  readonly command: readonly Family[];
  readonly gateway: readonly Family[];
}

/** More values than that would make a row too wide to read: they stand under the table. */
const VALUES_SHOWN_MAX = 8;
/** On every series, so in no row. */
const COMMON_LABEL = 'app';

export function metricsPage({ command, gateway }: Scraped): string {
  const inBoth = command.flatMap((family) => {
    const other = gateway.find(({ help, name }) => name === family.name && help === family.help);
    return other === undefined ? [] : [{ ...family, samples: [...family.samples, ...other.samples] }];
  });
  const isCommon = ({ name }: Family): boolean => inBoth.some((family) => family.name === name);
  return `<!-- Made by tools/monitoring/write-metrics-page.ts from what the apps answer at /metrics. -->

# Metrics

Each app answers \`/metrics\` on its admin port (\`WAYMARK_COMMAND_ADMIN_PORT\`, \`WAYMARK_GATEWAY_ADMIN_PORT\`) in Prometheus' text format.
Every series has the label \`app\`: \`command\` or \`gateway\`. No label names a player, a game or a quest, so their number does not grow
with play; every series is there from the start, at 0.

Names are in base units. Histograms of times that belong to the promise have a bucket edge at exactly 0.035, so "how many were late" is a
ratio of two counters and no interpolation:

    1 - sum(rate(waymark_frame_lateness_seconds_bucket{le="0.035"}[5m])) / sum(rate(waymark_frame_lateness_seconds_count[5m]))

Utilisation of the event loop is \`active / (active + idle)\` of the two counters of its time; events or appends a commit are \`_sum / _count\` of
\`waymark_commit_events\` and \`waymark_commit_appends\`. Alerts and what to do about them are in [operations.md](operations.md).

## Both apps

${table(inBoth)}
## Command app

${table(command.filter((family) => !isCommon(family)))}
## Tick-gateway

${table(gateway.filter((family) => !isCommon(family)))}`;
}

function table(families: readonly Family[]): string {
  const rows = families
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
    .map((family) => `| \`${family.name}\` | ${family.type} | ${labelsOf(family)} | ${family.help} |`);
  const lists = families.flatMap(({ name, samples }) =>
    [...valuesOf(samples)]
      .filter(([, values]) => values.size > VALUES_SHOWN_MAX)
      .map(([label, values]) => `Values of \`${label}\` of \`${name}\`: ${[...values].join(', ')}.\n`),
  );
  return ['| metric | type | labels | meaning |', '| --- | --- | --- | --- |', ...rows, '', ...lists].join('\n');
}

/** By label. */
function valuesOf(samples: Family['samples']): Map<string, Set<string>> {
  const values = new Map<string, Set<string>>();
  for (const sample of samples) {
    for (const [label, value] of Object.entries(sample.labels)) {
      if (label === COMMON_LABEL || label === 'le') continue;
      values.set(label, (values.get(label) ?? new Set()).add(value));
    }
  }
  return values;
}

function labelsOf({ name, samples }: Family): string {
  // Versions change with what runs: the page would.
  const shown = (found: ReadonlySet<string>): string => {
    if (name === 'waymark_build_info') return '';
    return found.size > VALUES_SHOWN_MAX ? `: ${found.size} values, see below` : `: ${[...found].join(', ')}`;
  };
  return [...valuesOf(samples)].map(([label, found]) => `\`${label}\`${shown(found)}`).join('; ');
}
