import { Module, type DynamicModule } from '@nestjs/common';
import { GamesController } from '../http/games.controller.ts';
import { HealthController } from '../http/health.controller.ts';
import { ProblemsController } from '../http/problems.controller.ts';
import { QuestsController } from '../http/quests.controller.ts';
import { Viewers } from '../http/viewer.ts';
import { PlayServer } from '../play/play-server.ts';
import { ReadModel } from '../projection/read-model.ts';
import { ReadTurns } from '../projection/read-turns.ts';
import type { GatewayCore } from './gateway-core.ts';
import { PlayGateway, WatchGateway } from './play.gateways.ts';

/** Hands the parts of the core, plain objects made in gateway-core.ts, to Nest's controllers and gateways. */
@Module({})
export class GatewayModule {
  static of(core: GatewayCore): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [QuestsController, GamesController, ProblemsController, HealthController],
      providers: [
        PlayGateway,
        WatchGateway,
        { provide: ReadModel, useValue: core.readModel },
        { provide: ReadTurns, useValue: new ReadTurns() },
        { provide: Viewers, useValue: core.viewers },
        { provide: PlayServer, useValue: core.playServer },
        { provide: 'READY_CHECKS', useValue: core.readyChecks },
      ],
    };
  }
}
