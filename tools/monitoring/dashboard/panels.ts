/**
 * What the dashboard shows, row by row: first what players feel (the golden signals: latency, traffic, errors, saturation), then each stage of the
 * way of an event, then the runtime. Made into ops/grafana/dashboards/waymark.json by grafana-json.ts.
 */
export interface Query {
  readonly expr: string;
  /** Grafana's legend format: {{label}} stands for a label's value. */
  readonly legend: string;
}

export interface PanelSpec {
  readonly title: string;
  /** One sentence: what to see in it. */
  readonly meaning: string;
  readonly kind: 'stat' | 'timeseries' | 'heatmap';
  /** Grafana's name of the unit. */
  readonly unit: 's' | 'percentunit' | 'ops' | 'Bps' | 'bytes' | 'short' | 'none';
  /** Where it turns red, and yellow before that. */
  readonly red?: number;
  readonly yellow?: number;
  readonly queries: readonly Query[];
}

export interface RowSpec {
  readonly title: string;
  /** Panels of a row share its 24 columns. */
  readonly panels: readonly PanelSpec[];
  readonly heightUnits: number;
}

const COMMAND = 'app="command",instance=~"$instance"';
const GATEWAY = 'app="gateway",instance=~"$instance"';
const ANY = 'instance=~"$instance"';
/** 35 ms is the promise; from half of it on it is worth a look. */
const PROMISE = { unit: 's', red: 0.035, yellow: 0.0175 } as const;
const BUDGET = { unit: 'percentunit', red: 0.01, yellow: 0.005 } as const;

