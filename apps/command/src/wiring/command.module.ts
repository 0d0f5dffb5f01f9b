import { Module, type DynamicModule } from '@nestjs/common';
import { Authenticator } from '../auth/authenticator.ts';
import { GameHandlers } from '../handlers/game-handlers.ts';
import { PlayerHandlers } from '../handlers/player-handlers.ts';
import { QuestHandlers } from '../handlers/quest-handlers.ts';
import { AboutController, HEALTH_CHECKS, type HealthChecks } from '../http/about.controller.ts';
import { DocsController } from '../http/docs.controller.ts';
import { GamesController } from '../http/games.controller.ts';
import { PlayersController, SHARED, type SharedForJoins } from '../http/players.controller.ts';
import { QuestsController } from '../http/quests.controller.ts';
import { QuestWorker } from '../quest-worker/quest-worker.ts';
import type { Services } from './services.ts';

/** The Nest shell around the plain parts of services.ts. */
@Module({})
class CommandModule {}

export function commandModule(
  services: Services,
  settings: { readonly shared: SharedForJoins; readonly health: HealthChecks },
): DynamicModule {
  return {
    module: CommandModule,
    controllers: [QuestsController, GamesController, PlayersController, AboutController, DocsController],
    providers: [
      { provide: Authenticator, useValue: services.authenticator },
      { provide: QuestHandlers, useValue: services.questHandlers },
      { provide: GameHandlers, useValue: services.gameHandlers },
      { provide: PlayerHandlers, useValue: services.playerHandlers },
      { provide: QuestWorker, useValue: services.questWorker },
      { provide: SHARED, useValue: settings.shared },
      { provide: HEALTH_CHECKS, useValue: settings.health },
    ],
  };
}
