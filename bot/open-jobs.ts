/** Jobs and their messages put together: who asks for a picture gets it, and each hears of the other by events alone. */
import { JOBS } from '../config/defaults.ts';
import { Jobs, type JobsDependencies } from './jobs/jobs.ts';
import { Delivery } from './messages/delivery.ts';
import { mentionsBy } from './messages/ping.ts';
import { RouteBudgets } from './messages/route-budget.ts';
import type { Surface } from './messages/surface.ts';
import { Surfaces } from './messages/surfaces.ts';
import { observationOf } from './ops/observation-of.ts';
import { atMost } from './time/clock.ts';

export interface OpenJobs {
  readonly jobs: Jobs;
  /** Adapters report here what their platform says about rate limits. */
  readonly budgets: RouteBudgets;
  /** A platform is there: its jobs' messages are taken up where they were. */
  connect(surface: Surface): void;
  /** First stage of the end: nothing new, what runs may finish and be delivered for a while; then everything is kept. */
  drain(): Promise<void>;
  /** Second stage: ends at once. What was accepted is on disk. */
  close(): Promise<void>;
}

export function openJobs(dependencies: Omit<JobsDependencies, 'isModerator'>): OpenJobs {
  const { clock, store, journal, observe = () => {} } = dependencies;
  const mayMention = mentionsBy(journal.preferences);
  const budgets = new RouteBudgets(clock);
  const surfaces = new Surfaces();
  const isModerator: JobsDependencies['isModerator'] = (person, place) => surfaces.isModerator(person, place);
  const jobs = new Jobs({ ...dependencies, isModerator });
  const { active, events } = jobs;
  const pathOf = (file: string) => store.path(file);
  const delivery = new Delivery({ active, events, surfaces, budgets, clock, observe, mayMention, pathOf });
  events.subscribe((event) => {
    const observation = observationOf(event, clock.now());
    if (observation !== undefined) observe(observation);
  });

  async function close(): Promise<void> {
    delivery.stop();
    await jobs.close();
  }

  return {
    jobs,
    budgets,
    connect: (surface) => delivery.connect(surface),
    async drain() {
      await jobs.finish();
      await atMost(clock, JOBS.finishDelivering, delivery.idle());
      await close();
    },
    close,
  };
}
