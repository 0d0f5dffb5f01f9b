import { Problem } from '../problems.ts';
import { problemOfFault } from './request-faults.ts';
import { RouteTable } from './route-table.ts';

const routes = new RouteTable();
routes.add(['GET', 'HEAD'], '/games');
const explained = (error: object, url = '/games', type?: string) =>
  problemOfFault(
    error,
    { method: 'POST', url, headers: { 'content-type': type }, routeOptions: { bodyLimit: 1_024 } },
    routes,
  );
const nest = (status: number) => ({ getStatus: () => status, message: 'Cannot POST' });

it('a problem stays what it is, and a fault of ours is none', () => {
  const problem = new Problem('game-full', 'x');
  expect(explained(problem)).toBe(problem);
  expect(explained(new TypeError('x'))).toBeNull();
  expect(explained(nest(500))).toBeNull();
});

it('no such path is told from a path that takes other methods', () => {
  expect(explained(nest(404), '/games/?a')).toMatchObject({
    slug: 'not-found',
    detail: 'no route has the path /games/',
  });
  expect(explained(nest(404))).toMatchObject({ slug: 'method-not-allowed', extra: { allow: ['GET', 'HEAD'] } });
});

it.each([
  ['/games/%', 'Two hexadecimal digits must follow the % that is character 8 of the path.'],
  ['/games/%zz/start?a=%', 'Two hexadecimal digits must follow the % that is character 8 of the path.'],
  ['/games/%E2%82/start', 'The bytes that the path has as escapes (%C3%A4) are not UTF-8.'],
])('%s: says what of the address cannot be decoded', (url, detail) => {
  const error = { code: 'FST_ERR_BAD_URL', statusCode: 400, message: url };
  expect(explained(error, url)).toMatchObject({ slug: 'invalid-request', errors: [{ code: 'wrong-format', detail }] });
});

it('a part of the path that is too long is called that', () => {
  const error = { code: 'FST_ERR_MAX_PARAM_LENGTH', statusCode: 414, message: 'x'.repeat(5_000) };
  expect(explained(error)).toMatchObject({ slug: 'invalid-request', errors: [{ code: 'text-too-long' }] });
});

it('a body that is too large or of another type is that, in both apps', () => {
  expect(explained({ statusCode: 413, message: 'too large' })).toMatchObject({
    slug: 'body-too-large',
    detail: 'the body has more than 1024 bytes',
  });
  expect(explained({ statusCode: 415, message: 'x' }, '/games', 'text/plain')).toMatchObject({
    slug: 'unsupported-media-type',
    detail: 'the body is sent as text/plain',
  });
});

it('of what was sent no more than a line is repeated', () => {
  const long = 'x'.repeat(10_000);
  for (const problem of [
    explained(nest(404), `/${long}`),
    explained({ statusCode: 400, message: long }),
    explained({ statusCode: 415, message: 'x' }, '/games', long),
  ]) {
    expect(JSON.stringify(problem!.toDocument()).length).toBeLessThan(400);
  }
});
