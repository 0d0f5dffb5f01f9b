import { Problem } from '../problems.ts';
import { refuseQuery, refuseRepeatedHeaders } from './head-rules.ts';

const refusal = (check: () => void): unknown => {
  try {
    check();
  } catch (error) {
    expect(error).toBeInstanceOf(Problem);
    return {
      slug: (error as Problem).slug,
      places: (error as Problem).errors!.map(({ code, parameter }) => [parameter, code]),
    };
  }
  return null;
};

const heads = (...rawHeaders: string[]) =>
  refusal(() => refuseRepeatedHeaders({ url: '/', query: {}, raw: { rawHeaders } }));

it('a header that means something once may not stand twice, in whatever letters', () => {
  expect(heads('Host', 'a', 'AUTHORIZATION', 'Bearer x', 'Content-Type', 'b', 'authorization', 'Bearer y')).toEqual({
    slug: 'invalid-request',
    places: [['Authorization', 'repeated-header']],
  });
  expect(heads('content-type', 'a', 'Content-Type', 'a')).toMatchObject({
    places: [['Content-Type', 'repeated-header']],
  });
  for (const name of ['Idempotency-Key', 'If-Match', 'Waymark-Sent-At']) {
    expect(heads(name, '1', name.toLowerCase(), '1')).toMatchObject({ places: [[name, 'repeated-header']] });
  }
  expect(heads('Host', 'a', 'host', 'a')).toMatchObject({ places: [['Host', 'repeated-header']] });
});

it('all others may: Node joins them', () => {
  expect(
    heads('Host', 'a', 'Authorization', 'b', 'Content-Type', 'c', 'Accept', 'd', 'Accept', 'e', 'Hose', 'f'),
  ).toBeNull();
  expect(heads()).toBeNull();
});

it('an address without a query may have a question mark, and no fields', () => {
  const raw = { rawHeaders: [] };
  expect(refusal(() => refuseQuery({ url: '/a', query: {}, raw }))).toBeNull();
  expect(refusal(() => refuseQuery({ url: '/a?', query: {}, raw }))).toBeNull();
  expect(refusal(() => refuseQuery({ url: '/a?x=1&y', query: { x: '1', ['y'.repeat(300)]: '' }, raw }))).toEqual({
    slug: 'invalid-request',
    places: [
      ['x', 'unknown-parameter'],
      [`${'y'.repeat(100)}…`, 'unknown-parameter'],
    ],
  });
});
