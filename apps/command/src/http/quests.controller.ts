import { Controller, HttpCode, Inject, Post, Put, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem, type ProblemSlug } from '@waymark/platform';
import { Authenticator } from '../auth/authenticator.ts';
import { QuestHandlers, type QuestWritten } from '../handlers/quest-handlers.ts';
import type { CheckedQuest, QuestReport } from '../quest-worker/quest-messages.ts';
import { QuestWorker } from '../quest-worker/quest-worker.ts';
import { expectNoBody } from './body/read-body.ts';
import type { RequestWith } from './fastify-request.ts';
import { commandContext, expectedRevision, pathId } from './head.ts';
import { tellPosition, tellRevision } from './reply-headers.ts';

/** Drafting, revising, publishing and retiring quests. The documents go to the quest worker as bytes. */
@Controller('quests')
export class QuestsController {
  constructor(
    @Inject(Authenticator) private readonly authenticator: Authenticator,
    @Inject(QuestHandlers) private readonly quests: QuestHandlers,
    @Inject(QuestWorker) private readonly worker: QuestWorker,
  ) {}

  @Post()
  @HttpCode(201)
  @RouteConfig({ keepsBytes: true })
  async draft(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const context = commandContext(request, await this.authenticator.author(request, 'quests:write'));
    const written = await this.quests.draft(context, await this.checkedQuest(request));
    reply.header('location', `/quests/${written.questId}`);
    return told(reply, written);
  }

  @Put(':questId')
  @RouteConfig({ keepsBytes: true })
  async revise(@Req() request: RequestWith<'questId'>, @Res({ passthrough: true }) reply: FastifyReply) {
    const context = commandContext(request, await this.authenticator.author(request, 'quests:write'));
    const questId = pathId(request, 'questId');
    const revision = expectedRevision(request);
    return told(reply, await this.quests.revise(context, questId, revision, await this.checkedQuest(request)));
  }

  @Post(':questId/publish')
  @HttpCode(200)
  async publish(@Req() request: RequestWith<'questId'>, @Res({ passthrough: true }) reply: FastifyReply) {
    const context = commandContext(request, await this.authenticator.author(request, 'quests:write'));
    expectNoBody(request);
    const { contentHash, questId, version, ...written } = await this.quests.publish(
      context,
      pathId(request, 'questId'),
    );
    told(reply, { questId, ...written });
    return { questId, version, contentHash };
  }

  @Post(':questId/retire')
  @HttpCode(200)
  async retire(@Req() request: RequestWith<'questId'>, @Res({ passthrough: true }) reply: FastifyReply) {
    const context = commandContext(request, await this.authenticator.author(request, 'quests:write'));
    expectNoBody(request);
    return told(reply, await this.quests.retire(context, pathId(request, 'questId')));
  }

  @Post('validate')
  @HttpCode(200)
  @RouteConfig({ keepsBytes: true })
  async validate(@Req() request: FastifyRequest) {
    await this.authenticator.author(request, 'quests:write');
    const report = await this.worker.check(documentOf(request), { lint: true });
    if (report.kind === 'fault') throw new Error(report.message);
    const { errorCount, errors, stats, valid, warningCount, warnings } = report.check;
    return { valid, errors, errorCount, warnings, warningCount, stats };
  }

  /** Throws the problem of a document of which no quest can be made. */
  private async checkedQuest(request: FastifyRequest): Promise<CheckedQuest> {
    return questOf(await this.worker.check(documentOf(request), { lint: false }));
  }
}

/** No body at all is an empty document. */
function documentOf(request: FastifyRequest): Uint8Array {
  return request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
}

function questOf(report: QuestReport): CheckedQuest {
  if (report.kind === 'fault') throw new Error(report.message);
  const { check, quest } = report;
  if (quest !== null) return quest;
  const isJsonFault = check.errors.some(({ code }) => code.startsWith('json-') || MALFORMED_CODES.has(code));
  const slug: ProblemSlug = isJsonFault ? 'malformed-json' : 'invalid-quest';
  const more = check.errorCount - check.errors.length;
  const detail = `the document breaks ${check.errorCount === 1 ? 'a rule' : `${check.errorCount} rules`}`;
  throw new Problem(slug, more > 0 ? `${detail}; the first ${check.errors.length} are listed` : detail, {
    errors: check.errors,
    extra: { errorCount: check.errorCount },
  });
}

/** Faults of the JSON itself that have no "json-" in their code. */
const MALFORMED_CODES: ReadonlySet<string> = new Set([
  'duplicate-field',
  'forbidden-field',
  'number-not-finite',
  'lone-surrogate',
  'not-utf8',
]);

function told(reply: FastifyReply, { position, questId, revision }: QuestWritten) {
  tellRevision(reply, revision);
  tellPosition(reply, position);
  return { questId, revision };
}
