import { readConnectRequest, type Role } from './connect-request.ts';
import { Refused } from './refused.ts';

const read = (url: string, role: Role = 'player', offer = 'waymark.v1') =>
  readConnectRequest({ url, headers: { 'sec-websocket-protocol': offer } }, role);

it('HS2: subprotocols and query are taken apart', () => {
  expect(read('/play', 'player', 'waymark.v1, ticket.abc')).toEqual({
    supported: true,
    credential: { kind: 'ticket', token: 'abc' },
    profile: 'delta',
    gameId: null,
    held: null,
  });
  expect(read('/watch?game=g&profile=full', 'spectator')).toMatchObject({ gameId: 'g', profile: 'full' });
});

it('RS1: what a resuming client holds, with its sequence or without', () => {
  expect(read('/play?epoch=e&revision=12&sequence=40').held).toEqual({ epoch: 'e', revision: 12 });
  expect(read('/play?epoch=e&revision=0').held).toEqual({ epoch: 'e', revision: 0 });
});

it.each([
  ['player', '/play?profile=Full'],
  ['player', '/play?profile='],
  ['player', '/play?profile=full&profile=delta'],
  ['player', '/play?game=g'],
  ['player', '/play?revision=1'],
  ['player', '/play?epoch=e'],
  ['player', '/play?epoch=&revision=1'],
  ['player', '/play?sequence=1'],
  ['player', '/play?epoch=e&revision=01234567890'],
  ['player', '/play?epoch=e&revision=%31x'],
  ['player', '/play?__proto__=1'],
  ['spectator', '/watch?game=g&epoch=e&revision=1'],
  ['spectator', '/watch?game=g&game=h'],
] as const)('of a %s, %s has a field that waymark.v1 does not have: 4500', (role, url) => {
  expect(() => read(url, role)).toThrow(Refused);
  expect(() => read(url, role)).toThrow(/^query field /);
});

it('a reason for a close frame stays short whatever the field is called', () => {
  try {
    read(`/play?${'x'.repeat(5_000)}=1`);
  } catch (error) {
    expect((error as Refused).message.length).toBeLessThan(120);
  }
  expect.assertions(1);
});
