/** A child process that tries one device and reports why it cannot be used, if so: a driver may crash whoever asks it. */
import { parseDevice } from './runtime/devices.ts';
import { testDevice } from './runtime/self-test.ts';

const reason = await testDevice(parseDevice('device', process.argv[2] ?? 'cpu'));
process.send?.({ reason }, undefined, {}, () => process.exit(0));
