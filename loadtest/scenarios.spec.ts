import { isScenarioName, scenarioFault, SCENARIOS, type Scenario } from './scenarios.ts';

describe('the scenarios', () => {
  for (const [name, scenario] of Object.entries<Scenario>(SCENARIOS)) {
    it(`${name} can be played, and is known by its name`, () => {
      expect(scenarioFault(scenario)).toBeNull();
      expect(scenario.name).toBe(name);
      expect(isScenarioName(name)).toBe(true);
    });
  }

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
