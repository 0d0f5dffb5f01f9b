import { needProgram, type DebianProgram } from './debian-program.ts';

/** Prometheus' own judge of rules and metrics. */
export const PROMTOOL: DebianProgram = {
  name: 'promtool',
  debianPackage: 'prometheus',
  how:
    'promtool comes with Prometheus: on Debian and Ubuntu "apt-get install prometheus", on macOS "brew install prometheus", ' +
    'elsewhere in the archive of a Prometheus release; put it on the PATH.',
};

export const needPromtool = (): string => needProgram(PROMTOOL);
