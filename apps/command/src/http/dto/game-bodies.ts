import { IsBoolean } from 'class-validator';
import { DURATION_SECONDS_MAX, DURATION_SECONDS_MIN, PLAYERS_PER_GAME_MAX } from '@waymark/base';
import { IsId, IsInstant, IsWhole, MayBeAbsent, QUEST_VERSION_MAX } from './rules.ts';

/** Body of POST /games. */
export class CreateGameBody {
  @IsId()
  questId!: string;

  @MayBeAbsent()
  @IsWhole(1, QUEST_VERSION_MAX)
  version?: number;

  @MayBeAbsent()
  @IsInstant()
  startsAt?: number | string;

  @MayBeAbsent()
  @IsWhole(DURATION_SECONDS_MIN, DURATION_SECONDS_MAX)
  durationSeconds?: number;

  @MayBeAbsent()
  @IsWhole(1, PLAYERS_PER_GAME_MAX)
  maxPlayers?: number;

  @MayBeAbsent()
  @IsBoolean()
  open?: boolean;
}
