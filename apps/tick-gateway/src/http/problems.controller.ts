import { Controller, Get, Param } from '@nestjs/common';
import { isProblemSlug, Problem, PROBLEMS, problemType } from '@waymark/platform';

/** What the `type` of a problem means: it is an address on the server that answered with it. */
@Controller('problems')
export class ProblemsController {
  @Get(':slug')
  one(@Param('slug') slug: string): unknown {
    if (!isProblemSlug(slug)) throw new Problem('not-found', 'there is no such problem type');
    return { type: problemType(slug), ...PROBLEMS[slug] };
  }
}
