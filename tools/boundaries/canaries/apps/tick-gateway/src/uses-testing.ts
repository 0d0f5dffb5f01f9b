// expects: testing-in-tests
import '../../../../../../apps/tick-gateway/src/testing/socket-pair.ts';
