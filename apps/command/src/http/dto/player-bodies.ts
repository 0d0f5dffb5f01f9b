import { ArrayMaxSize, ArrayMinSize, IsArray, IsNumber, IsString, Max, MaxLength, Min } from 'class-validator';
import { COORDINATE_ABS_MAX_M, PLAYER_NAME_CHARS_MAX, WAYPOINTS_MAX } from '@waymark/base';
import { IsId, IsOneLine, IsSomethingToSee, IsWhole, JOIN_CODE_CHARS_MAX, MayBeAbsent } from './rules.ts';

/** Body of POST /games/{gameId}/players. */
export class JoinBody {
  @MayBeAbsent()
  @IsId()
  playerId?: string;

  @IsString()
  @MaxLength(PLAYER_NAME_CHARS_MAX)
  @IsSomethingToSee()
  @IsOneLine()
  name!: string;

  @MayBeAbsent()
  @IsString()
  @MaxLength(JOIN_CODE_CHARS_MAX)
  joinCode?: string;
}

/** Body of POST /games/{gameId}/players/{playerId}/reach. http/body/reach-body.ts has the same rules by hand. */
export class ReachBody {
  @IsWhole(0, WAYPOINTS_MAX - 1)
  waypoint!: number;

  @IsArray()
  @ArrayMinSize(3)
  @ArrayMaxSize(3)
  @IsNumber({ allowNaN: false, allowInfinity: false }, { each: true })
  @Min(-COORDINATE_ABS_MAX_M, { each: true })
  @Max(COORDINATE_ABS_MAX_M, { each: true })
  at!: [x: number, y: number, z: number];
}
