import { isScenarioName, scenarioFault, SCENARIOS, type Scenario } from './scenarios.ts';

describe('the scenarios', () => {
  for (const [name, scenario] of Object.entries<Scenario>(SCENARIOS)) {
    it(`${name} can be played, and is known by its name`, () => {
      expect(scenarioFault(scenario)).toBeNull();
      expect(scenario.name).toBe(name);
      expect(isScenarioName(name)).toBe(true);
    });
  }

  /** What docs, figures and verdicts mean by these names: a change here changes the promise. */
  it('have the numbers of the promise', () => {
    const { smoke, sla, soak, spike, ...others } = SCENARIOS;
    const promise = { games: 2_000, waypoints: 4_200, commandsPerSecond: 2_000, windowMs: 60_000 };
    expect(sla).toMatchObject(promise);
    expect(sla.warmUpMs).toBeGreaterThanOrEqual(10_000);
    expect(smoke).toMatchObject({ waypoints: 4_200, windowMs: 20_000 });
    expect(others['sla-8500']).toEqual({ ...sla, ...named(others['sla-8500']), waypoints: 8_500 });
    const publish = { eachMs: 1_000, waypoints: 8_500 };
    expect(others['publish-mix']).toEqual({ ...sla, ...named(others['publish-mix']), publish });
    expect(spike).toMatchObject({ surge: { factor: 5, forMs: 10_000 }, games: 2_000, windowMs: 60_000 });
    expect(spike.commandsPerSecond * spike.surge.factor).toBe(sla.commandsPerSecond);
    expect(soak.windowMs).toBeGreaterThanOrEqual(600_000);
    expect(scenarioFault({ ...soak, windowMs: 3_600_000 })).toBeNull();
    expect(others['reconnect-storm']).toMatchObject({ games: 2_000, reconnectStorm: { sockets: 500 } });
    expect(others['slow-readers']).toMatchObject({ games: 2_000, slowReaders: { sockets: 100, pauseMs: 40_000 } });
    expect(Object.keys(SCENARIOS)).toHaveLength(8);
  });

  it('disturb what they say, and nothing else', () => {
    const disturbed = Object.values<Scenario>(SCENARIOS).map(
      ({ name, publish, reconnectStorm, slowReaders, surge }) => [
        name,
        Object.entries({ publish, reconnectStorm, slowReaders, surge }).flatMap(([what, set]) =>
          set === null ? [] : what,
        ),
      ],
    );
    expect(Object.fromEntries(disturbed)).toEqual({
      smoke: [],
      sla: [],
      'sla-8500': [],
      'publish-mix': ['publish'],
      spike: ['surge'],
      soak: [],
      'reconnect-storm': ['reconnectStorm'],
      'slow-readers': ['slowReaders'],
    });
  });

  it('are not known by names that every object has', () => {
    expect(isScenarioName('toString')).toBe(false);
  });
});

describe('a scenario that cannot be played says why', () => {
  const cases: [string, Partial<Scenario>, RegExp][] = [
    ['hunts that end too soon', { waypoints: 60 }, /140000 reaches .* 60 waypoints/],
    ['a surge that ends them', { waypoints: 75, surge: { factor: 5, afterMs: 0, forMs: 10_000 } }, /220000 reaches/],
    ['no games', { games: 0 }, /games is 0/],
    ['a window of no length', { windowMs: Number.NaN }, /windowMs is NaN/],
    ['a window that memory does not hold', { windowMs: 3_700_000 }, /windowMs is 3700000/],
    ['more sockets for k6 than there are', { k6Sockets: 2_001 }, /k6Sockets is 2001/],
    ['a surge outside the window', { surge: { factor: 2, afterMs: 55_000, forMs: 10_000 } }, /does not fit/],
    ['readers that are slow to the end and after', { slowReaders: { sockets: 1, pauseMs: 60_001 } }, /slow readers/],
    [
      'a storm over sockets that k6 holds',
      { reconnectStorm: { sockets: 1_900, afterMs: 0, spreadMs: 0 } },
      /more sockets are to be cut off/,
    ],
  ];
  it.each(cases)('%s', (_, change, words) => {
    expect(scenarioFault({ ...SCENARIOS.sla, ...change })).toMatch(words);
  });
});

function named({ describes, name }: Scenario): Pick<Scenario, 'name' | 'describes'> {
  return { name, describes };
}
