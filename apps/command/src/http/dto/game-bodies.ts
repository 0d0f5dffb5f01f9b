import { IsBoolean, IsInt, Matches, Max, Min } from 'class-validator';
import { DURATION_SECONDS_MAX, DURATION_SECONDS_MIN, PLAYERS_PER_GAME_MAX } from '@waymark/base';
import { ID_PATTERN, ID_RULE, IsInstant, MayBeAbsent, QUEST_VERSION_MAX } from './rules.ts';

/** Body of POST /games. */
export class CreateGameBody {
  @Matches(ID_PATTERN, { message: `$property must be ${ID_RULE}` })
  questId!: string;

  @MayBeAbsent()
  @IsInt()
  @Min(1)
  @Max(QUEST_VERSION_MAX)
  version?: number;

  @MayBeAbsent()
  @IsInstant()
  startsAt?: number | string;

  @MayBeAbsent()
  @IsInt()
  @Min(DURATION_SECONDS_MIN)
  @Max(DURATION_SECONDS_MAX)
  durationSeconds?: number;

  @MayBeAbsent()
  @IsInt()
  @Min(1)
  @Max(PLAYERS_PER_GAME_MAX)
  maxPlayers?: number;

  @MayBeAbsent()
  @IsBoolean()
  open?: boolean;
}
