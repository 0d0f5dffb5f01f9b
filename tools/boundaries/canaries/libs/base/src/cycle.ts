// expects: no-cycles
import './cycle.ts';
