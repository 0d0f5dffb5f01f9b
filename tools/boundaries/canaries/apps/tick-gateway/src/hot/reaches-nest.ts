// expects: hot-path-reach
import './harmless.ts';
