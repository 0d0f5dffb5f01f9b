import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsInt,
  IsNumber,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { COORDINATE_ABS_MAX_M, PLAYER_NAME_CHARS_MAX, WAYPOINTS_MAX } from '@waymark/base';
import { ID_PATTERN, ID_RULE, JOIN_CODE_CHARS_MAX, MayBeAbsent } from './rules.ts';

/** Something to see (zero-width characters and fillers are nothing), and nothing that breaks a line. */
const PLAYER_NAME = /^(?=.*[^\p{Z}\p{C}\p{DI}])\P{Cc}+$/u;

/** Body of POST /games/{gameId}/players. */
export class JoinBody {
  @MayBeAbsent()
  @Matches(ID_PATTERN, { message: `$property must be ${ID_RULE}` })
  playerId?: string;

  @IsString()
  @MaxLength(PLAYER_NAME_CHARS_MAX)
  @Matches(PLAYER_NAME, { message: '$property must have something to see and no control characters' })
  name!: string;

  @MayBeAbsent()
  @IsString()
  @MaxLength(JOIN_CODE_CHARS_MAX)
  joinCode?: string;
}

/** Body of POST /games/{gameId}/players/{playerId}/reach. http/body/reach-body.ts has the same rules by hand. */
export class ReachBody {
  @IsInt()
  @Min(0)
  @Max(WAYPOINTS_MAX - 1)
  waypoint!: number;

  @IsArray()
  @ArrayMinSize(3)
  @ArrayMaxSize(3)
  @IsNumber({ allowNaN: false, allowInfinity: false }, { each: true })
  @Min(-COORDINATE_ABS_MAX_M, { each: true })
  @Max(COORDINATE_ABS_MAX_M, { each: true })
  at!: [x: number, y: number, z: number];
}
