/** What 10,000 jobs cost the service itself, queued and drained, and the time until a command is on disk meanwhile. */
import { atMost, type BenchPart } from './figure.ts';
import { inFreshProcess } from './fresh-process.ts';
import type { JobFigures } from './measure-jobs.ts';

const JOBS = 10_000;
const LIMITS = { cpu: 1, memory: 20, acceptance: 50, lag: 50 };

export const jobs: BenchPart = async (_, say) => {
  say(`${JOBS} jobs through two devices that draw nothing`);
  const found = await inFreshProcess<JobFigures>('./measure-jobs.ts', JOBS, 'as the service');
  const { cpu_ms_per_job, system_ms_per_job, wall_ms_per_job } = found;
  return {
    service_per_job: atMost(cpu_ms_per_job, 'ms of processor time', LIMITS.cpu, {
      jobs: found.jobs,
      of_these_in_the_system_ms: system_ms_per_job,
      wall_ms: wall_ms_per_job,
    }),
    memory_growth: atMost(found.memory_growth_mb, 'MB', LIMITS.memory, { jobs: found.jobs }),
    desk_acceptance_p99: atMost(found.accept_p99_ms, 'ms', LIMITS.acceptance, {
      p50_ms: found.accept_p50_ms,
    }),
    desk_event_loop_lag_p99: atMost(found.event_loop_lag_p99_ms, 'ms', LIMITS.lag),
  };
};
