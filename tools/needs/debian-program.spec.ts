import { needProgram, type Machine } from './debian-program.ts';
import { PROMTOOL } from './promtool.ts';
import { REDIS_SERVER } from './redis.ts';

describe.each([PROMTOOL, REDIS_SERVER])('$name, of the package $debianPackage', (program) => {
  const { debianPackage, name } = program;

  /** A machine on which the programs named run, and apt-get installs at the given attempt. */
  function machine(programs: string[], { installsAt = 0, isRoot = true } = {}) {
    const ran: string[] = [];
    let attempts = 0;
    const run: Machine['run'] = (asked, args) => {
      if (!programs.includes(asked)) return { status: null, stderr: '' };
      ran.push([asked, args[0]].join(' '));
      if (args[0] !== 'install') return { status: 0, stderr: '' };
      attempts += 1;
      if (attempts !== installsAt || args.at(-1) !== debianPackage)
        return { status: 100, stderr: `Reading lists\nE: Unable to locate package ${debianPackage}\n` };
      programs.push(name);
      return { status: 0, stderr: '' };
    };
    return { ran, machine: { isRoot, run } };
  }

  it('is taken where it is', () => {
    const { machine: there, ran } = machine([name, 'apt-get']);
    expect(needProgram(program, there)).toBe(name);
    expect(ran).toEqual([`${name} --version`]);
  });

  it.each([1, 2])('is installed, with fresh lists of packages when it must (attempt %i)', (installsAt) => {
    const { machine: bare, ran } = machine(['apt-get'], { installsAt });
    expect(needProgram(program, bare)).toBe(name);
    expect(ran.includes('apt-get update')).toBe(installsAt === 2);
  });

  it.each([
    ['only root may install packages', machine(['apt-get'], { isRoot: false, installsAt: 1 })],
    ['there is no apt-get', machine([])],
    [`E: Unable to locate package ${debianPackage}`, machine(['apt-get'])],
  ])('cannot be had, and why, and how to get it: %s', (why, { machine: bare }) => {
    expect(() => needProgram(program, bare)).toThrow(why);
    expect(() => needProgram(program, bare)).toThrow('put it on the PATH');
  });
});