/** The quantiles of a histogram, one line each. */
function quantiles(metric: string, matchers: string, by = ''): Query[] {
  const of = by === '' ? 'le' : `le, ${by}`;
  const legend = by === '' ? '' : ` {{${by}}}`;
  return ['0.5', '0.99', '0.999'].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (${of}) (rate(${metric}_bucket{${matchers}}[$__rate_interval])))`,
    legend: `p${String(Number(quantile) * 100).replace('.', '')}${legend}`,
  }));
}

const rate = (metric: string, matchers: string, by = ''): string =>
  `sum${by === '' ? '' : ` by (${by})`} (rate(${metric}{${matchers}}[$__rate_interval]))`;

export const ROWS: readonly RowSpec[] = [
  {
    title: 'The promise: nobody waits over 35 ms',
    heightUnits: 5,
    panels: [
      {
        title: 'Frames over 35 ms',
        meaning: 'Share of ticks whose frames left late or not at all. The budget is 1 %.',
        kind: 'stat',
        ...BUDGET,
        queries: [
          { expr: 'waymark:frames_late:ratio_rate5m', legend: 'last 5 m' },
          { expr: 'waymark:frames_late:ratio_rate3d', legend: 'last 3 d' },
        ],
      },
      {
        title: 'Commands over 35 ms or failed',
        meaning: 'Whole quest documents are left out. The budget is 1 %.',
        kind: 'stat',
        ...BUDGET,
        queries: [
          { expr: 'waymark:commands_late:ratio_rate5m', legend: 'last 5 m' },
          { expr: 'waymark:commands_late:ratio_rate3d', legend: 'last 3 d' },
        ],
      },
      {
        title: 'Events over 35 ms',
        meaning: 'From commit to the sockets of the game. The budget is 1 %.',
        kind: 'stat',
        ...BUDGET,
        queries: [
          { expr: 'waymark:events_late:ratio_rate5m', legend: 'last 5 m' },
          { expr: 'waymark:events_late:ratio_rate3d', legend: 'last 3 d' },
        ],
      },
      {
        title: 'Processes not ready',
        meaning: 'Checks of readiness that fail now, of all processes.',
        kind: 'stat',
        unit: 'none',
        red: 1,
        queries: [{ expr: `count(waymark_ready{${ANY}} == 0) or vector(0)`, legend: 'checks' }],
      },
    ],
  },
  {
    title: 'Latency',
    heightUnits: 8,
    panels: [
      {
        title: 'Frame lateness',
        meaning: 'From when a tick was due to when its frames were handed to the sockets.',
        kind: 'timeseries',
        ...PROMISE,
        queries: quantiles('waymark_frame_lateness_seconds', GATEWAY),
      },
      {
        title: 'Command duration',
        meaning: 'From the head of a command to its answer, which is durable.',
        kind: 'timeseries',
        ...PROMISE,
        queries: quantiles(
          'waymark_command_duration_seconds',
          `${COMMAND},command!~"draft_quest|revise_quest|validate_quest"`,
        ),
      },
      {
        title: 'Event lag',
        meaning: 'From the commit of an event to the sockets of its game.',
        kind: 'timeseries',
        ...PROMISE,
        queries: quantiles('waymark_projection_lag_seconds', GATEWAY),
      },
    ],
  },
  {
    title: 'Traffic',
    heightUnits: 8,
    panels: [
      {
        title: 'Commands',
        meaning: 'Answered a second, by kind.',
        kind: 'timeseries',
        unit: 'ops',
        queries: [{ expr: rate('waymark_command_duration_seconds_count', COMMAND, 'command'), legend: '{{command}}' }],
      },
      {
        title: 'Sockets, games and players',
        meaning: 'Open sockets, and what is live in the arena.',
        kind: 'timeseries',
        unit: 'short',
        queries: [
          { expr: `sum(waymark_sockets{${GATEWAY}})`, legend: 'sockets' },
          { expr: `sum(waymark_games_live{${GATEWAY}})`, legend: 'games' },
          { expr: `sum(waymark_players_live{${GATEWAY}})`, legend: 'players' },
        ],
      },
      {
        title: 'Frames sent',
        meaning: 'Handed to sockets a second, by kind.',
        kind: 'timeseries',
        unit: 'ops',
        queries: [{ expr: rate('waymark_frames_sent_total', GATEWAY, 'kind'), legend: '{{kind}}' }],
      },
      {
        title: 'Bytes sent',
        meaning: 'Frames with their WebSocket headers.',
        kind: 'timeseries',
        unit: 'Bps',
        queries: [{ expr: rate('waymark_frame_bytes_sent_total', GATEWAY, 'instance'), legend: '{{instance}}' }],
      },
    ],
  },
  {
    title: 'Errors',
    heightUnits: 8,
    panels: [
      {
        title: 'Commands refused and failed',
        meaning: 'Refused (4xx) is the callers’ or a rule of the game; failed (5xx) is ours.',
        kind: 'timeseries',
        unit: 'ops',
        queries: [
          {
            expr: rate('waymark_command_duration_seconds_count', `${COMMAND},outcome=~"refused|failed"`, 'outcome'),
            legend: '{{outcome}}',
          },
        ],
      },
      {
        title: 'Ticks and frames left out',
        meaning:
          'Ticks: the ticker came a period late. Frames: a socket was still writing the one before. Slabs: none was free.',
        kind: 'timeseries',
        unit: 'ops',
        queries: [
          { expr: rate('waymark_ticks_skipped_total', GATEWAY), legend: 'ticks' },
          { expr: rate('waymark_frames_skipped_total', GATEWAY), legend: 'frames' },
          { expr: rate('waymark_slabs_missing_total', GATEWAY), legend: 'no slab' },
        ],
      },
      {
        title: 'Sockets closed by the gateway',
        meaning: 'By reason (docs/protocol.md); slowConsumer is a client that does not read.',
        kind: 'timeseries',
        unit: 'ops',
        queries: [{ expr: `${rate('waymark_closes_total', GATEWAY, 'code')} > 0`, legend: '{{code}}' }],
      },
      {
        title: 'Slow consumers and broken sockets',
        meaning: 'Given up because they did not read, or were going when a frame came.',
        kind: 'timeseries',
        unit: 'ops',
        queries: [
          { expr: rate('waymark_slow_consumers_total', GATEWAY), legend: 'slow' },
          { expr: rate('waymark_broken_sockets_total', GATEWAY), legend: 'broken' },
        ],
      },
    ],
  },
  {
    title: 'Saturation',
    heightUnits: 8,
    panels: [
      {
        title: 'Event loop utilisation',
        meaning: 'Share of the time in which the loop had something to do.',
        kind: 'timeseries',
        unit: 'percentunit',
        red: 0.8,
        yellow: 0.6,
        queries: [{ expr: `waymark:eventloop_utilisation:ratio_rate5m{${ANY}}`, legend: '{{app}} {{instance}}' }],
      },
      {
        title: 'Event loop delay',
        meaning: 'Of windows of 10 s: 99th percentile and longest.',
        kind: 'timeseries',
        ...PROMISE,
        queries: [{ expr: `waymark_eventloop_delay_seconds{${ANY},stat=~"p99|max"}`, legend: '{{app}} {{stat}}' }],
      },
      {
        title: 'Room in the arena',
        meaning: 'Share that is taken. Full is a refusal, never growth.',
        kind: 'timeseries',
        unit: 'percentunit',
        red: 0.95,
        yellow: 0.85,
        queries: [
          {
            expr: `waymark_games_live{${GATEWAY}} / on (app, job, instance) waymark_arena_capacity{what="game"}`,
            legend: 'games {{instance}}',
          },
          {
            expr: `waymark_players_live{${GATEWAY}} / on (app, job, instance) waymark_arena_capacity{what="player"}`,
            legend: 'players {{instance}}',
          },
        ],
      },
      {
        title: 'Waiting',
        meaning: 'Commands in a queue or at work, quest documents before the quest worker.',
        kind: 'timeseries',
        unit: 'short',
        queries: [
          { expr: `sum(waymark_commands_pending{${COMMAND}})`, legend: 'commands' },
          { expr: `sum(waymark_quest_checks_pending{${COMMAND}})`, legend: 'quest documents' },
        ],
      },
    ],
  },
  {
    title: 'Event store and feed',
    heightUnits: 8,
    panels: [
      {
        title: 'Append duration',
        meaning: 'Until the commit is durable, of those that were committed.',
        kind: 'timeseries',
        ...PROMISE,
        queries: quantiles('waymark_append_duration_seconds', `${COMMAND},outcome="committed"`),
      },
      {
        title: 'Appends by outcome',
        meaning: 'unavailable and unknown mean trouble with the disk; not_found is the look-up of a key.',
        kind: 'timeseries',
        unit: 'ops',
        queries: [
          { expr: `${rate('waymark_append_duration_seconds_count', COMMAND, 'outcome')} > 0`, legend: '{{outcome}}' },
        ],
      },
      {
        title: 'Group size',
        meaning: 'Mean events and appends of a commit: with more load, more share one.',
        kind: 'timeseries',
        unit: 'none',
        queries: [
          {
            expr: `${rate('waymark_commit_events_sum', COMMAND)} / ${rate('waymark_commit_events_count', COMMAND)}`,
            legend: 'events',
          },
          {
            expr: `${rate('waymark_commit_appends_sum', COMMAND)} / ${rate('waymark_commit_appends_count', COMMAND)}`,
            legend: 'appends',
          },
        ],
      },
      {
        title: 'Feed',
        meaning: 'Events appended and projected; holes are fetched from the store.',
        kind: 'timeseries',
        unit: 'ops',
        queries: [
          { expr: rate('waymark_events_appended_total', COMMAND), legend: 'appended' },
          { expr: rate('waymark_events_projected_total', GATEWAY, 'instance'), legend: 'projected {{instance}}' },
          { expr: rate('waymark_feed_holes_total', GATEWAY), legend: 'holes' },
        ],
      },
    ],
  },
  {
    title: 'Ticker and reaches',
    heightUnits: 8,
    panels: [
      {
        title: 'Turn of the ticker',
        meaning: 'What encoding and writing a slot of games takes; slots are 5 ms apart.',
        kind: 'timeseries',
        unit: 's',
        red: 0.008,
        yellow: 0.005,
        queries: quantiles('waymark_tick_duration_seconds', GATEWAY),
      },
      {
        title: 'Frame lateness, all of it',
        meaning: 'How lateness is spread; 35 ms is an edge.',
        kind: 'heatmap',
        unit: 's',
        queries: [
          {
            expr: `sum by (le) (increase(waymark_frame_lateness_seconds_bucket{${GATEWAY}}[$__rate_interval]))`,
            legend: '{{le}}',
          },
        ],
      },
      {
        title: 'Reaches asked of the command app',
        meaning: 'failed: it could not be asked. retried: it was asked again.',
        kind: 'timeseries',
        unit: 'ops',
        queries: [{ expr: rate('waymark_reaches_total', GATEWAY, 'outcome'), legend: '{{outcome}}' }],
      },
    ],
  },
  {
    title: 'Runtime',
    heightUnits: 8,
    panels: [
      {
        title: 'CPU',
        meaning: 'Cores, all threads of a process.',
        kind: 'timeseries',
        unit: 'none',
        queries: [
          {
            expr: `rate(process_cpu_seconds_total{job=~"waymark-.*",${ANY}}[$__rate_interval])`,
            legend: '{{app}} {{instance}}',
          },
        ],
      },
      {
        title: 'Memory',
        meaning: 'Resident, and live on the JavaScript heap.',
        kind: 'timeseries',
        unit: 'bytes',
        red: 400_000_000,
        yellow: 180_000_000,
        queries: [
          { expr: `process_resident_memory_bytes{job=~"waymark-.*",${ANY}}`, legend: '{{app}} resident' },
          { expr: `nodejs_heap_size_used_bytes{job=~"waymark-.*",${ANY}}`, legend: '{{app}} heap' },
        ],
      },
      {
        title: 'Time in garbage collections',
        meaning: 'Seconds a second.',
        kind: 'timeseries',
        unit: 'percentunit',
        queries: [{ expr: rate('waymark_gc_pause_seconds_sum', ANY, 'app'), legend: '{{app}}' }],
      },
      {
        title: 'Garbage collections over 10 ms',
        meaning: 'A minute. There should be none.',
        kind: 'timeseries',
        unit: 'short',
        red: 1,
        queries: [
          {
            expr: `60 * (${rate('waymark_gc_pause_seconds_count', ANY, 'app')} - ${rate('waymark_gc_pause_seconds_bucket', `${ANY},le="0.01"`, 'app')})`,
            legend: '{{app}}',
          },
        ],
      },
    ],
  },
];
