// expects: apps-command-imports
import '../../../../../../apps/tick-gateway/src/main.ts';
