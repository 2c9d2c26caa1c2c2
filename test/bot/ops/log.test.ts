import { expect, test } from 'vitest';
import { openLog } from '../../../bot/ops/log.ts';
import { type LogLevel, TOKENS } from '../../../config/settings.ts';

function aLog(level: LogLevel, plain = false) {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  const log = openLog({
    level,
    now: () => Date.UTC(2026, 0, 1),
    write,
    plain,
    secrets: ['s3cret', ...TOKENS],
  });
  return { log, lines };
}

test('an event is one line of JSON with its job', () => {
  const { log, lines } = aLog('info');
  log.info('accepted', { job: '01J', surface: 'web' });
  expect(lines).toEqual([
    '{"time":"2026-01-01T00:00:00.000Z","level":"info","event":"accepted","job":"01J","surface":"web"}\n',
  ]);
});

test('what is less important than the level is left out', () => {
  const { log, lines } = aLog('warn');
  log.info('a');
  log.warn('b');
  log.fatal('c');
  expect(lines.map((line) => JSON.parse(line).event)).toEqual(['b', 'c']);
  const silent = aLog('silent');
  silent.log.fatal('d');
  expect(silent.lines).toEqual([]);
});

test('prompts and secrets are never written, wherever they turn up', () => {
  for (const plain of [true, false]) {
    const { log, lines } = aLog('info', plain);
    log.error('failed', {
      prompt: 'a private thought',
      authorization: 'Bearer abc',
      cause: new Error('GET https://x/?key=s3cret'),
    });
    expect(lines.join('')).not.toMatch(/private thought|abc|s3cret/);
    expect(lines.join('')).toContain('(hidden)');
  }
});

test('tokens of Slack that no setting knows are hidden wherever they turn up', () => {
  const { log, lines } = aLog('info');
  log.info('xoxb-1234567890-abc', {
    cause: new Error('xoxe.xoxb-1-Mi0yLTEyMzQ1Njc4'),
    text: 'xapp-1-A123-456-abcdef xwfp-12345678',
  });
  expect(lines.join('')).not.toMatch(/123|Mi0y/);
});
