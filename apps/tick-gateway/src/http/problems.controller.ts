import { Controller, Get, Param, Query as QueryParams, UseGuards } from '@nestjs/common';
import { problemPage } from '@waymark/platform';
import { readQuery, type Query } from './query.ts';
import { ViewerGuard } from './viewer.ts';

/** What the `type` of a problem means: it is an address on the server that answered with it. */
@Controller('problems')
@UseGuards(ViewerGuard)
export class ProblemsController {
  @Get(':slug')
  one(@Param('slug') slug: string, @QueryParams() query: Query): unknown {
    readQuery(query, {});
    return problemPage(slug);
  }
}
