/** The jobs as commands see it: bound to the one who asks and to the place where the answer goes. */

import type { Given } from '../../commands/command.ts';
import { formatCommand } from '../../commands/format-command.ts';
import type { JobService, PastRequest, ShownRequest } from '../../commands/job-service.ts';
import { readPersonSettings } from '../../commands/personal-defaults.ts';
import { readServerSettings } from '../../commands/server-rules.ts';
import { Fault } from '../../config/faults.ts';
import type { Asking } from '../jobs/admission.ts';
import type { Job } from '../jobs/job.ts';
import { isJobId } from '../jobs/job-id.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { personKey } from '../jobs/person.ts';
import { factsOf } from '../messages/card.ts';

import type { Preferences } from '../store/preferences.ts';

/** More than anybody can have unfinished at once. */
const RECENT = 200;

/** @param asking who asks, where, the message that acknowledged the command, and the event's id */
export function jobServiceFor(
  { jobs, preferences }: { readonly jobs: Jobs; readonly preferences: Preferences },
  asking: Asking,
): JobService {
  const { by } = asking;
  const { history } = jobs;
  return {
    submit: jobs.submit.bind(jobs, asking),
    queue: () => ({
      waiting: jobs.queue().map(({ job, position, startsIn, endsIn }) => {
        const mine = personKey(job.by) === personKey(by);
        const { model, prompt } = job.asked.request;
        const what = { model: model.name, ...(mine && { prompt }) };
        return { id: job.id, position, startsIn, endsIn, mine, ...what };
      }),
      running: jobs.deviceStatus().filter(({ state }) => state === 'busy').length,
    }),
    openRequests: () =>
      history.jobsOf(by, RECENT).flatMap((job) => {
        const state = openState(jobs.find(job.id));
        const { prompt, model } = job.asked.request;
        return state === undefined ? [] : [{ id: job.id, state, prompt, model: model.name }];
      }),
    cancel: (id) => jobs.cancel(id, by),
    pastRequests: (limit, before) => history.jobsOf(by, limit, before, 'with pictures').map(toPast),
    ownPicture: (digest) => jobs.findOwnPicture(by, digest),
    show(id, message) {
      const { surface, channel } = asking.place;
      const job =
        message === undefined ? isJobId(id) && jobs.findIfKnown(id) : jobs.findByMessage(surface, message);
      const isSeen =
        job &&
        (personKey(job.by) === personKey(by) ||
          (job.place.surface === surface && job.place.channel === channel));
      if (!isSeen || job.pictures.length === 0) throw new Fault('job.unknown', {});
      return toShown(job);
    },
    deliverAgain: (id) => jobs.followUp('again', id, asking),
    settings: () => readPersonSettings(preferences.ofPerson(by)),
    saveSettings: (settings) => preferences.savePerson(by, { ...settings }),
    serverSettings: () => readServerSettings(preferences.ofServer(asking.place)),
    forget: () => jobs.forget(by),
  };
}

/** A job is over for its asker as soon as its pictures are there. */
function openState({ state, pictures }: Job): 'waiting' | 'running' | undefined {
  if (state === 'queued') return 'waiting';
  return state === 'running' && pictures.length === 0 ? 'running' : undefined;
}

/** Seen by those who see its message, as with a reaction on it. */
export function toShown(job: Job): ShownRequest {
  const { options, request } = job.asked;
  const { negative, style } = factsOf(job);
  const command = formatCommand({ ...(options as Given), model: request.model.name, seed: request.seed });
  return {
    ...toPast(job),
    negative,
    command,
    ...(style === undefined ? {} : { style }),
  };
}

function toPast({ id, asked: { request }, pictures, undelivered, createdAt }: Job): PastRequest {
  const { prompt, seed, width, height, steps, model } = request;
  const facts = { prompt, seed, width, height, steps, model: model.name };
  const refused = undelivered === undefined ? {} : { undelivered };
  return { id, ...facts, pictures: pictures.length, ...refused, createdAt };
}
