import { ROWS, type PanelSpec, type RowSpec } from './panels.ts';

/** The rows of panels.ts as a dashboard that Grafana provisions. Schema version 42 is the last of its kind: newer Grafanas read it as it is. */
const SCHEMA_VERSION = 42;
const COLUMNS = 24;
/** Whatever the data source is called where this is loaded. */
const DATA_SOURCE = { type: 'prometheus', uid: '${datasource}' };

export function grafanaDashboard(): unknown {
  return {
    uid: 'waymark',
    title: 'Waymark',
    description:
      'What players feel, and why. Made by tools/monitoring/dashboard; alerts are explained in docs/operations.md.',
    tags: ['waymark'],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: false,
    graphTooltip: 1,
    timezone: 'browser',
    refresh: '15s',
    time: { from: 'now-1h', to: 'now' },
    timepicker: {},
    fiscalYearStartMonth: 0,
    links: [],
    annotations: { list: [restarts()] },
    templating: { list: [dataSourceVariable(), instanceVariable()] },
    panels: layOut(ROWS),
  };
}

function layOut(rows: readonly RowSpec[]): unknown[] {
  const panels: unknown[] = [];
  let y = 0;
  for (const { heightUnits, panels: specs, title } of rows) {
    const gridPos = { x: 0, y, w: COLUMNS, h: 1 };
    panels.push({ id: panels.length + 1, type: 'row', title, collapsed: false, gridPos, panels: [] });
    const width = COLUMNS / specs.length;
    for (const [index, spec] of specs.entries()) {
      const place = { x: index * width, y: y + 1, w: width, h: heightUnits };
      panels.push(panelOf(spec, panels.length + 1, place));
    }
    y += 1 + heightUnits;
  }
  return panels;
}

function panelOf(spec: PanelSpec, id: number, gridPos: object): unknown {
  const { kind, meaning, queries, title, unit } = spec;
  return {
    id,
    type: kind,
    title,
    description: meaning,
    datasource: DATA_SOURCE,
    gridPos,
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        ...(kind === 'stat' && { decimals: 2, noValue: 'no data' }),
        color: { mode: kind === 'stat' ? 'thresholds' : 'palette-classic' },
        thresholds: { mode: 'absolute', steps: stepsOf(spec) },
        ...(kind === 'timeseries' && { custom: lineStyle(spec) }),
      },
      overrides: [],
    },
    options: OPTIONS[kind],
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource: DATA_SOURCE,
      editorMode: 'code',
      expr,
      legendFormat: legend,
      range: true,
      ...(kind === 'heatmap' && { format: 'heatmap' }),
    })),
  };
}

function stepsOf({ red, yellow }: PanelSpec): unknown[] {
  const steps: unknown[] = [{ color: 'green', value: null }];
  if (yellow !== undefined) steps.push({ color: 'yellow', value: yellow });
  if (red !== undefined) steps.push({ color: 'red', value: red });
  return steps;
}

/** A line where it turns red; filled a little, and broken where nothing was scraped. */
function lineStyle({ red }: PanelSpec): object {
  return {
    drawStyle: 'line',
    lineWidth: 1,
    fillOpacity: 8,
    showPoints: 'never',
    spanNulls: false,
    thresholdsStyle: { mode: red === undefined ? 'off' : 'dashed' },
  };
}

const OPTIONS: Readonly<Record<PanelSpec['kind'], object>> = {
  stat: {
    colorMode: 'background',
    graphMode: 'area',
    justifyMode: 'auto',
    orientation: 'auto',
    textMode: 'value_and_name',
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  },
  timeseries: {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  heatmap: {
    calculate: false,
    cellGap: 1,
    color: { mode: 'scheme', scheme: 'Oranges', steps: 64 },
    yAxis: { unit: 's' },
    tooltip: { mode: 'single', yHistogram: true },
  },
};

function dataSourceVariable(): unknown {
  return { type: 'datasource', name: 'datasource', label: 'Data source', query: 'prometheus', hide: 0, refresh: 1 };
}

function instanceVariable(): unknown {
  return {
    type: 'query',
    name: 'instance',
    label: 'Process',
    datasource: DATA_SOURCE,
    query: { query: 'label_values(waymark_build_info, instance)', refId: 'instance' },
    refresh: 2,
    multi: true,
    includeAll: true,
    allValue: '.*',
    current: { text: 'All', value: '$__all' },
  };
}

/** A line in every graph where a process started. */
function restarts(): unknown {
  return {
    name: 'Starts of processes',
    datasource: DATA_SOURCE,
    enable: true,
    iconColor: 'blue',
    expr: 'changes(process_start_time_seconds{job=~"waymark-.*"}[1m]) > 0',
    titleFormat: '{{app}} started',
  };
}
