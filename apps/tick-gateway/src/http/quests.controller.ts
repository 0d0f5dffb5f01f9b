import { Controller, Get, Headers, Param, Query as QueryParams, Res, UseGuards } from '@nestjs/common';
import { Problem } from '@waymark/platform';
import type { FastifyReply } from 'fastify';
import type { QuestEntry, VersionEntry } from '../projection/catalogue.ts';
import { ReadModel } from '../projection/read-model.ts';
import { ReadTurns } from '../projection/read-turns.ts';
import { takePage } from './page.ts';
import { readId, readLimit, readPosition, readQuery, type Query } from './query.ts';
import { requireOwner, Viewer, ViewerGuard } from './viewer.ts';

/** A version never changes: whoever has it may keep it for a year. */
const IMMUTABLE = 'private, max-age=31536000, immutable';

/** Published quests: what there is to play. Drafts are their author's and not listed; waypoints are the hunt's secret, for the author only. */
@Controller('quests')
@UseGuards(ViewerGuard)
export class QuestsController {
  constructor(
    private readonly model: ReadModel,
    private readonly turns: ReadTurns,
  ) {}

  @Get()
  async list(@QueryParams() query: Query): Promise<unknown> {
    const { limit, after, atLeast } = readQuery(query, { limit: readLimit, after: readId, atLeast: readPosition });
    await this.model.caughtUpTo(atLeast);
    return this.turns.take(() => {
      const { page, next } = takePage(
        this.model.catalogue.quests.values(),
        { limit, after, idOf: (quest) => quest.questId },
        (quest) => quest.versions.length > 0,
      );
      return { quests: page.map(describeQuest), next, position: this.model.position };
    });
  }

  @Get(':questId')
  async one(@Param('questId') questId: string, @QueryParams() query: Query): Promise<unknown> {
    const { atLeast } = readQuery(query, { atLeast: readPosition });
    await this.model.caughtUpTo(atLeast);
    const quest = this.model.quest(questId);
    if (quest.versions.length === 0) throw new Problem('quest-not-found', `quest ${questId} is not published`);
    return { ...describeQuest(quest), versions: quest.versions.map(describeVersion), position: this.model.position };
  }

  @Get(':questId/versions/:version')
  async version(
    @Param('questId') questId: string,
    @Param('version') version: string,
    @QueryParams() query: Query,
  ): Promise<unknown> {
    const { atLeast } = readQuery(query, { atLeast: readPosition });
    await this.model.caughtUpTo(atLeast);
    return { questId, ...describeVersion(this.model.version(questId, readVersion(version)).version) };
  }

  /** x, y, z and radius of each waypoint, float32 little endian, 16 bytes a waypoint: the columns as the gateway itself uses them. */
  @Get(':questId/versions/:version/waypoints.bin')
  async waypoints(
    @Param('questId') questId: string,
    @Param('version') version: string,
    @QueryParams() query: Query,
    @Viewer() viewer: string | null,
    @Headers('if-none-match') known: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { atLeast } = readQuery(query, { atLeast: readPosition });
    await this.model.caughtUpTo(atLeast);
    const number = readVersion(version);
    const { quest, version: entry } = this.model.version(questId, number);
    requireOwner(viewer, quest.authorId);
    const etag = `"${entry.contentHash}"`;
    void reply.header('etag', etag).header('cache-control', IMMUTABLE);
    if (isKnown(etag, known)) return void reply.status(304).send();
    const { places } = await this.turns.take(() => this.model.compiled(questId, number));
    void reply.type('application/octet-stream').send(Buffer.from(places.buffer, places.byteOffset, places.byteLength));
  }
}

/** If-None-Match is a list of tags, weak or not, or a star (RFC 9110, 13.1.2). */
function isKnown(etag: string, header: string | undefined): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.some((tag) => tag === etag || tag === '*');
}

function readVersion(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Problem('version-not-found', 'versions are whole numbers from 1');
}

function describeQuest(quest: QuestEntry): Record<string, unknown> {
  const latest = quest.versions.at(-1)!;
  return {
    questId: quest.questId,
    title: latest.title,
    order: latest.order,
    waypointCount: latest.waypointCount,
    latestVersion: latest.version,
    contentHash: latest.contentHash,
    retired: quest.retired,
  };
}

function describeVersion({ revision: _revision, ...version }: VersionEntry): Record<string, unknown> {
  return { ...version, publishedAt: new Date(version.publishedAt).toISOString() };
}
