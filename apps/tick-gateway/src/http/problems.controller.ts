import { Controller, Get, Param } from '@nestjs/common';
import { problemPage } from '@waymark/platform';

/** What the `type` of a problem means: it is an address on the server that answered with it. */
@Controller('problems')
export class ProblemsController {
  @Get(':slug')
  one(@Param('slug') slug: string): unknown {
    return problemPage(slug);
  }
}
