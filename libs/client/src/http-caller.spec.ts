import { FakeHunt } from '@waymark/testing';

import { AuthorClient } from './author-client.ts';
import { HttpCaller, TRIES_MAX } from './http-caller.ts';
import { AnswerError, NetworkError, ProblemError } from './http-errors.ts';

const POST = { method: 'POST', path: '/games', body: { questId: 'q' } } as const;

function start(hunt: FakeHunt): { http: HttpCaller; call(): Promise<unknown> } {
  const http = new HttpCaller(hunt.environment, 'http://command.test:3000/');
  return { http, call: () => http.call(POST).catch((error: unknown) => error) };
}

describe('a request', () => {
  it('that meets 503 is tried again after Retry-After, with the same key', async () => {
    const hunt = new FakeHunt(1);
    hunt.answers.push({ status: 503, headers: { 'Retry-After': '2' }, body: { type: '/problems/overloaded' } });
    const answer = start(hunt).call();
    await hunt.clock.advance(1_999);
    expect(hunt.http.requests).toHaveLength(1);
    await hunt.clock.advance(1);
    expect(await answer).toMatchObject({ status: 200 });
    const keys = hunt.http.requests.map((request) => request.headers['idempotency-key']);
    expect(keys).toEqual([keys[0], keys[0]]);
  });

  it('is tried five times at most, then the last trouble is the error', async () => {
    const hunt = new FakeHunt(1);
    hunt.answers.push(...Array.from({ length: 9 }, () => new Error('ECONNREFUSED')));
    const answer = start(hunt).call();
    await hunt.clock.advance(60_000);
    expect(await answer).toBeInstanceOf(NetworkError);
    expect(hunt.http.requests).toHaveLength(TRIES_MAX);
    expect(hunt.clock.pendingTimers).toBe(0);
  });

  it('that nobody answers is given up after ten seconds and tried again', async () => {
    const hunt = new FakeHunt(1);
    hunt.answers.push('silence');
    const answer = start(hunt).call();
    await hunt.clock.advance(9_999);
    expect(hunt.http.requests).toHaveLength(1);
    await hunt.clock.advance(200);
    expect(await answer).toMatchObject({ status: 200 });
  });

  it('that is refused is not tried again, and the problem is told whole', async () => {
    const hunt = new FakeHunt(1);
    const errors = [{ pointer: '/waypoints/3', line: 7, column: 5, code: 'unknown-field', detail: 'no' }];
    hunt.answers.push({
      status: 422,
      body: {
        type: 'http://c/problems/invalid-quest',
        title: 'The quest document breaks a rule',
        detail: 'one place',
        errors,
      },
    });
    const error = await start(hunt).call();
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({
      status: 422,
      problem: 'invalid-quest',
      detail: 'one place',
      errors,
      temporary: false,
    });
    expect(hunt.http.requests).toHaveLength(1);
  });

  it('whose server asks for a pause of minutes is given back to the caller', async () => {
    const hunt = new FakeHunt(1);
    hunt.answers.push({ status: 503, headers: { 'Retry-After': '120' } });
    expect(await start(hunt).call()).toMatchObject({ status: 503, problem: 'http-503', retryAfterMs: 120_000 });
  });

  it('that succeeds with something other than an object is an AnswerError', async () => {
    const hunt = new FakeHunt(1);
    hunt.answers.push({ status: 200, body: 'yes' });
    expect(await start(hunt).call()).toBeInstanceOf(AnswerError);
  });
});

describe('the author client', () => {
  it('speaks each path and verb of the write side', async () => {
    const hunt = new FakeHunt(1);
    const author = new AuthorClient({ commandUrl: 'http://c', token: 'jwt', ...hunt.environment });
    const say = (body: object, headers = {}): number => hunt.answers.push({ status: 200, body, headers });
    say({ questId: 'q', revision: 0 }, { etag: '"0"' });
    say({ questId: 'q', revision: 1 }, { etag: '"1"' });
    say({ valid: false, errors: [{ code: 'x' }], warnings: [], stats: { waypoints: 1 } });
    say({ questId: 'q', version: 1, contentHash: 'sha256-0' });
    say({ gameId: 'g', joinCode: null, revision: 0 });
    expect(await author.draft('{ "title": "as it is" }')).toEqual({ questId: 'q', revision: 0, etag: '"0"' });
    expect(await author.revise('q', { title: 't' }, '"0"')).toEqual({ questId: 'q', revision: 1, etag: '"1"' });
    expect(await author.validate({})).toMatchObject({ valid: false, errors: [{ code: 'x' }], stats: { waypoints: 1 } });
    expect(await author.publish('q')).toEqual({ questId: 'q', version: 1, contentHash: 'sha256-0' });
    expect(await author.createGame({ questId: 'q', open: true })).toEqual({ gameId: 'g', joinCode: null, revision: 0 });
    for (const verb of ['start', 'pause', 'resume', 'end'] as const) expect(await author[verb]('g')).toBe(9);
    await author.retire('q', { idempotencyKey: 'mine' });
    await author.removePlayer('g', 'ada');
    expect(hunt.http.requests.map(({ method, url }) => `${method} ${url.slice('http://c'.length)}`)).toEqual([
      'POST /quests',
      'PUT /quests/q',
      'POST /quests/validate',
      'POST /quests/q/publish',
      'POST /games',
      'POST /games/g/start',
      'POST /games/g/pause',
      'POST /games/g/resume',
      'POST /games/g/end',
      'POST /quests/q/retire',
      'DELETE /games/g/players/ada',
    ]);
    expect(hunt.http.requests[0]).toMatchObject({
      body: { title: 'as it is' },
      headers: { authorization: 'Bearer jwt' },
    });
    expect(hunt.http.requests[1]).toMatchObject({ headers: { 'if-match': '"0"' } });
    expect(hunt.http.requests[0]!.headers).not.toHaveProperty('waymark-sent-at');
    expect(hunt.http.requests[9]).toMatchObject({ headers: { 'idempotency-key': 'mine' } });
  });
});
