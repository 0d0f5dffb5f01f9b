import { Controller, Get, Inject, Res } from '@nestjs/common';
import { reportHealth, type HealthCheck } from '@waymark/platform';
import type { FastifyReply } from 'fastify';

/** The same answers as on the admin port, for load balancers that only reach this one. */
@Controller('health')
export class HealthController {
  constructor(@Inject('READY_CHECKS') private readonly checks: readonly HealthCheck[]) {}

  @Get('live')
  live(): unknown {
    return reportHealth([]);
  }

  @Get('ready')
  ready(@Res() reply: FastifyReply): void {
    const report = reportHealth(this.checks);
    void reply
      .status(report.status === 'ok' ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(report);
  }
}
