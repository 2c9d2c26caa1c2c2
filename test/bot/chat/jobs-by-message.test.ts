/** The job of a message that was posted a moment ago. */
import { expect, test } from 'vitest';
import { JobsByMessage } from '../../../bot/chat/jobs-by-message.ts';
import { ANNA } from '../jobs/a-job.ts';
import { someJobs, submitTo, until } from '../jobs/some-jobs.ts';

test('a reaction on the message of somebody who was forgotten is just a reaction, and no error', async () => {
  const t = await someJobs();
  const byMessage = new JobsByMessage('web', t.jobs);
  const { id } = await submitTo(t.jobs, ANNA);
  byMessage.note('m', id);
  expect(byMessage.find('m')?.id).toBe(id);
  const forgotten = t.jobs.forget(ANNA);
  await until(() => t.jobs.findIfKnown(id) === undefined, t.clock);
  await forgotten;
  expect(byMessage.find('m')).toBeUndefined();
});
