import { expect, test } from 'vitest';
import { type JobEvent, JobEvents } from '../../../bot/jobs/events.ts';
import { aJob } from './a-job.ts';

test('who has stopped listening hears nothing more; a job is followed as long as somebody listens', () => {
  const events = new JobEvents();
  const job = aJob('1');
  const heard: string[] = [];
  const tell = () => events.publish({ type: 'queued', job } as JobEvent);
  const stopFirst = events.subscribeTo(job.id, () => heard.push('first'));
  const stopSecond = events.subscribeTo(job.id, () => heard.push('second'));
  const stopAll = events.subscribe(() => heard.push('all'));
  tell();
  stopFirst();
  expect(events.isFollowed(job.id)).toBe(true);
  tell();
  stopSecond();
  expect(events.isFollowed(job.id)).toBe(false);
  stopAll();
  tell();
  expect(heard).toEqual(['all', 'first', 'second', 'all', 'second']);
});
