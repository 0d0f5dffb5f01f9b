// expects: libs-quest-by-name
import '../../../../../../libs/base/src/assert.ts';
