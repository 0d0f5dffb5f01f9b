import { RouteTable } from './route-table.ts';

function table(): RouteTable {
  const routes = new RouteTable();
  routes.add('POST', '/quests');
  routes.add(['GET', 'HEAD'], '/quests');
  routes.add('POST', '/games/:gameId/start');
  routes.add('GET', '/waypoints.bin');
  return routes;
}

it.each([
  ['/quests', ['GET', 'HEAD', 'POST']],
  ['/quests?a=1', ['GET', 'HEAD', 'POST']],
  ['/quests/', []],
  ['/quest', []],
  ['/games/g/start', ['POST']],
  ['/games//start', []],
  ['/games/a/b/start', []],
  ['/waypointsxbin', []],
  ['http://elsewhere:1/quests?a=1', ['GET', 'HEAD', 'POST']],
  ['https://quests', []],
])('the address %s takes %j', (address, methods) => {
  expect(table().methodsAt(address)).toEqual(methods);
});

it('lists routes without HEAD', () => {
  expect(table().list()).toEqual(['GET /quests', 'GET /waypoints.bin', 'POST /games/:gameId/start', 'POST /quests']);
});
