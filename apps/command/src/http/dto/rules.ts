import { IsInt, IsNumber, IsString, Matches, Max, Min, ValidateBy, ValidateIf } from 'class-validator';
import { PLAYER_ID_CHARS_MAX } from '@waymark/base';
import { controlInLine, isBlank } from '@waymark/quest';

/** Rules that several DTOs share. */

/** Ids of quests, games and players, in paths and bodies. */
export const ID_PATTERN = new RegExp(`^[A-Za-z0-9][A-Za-z0-9_-]{0,${PLAYER_ID_CHARS_MAX - 1}}$`);
export const ID_RULE = `1 to ${PLAYER_ID_CHARS_MAX} letters, digits, "-" or "_", the first a letter or digit`;

/** Quest versions count from 1; more than this is a typing mistake. */
export const QUEST_VERSION_MAX = 1_000_000_000;
/** Far longer than any code that was ever given out. */
export const JOIN_CODE_CHARS_MAX = 64;

/** The field may be left out; null is a value like any other, and wrong. */
export const MayBeAbsent = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

export const IsId = (): PropertyDecorator =>
  all(IsString(), Matches(ID_PATTERN, { message: `$property must be ${ID_RULE}` }));

export const IsWhole = (least: number, most: number): PropertyDecorator =>
  all(
    IsNumber({}, { message: '$property must be a whole number' }),
    IsInt({ message: '$property must be a whole number' }),
    Min(least),
    Max(most),
  );

/** What libs/quest asks of a quest's title, asked of a player's name: something to see, and nothing that breaks the line. */
export const IsSomethingToSee = (): PropertyDecorator =>
  ValidateBy({
    name: 'isSomethingToSee',
    validator: {
      validate: (value) => typeof value === 'string' && !isBlank(value),
      defaultMessage: () => '$property must have something to see in it',
    },
  });

export const IsOneLine = (): PropertyDecorator =>
  ValidateBy({
    name: 'isOneLine',
    validator: {
      validate: (value) => typeof value === 'string' && controlInLine(value) < 0,
      defaultMessage: () => '$property must have no control characters and no line breaks',
    },
  });

/** A point in time: epoch milliseconds, or ISO 8601 with a zone. */
export const IsInstant = (): PropertyDecorator =>
  all(
    ValidateBy({
      name: 'isNumberOrString',
      validator: {
        validate: (value) => typeof value === 'number' || typeof value === 'string',
        defaultMessage: () => '$property must be a number or a string',
      },
    }),
    ValidateBy({
      name: 'isInstant',
      validator: {
        validate: (value) => instantMs(value) !== null,
        defaultMessage: () => '$property must be epoch milliseconds or an ISO 8601 date and time with a zone',
      },
    }),
  );

function all(...rules: readonly PropertyDecorator[]): PropertyDecorator {
  return (target, property) => {
    for (const rule of rules) rule(target, property);
  };
}

const ISO_INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** Whole epoch milliseconds; null for anything that is not an instant. */
export function instantMs(value: unknown): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : null;
  if (typeof value !== 'string' || !ISO_INSTANT.test(value)) return null;
  // Date.parse takes 30 February for 2 March.
  const [year, month, day] = value.slice(0, 10).split('-').map(Number);
  if (day! > new Date(Date.UTC(year!, month!, 0)).getUTCDate()) return null;
  const ms = Date.parse(value);
  return Number.isFinite(ms) ? ms : null;
}
