import { checkQuestDocument } from './check-quest-document.ts';
import { controlInLine, controlInLines, isBlank } from './plain-text.ts';

it.each(['', ' \t', '\u00a0\u3000', '\u200b\u2060\u3164', '\ufeff\u00ad', '\u0000', '\ue000'])(
  'there is nothing to see in %j',
  (text) => {
    expect(isBlank(text)).toBe(true);
    const { errors } = checkQuestDocument(JSON.stringify({ title: text, waypoints: [[0, 0, 0]] }));
    expect(errors.map(({ code, column, pointer }) => [code, pointer, column])).toEqual([['text-blank', '/title', 10]]);
  },
);

it('a title with a NUL is refused, at its place', () => {
  const { errors } = checkQuestDocument('{"title":\n"T\\u0000","waypoints":[[0,0,0]]}');
  expect(errors).toMatchObject([{ code: 'control-character', pointer: '/title', line: 2, column: 1 }]);
  expect(errors[0]!.detail).toContain('U+0000 is its code unit 2');
});

it.each(['a', '.', '\u200bx', '🧭', 'é', '\u0301'])('there is something to see in %j', (text) => {
  expect(isBlank(text)).toBe(false);
});

it('one line has no control characters and no line ends; a text of lines has line ends', () => {
  expect(['a b', 'a\u200db', ''].map(controlInLine)).toEqual([-1, -1, -1]);
  expect(['a\u0000', '\n', 'ab\u2028', '\u0085', '\t'].map(controlInLine)).toEqual([1, 0, 2, 0, 0]);
  expect(['a\r\nb\nc\rd', 'a\u2028b'].map(controlInLines)).toEqual([-1, -1]);
  expect(['\n\u0000', '\t', '\u009f'].map(controlInLines)).toEqual([1, 0, 0]);
});
