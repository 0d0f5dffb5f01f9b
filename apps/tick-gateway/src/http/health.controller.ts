import { Controller, Get, Inject, Query as QueryParams, Res } from '@nestjs/common';
import { reportHealth, type HealthCheck } from '@waymark/platform';
import type { FastifyReply } from 'fastify';
import { readQuery, type Query } from './query.ts';

/** The same answers as on the admin port, for load balancers that only reach this one. */
@Controller('health')
export class HealthController {
  constructor(@Inject('READY_CHECKS') private readonly checks: readonly HealthCheck[]) {}

  @Get('live')
  live(@QueryParams() query: Query): unknown {
    readQuery(query, {});
    return reportHealth([]);
  }

  @Get('ready')
  ready(@QueryParams() query: Query, @Res() reply: FastifyReply): void {
    readQuery(query, {});
    const report = reportHealth(this.checks);
    void reply
      .status(report.status === 'ok' ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(report);
  }
}
