/** A child process that tries one device and reports what it can do, or why it cannot be used: a driver may crash whoever asks it. */
import { parseDevice } from './runtime/devices.ts';
import { testDevice } from './runtime/self-test.ts';

const report = await testDevice(parseDevice('device', process.argv[2] ?? 'cpu'));
process.send?.(report, undefined, {}, () => process.exit(0));
