/**
 * The linter finds promises that nobody waits for; `void` tells it that this is meant. A rejection there would be
 * caught by the last net only, so whatever is let run like this must be known never to reject.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..');

/** What is called, and why it never rejects. */
const NEVER_REJECTS: ReadonlyMap<string, string> = new Map([
  ['catch', 'what goes wrong is handled on the spot'],
  [
    'transition',
    'one that is not written down is told to `onUnsaved`; what it returns is caught where it is made',
  ],
  ['settle', 'an edit in flight ends in `LiveMessage.endure`'],
  ['finally', 'on `device.queue.add`, whose work catches all; what it did not is for the last net'],
  ['warm', 'a failure becomes the reason why the device is not ready'],
  ['start', '`KeepWarm.start`: as `warm`'],
  ['acknowledge', 'a platform that does not hear it says so itself; it is logged'],
  ['acknowledgeBy', 'as `acknowledge`'],
  ['then', 'on `acknowledged` and `pause`, which never reject'],
  ['tellRefusal', 'it catches, and is told again after the next start'],
  ['persevere', 'it tries again until it is told to stop'],
  ['answer', '`WebServer.answer` makes an answer of every error'],
  ['receive', '`Port.receive` makes an answer of every error'],
  ['sayStep', 'a stream that is gone takes nothing'],
  ['disconnect', 'followed by `catch`'],
  ['defer', 'a platform that does not hear it says so itself; it is logged'],
  ['decode', 'a preview that cannot be read is missed by nobody'],
  ['publish', '`Wire.publish` catches: what cannot be said now is old by the time it could be'],
  ['beat', '`Serving.beat` catches what a sign of life meets'],
  ['renewing', 'what Redis does not answer is asked again (`takeLease`)'],
  ['tell', 'as `publish`'],
  ['refresh', '`HomeTabs.refresh` logs what it meets: it is drawn again when it is opened'],
  ['close', 'what it closes is ended by a signal'],
]);

/** The last thing called in the statement: `void a.b(c).d(e)` calls `d`. */
function lastCall(statement: string): string {
  let depth = 0;
  let flat = '';
  for (const character of statement) {
    if (character === ')' || character === '}') depth--;
    if (depth === 0) flat += character;
    if (character === '(' || character === '{') depth++;
  }
  return /([\w$]+)\(\)?[^(]*$/.exec(flat.replace(/\s+/g, ''))?.[1] ?? flat;
}

test('every promise that is let run is known never to reject', () => {
  const files = ['bot', 'commands', 'config', 'pipeline'].flatMap((room) =>
    readdirSync(path.join(ROOT, room), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path.join(room, file)),
  );
  const unknown = files.flatMap((file) => {
    const text = readFileSync(path.join(ROOT, file), 'utf8').replace(/^\s*\/\/.*\n/gm, '');
    const statements = [...text.matchAll(/(?:^|[\n;{}]|else|\))[ \t]*void ([a-z][\s\S]*?);\n/g)];
    return statements
      .map(([, statement]) => lastCall(statement!))
      .filter((call) => !NEVER_REJECTS.has(call))
      .map((call) => `${file}: ${call}`);
  });
  expect(unknown).toEqual([]);
});
