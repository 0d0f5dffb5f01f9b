// expects: libs-quest-node
import 'node:fs';
