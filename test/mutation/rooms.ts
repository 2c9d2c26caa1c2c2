/** The rooms of the code that are mutated, and the tests that are asked about each. */

export interface Room {
  /** The folder whose files are changed, and its name on the command line. */
  readonly source: string;
  /** Folders and files of tests. Those that draw pictures with browsers or for minutes are left out. */
  readonly tests: readonly string[];
}

export const ROOMS: readonly Room[] = [
  { source: 'pipeline/sampling', tests: ['test/pipeline/sampling'] },
  {
    source: 'commands',
    tests: ['test/commands', 'test/bot/commands.test.ts', 'test/bot/commands-in-languages.test.ts'],
  },
  {
    source: 'bot/jobs',
    tests: [
      'test/bot/jobs',
      'test/bot/commands.test.ts',
      'test/bot/messages/live-message.test.ts',
      'test/bot/devices/device.test.ts',
      'test/bot/durations.test.ts',
    ],
  },
  {
    source: 'bot/http',
    tests: [
      'test/bot/http',
      'test/bot/web/who-is-let-in.test.ts',
      'test/bot/web/small-answers.test.ts',
      'test/bot/web/jobs-over-http.test.ts',
      'test/bot/web/sent-once.test.ts',
    ],
  },
  {
    source: 'bot/web',
    tests: [
      'test/bot/web/small-answers.test.ts',
      'test/bot/web/studio-surface.test.ts',
      'test/bot/web/jobs-over-http.test.ts',
      'test/bot/web/who-is-let-in.test.ts',
      'test/bot/web/languages.test.ts',
      'test/bot/web/page-words.test.ts',
      'test/bot/web/small-pictures.test.ts',
      'test/bot/web/told-to-programs.test.ts',
      'test/bot/web/sent-once.test.ts',
      'test/bot/web/private-chats.test.ts',
      'test/bot/durations.test.ts',
    ],
  },
];
