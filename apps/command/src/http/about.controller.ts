import { Controller, Get, Header, HttpCode, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { problemPage, reportHealth, type HealthCheck } from '@waymark/platform';
import { questJsonSchema } from '@waymark/quest';
import type { RequestWith } from './fastify-request.ts';

/** What the API says of itself: problem types, the schema of quests, health. */
export interface HealthChecks {
  readonly live: readonly HealthCheck[];
  readonly ready: readonly HealthCheck[];
}

export const HEALTH_CHECKS = 'HEALTH_CHECKS';

@Controller()
export class AboutController {
  constructor(@Inject(HEALTH_CHECKS) private readonly health: HealthChecks) {}

  @Get('problems/:slug')
  problem(@Req() request: RequestWith<'slug'>) {
    return problemPage(request.params.slug);
  }

  @Get('schemas/quest.json')
  @Header('content-type', 'application/schema+json')
  questSchema(): string {
    return QUEST_SCHEMA_TEXT;
  }

  @Get('health/live')
  @HttpCode(200)
  live(@Res({ passthrough: true }) reply: FastifyReply) {
    return answerHealth(reply, this.health.live);
  }

  @Get('health/ready')
  @HttpCode(200)
  ready(@Res({ passthrough: true }) reply: FastifyReply) {
    return answerHealth(reply, this.health.ready);
  }
}

const QUEST_SCHEMA_TEXT = JSON.stringify(questJsonSchema);

function answerHealth(reply: FastifyReply, checks: readonly HealthCheck[]) {
  const report = reportHealth(checks);
  reply.header('cache-control', 'no-store');
  if (report.status !== 'ok') reply.status(503);
  return report;
}
