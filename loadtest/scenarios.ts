import { GAMES_LIVE_MAX, WAYPOINTS_MAX } from '@waymark/base';

/**
 * The loads of the gate, as data: what is played, how commands come, what is done to the sockets beside it. Each has one player a game and one socket
 * a player. Times count from the beginning of the measuring window unless they say otherwise. run/run-instruments.ts carries them out.
 */
export interface Scenario {
  readonly name: string;
  /** One sentence for whoever chooses. */
  readonly describes: string;
  readonly games: number;
  /** Games are spread evenly over so many quests. */
  readonly quests: number;
  /** Of each quest. */
  readonly waypoints: number;
  /** Reaches, in an open model. The rate before the window, and in it unless `surge` says otherwise. */
  readonly commandsPerSecond: number;
  readonly surge: Surge | null;
  /** Sockets that k6 holds; the companion holds the others (docs/adr/0006). */
  readonly k6Sockets: number;
  /** The full load runs for so long before the window. */
  readonly warmUpMs: number;
  readonly windowMs: number;
  /** Large quests, drafted and published over HTTP beside everything else. */
  readonly publish: { readonly eachMs: number; readonly waypoints: number } | null;
  /** So many sockets of the companion are cut off at once, and resume with their session, spread over a time. */
  readonly reconnectStorm: { readonly sockets: number; readonly afterMs: number; readonly spreadMs: number } | null;
  /** Spectators of the same games that stop reading for a time. */
  readonly slowReaders: { readonly sockets: number; readonly pauseMs: number } | null;
  /** To the null ticker, of each instrument. */
  readonly witnessSockets: number;
}

/** A while at a multiple of the rate, in the middle of the window. */
export interface Surge {
  readonly factor: number;
  readonly afterMs: number;
  readonly forMs: number;
}

const SLA: Scenario = {
  name: 'sla',
  describes: 'the promise itself: 2,000 games and players, 2,000 commands a second, quests of 4,200 waypoints, 60 s',
  games: 2_000,
  quests: 8,
  waypoints: 4_200,
  commandsPerSecond: 2_000,
  surge: null,
  k6Sockets: 200,
  warmUpMs: 10_000,
  windowMs: 60_000,
  publish: null,
  reconnectStorm: null,
  slowReaders: null,
  witnessSockets: 20,
};

export const SCENARIOS = {
  smoke: {
    ...SLA,
    name: 'smoke',
    describes:
      'a quick look for every push: 200 games, 200 commands a second, 20 s; no p99 of a player hangs on one frame',
    games: 200,
    quests: 2,
    commandsPerSecond: 200,
    k6Sockets: 100,
    warmUpMs: 5_000,
    windowMs: 20_000,
  },
  sla: SLA,
  'sla-8500': {
    ...SLA,
    name: 'sla-8500',
    describes: 'the promise with quests of 8,500 waypoints',
    waypoints: 8_500,
  },
  'publish-mix': {
    ...SLA,
    name: 'publish-mix',
    describes: 'the promise while an author drafts and publishes a quest of 8,500 waypoints each second',
    publish: { eachMs: 1_000, waypoints: 8_500 },
  },
  spike: {
    ...SLA,
    name: 'spike',
    describes:
      'commands come five times as fast for 10 s of the 60: 400 a second, then 2,000; what was slow is fast again afterwards',
    commandsPerSecond: 400,
    surge: { factor: 5, afterMs: 20_000, forMs: 10_000 },
  },
  soak: {
    ...SLA,
    name: 'soak',
    describes: 'half the load for ten minutes or as long as asked: what grows shows',
    commandsPerSecond: 1_000,
    windowMs: 600_000,
  },
  'reconnect-storm': {
    ...SLA,
    name: 'reconnect-storm',
    describes: '500 players lose their sockets at once and resume within 5 s without a gap; the others do not notice',
    commandsPerSecond: 500,
    reconnectStorm: { sockets: 500, afterMs: 20_000, spreadMs: 2_000 },
  },
  'slow-readers': {
    ...SLA,
    name: 'slow-readers',
    describes: '100 spectators of measured games stop reading for 40 s; the players do not notice',
    commandsPerSecond: 1_000,
    slowReaders: { sockets: 100, pauseMs: 40_000 },
  },
} as const satisfies Readonly<Record<string, Scenario>>;

/** Lags of every tick and player are kept until the end: 2,000 players take 190 MB an hour. */
const WINDOW_MS_MAX = 3_600_000;

/** Of whoever lost a socket in a storm, from the attempt to connect again to the first frame. What is due later never came. */
export const RESUME_WITHIN_MS = 5_000;
/** A frame that was under way when the socket was cut is nobody's loss, and the first tick after the return may have been encoded before it. */
export const ABSENCE_SLACK_MS = 200;

/** How long a player may be without a socket by the scenario's own doing: frames that are due then are nobody's. */
export function excusedMsMax({ reconnectStorm }: Scenario): number {
  return reconnectStorm === null ? 0 : reconnectStorm.spreadMs + RESUME_WITHIN_MS + 2 * ABSENCE_SLACK_MS;
}

/** Why a scenario, or one changed by flags, cannot be played; null when it can. */
export function scenarioFault(scenario: Scenario): string | null {
  const { games, quests, waypoints, commandsPerSecond, surge, k6Sockets, warmUpMs, windowMs } = scenario;
  const { reconnectStorm, slowReaders } = scenario;
  for (const [name, value, least, most] of [
    ['games', games, 1, GAMES_LIVE_MAX],
    ['quests', quests, 1, games],
    ['waypoints', waypoints, 1, WAYPOINTS_MAX],
    ['commandsPerSecond', commandsPerSecond, 0, Number.POSITIVE_INFINITY],
    ['k6Sockets', k6Sockets, 0, games],
    ['warmUpMs', warmUpMs, 0, WINDOW_MS_MAX],
    ['windowMs', windowMs, 1_000, WINDOW_MS_MAX],
  ] as const) {
    if (!(value >= least && value <= most)) return `${name} is ${value} and must be between ${least} and ${most}`;
  }
  const commands =
    (commandsPerSecond * (warmUpMs + windowMs + (surge === null ? 0 : (surge.factor - 1) * surge.forMs))) / 1_000;
  if (commands > games * waypoints) {
    return `${Math.ceil(commands)} reaches are asked for and ${games} games have ${waypoints} waypoints each: the hunts would be over before the window`;
  }
  if (surge !== null && surge.afterMs + surge.forMs > windowMs) return 'the surge does not fit the window';
  if (reconnectStorm !== null) {
    if (reconnectStorm.sockets > games - k6Sockets) return 'more sockets are to be cut off than the companion holds';
    if (reconnectStorm.afterMs + reconnectStorm.spreadMs > windowMs) return 'the storm does not fit the window';
  }
  if (slowReaders !== null && slowReaders.pauseMs > windowMs)
    return 'the pause of slow readers does not fit the window';
  return null;
}

export type ScenarioName = keyof typeof SCENARIOS;

export function isScenarioName(name: string): name is ScenarioName {
  return Object.hasOwn(SCENARIOS, name);
}
