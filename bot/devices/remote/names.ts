/** How channels, queues and keys are called. BullMQ allows no colon in the name of a queue. */

export interface Names {
  readonly fromWorkers: string;
  readonly fromBot: string;
  readonly outcomes: string;
  /** Of one device. */
  tasks(worker: string, device: string): string;
  picture(id: string): string;
}

export function namesIn(queueName: string): Names {
  return {
    fromWorkers: `${queueName}:from-workers`,
    fromBot: `${queueName}:from-bot`,
    outcomes: `${queueName}-outcomes`,
    tasks: (worker, device) => `${queueName}-tasks-${worker}-${device.replaceAll(':', '-')}`,
    picture: (id) => `${queueName}:picture:${id}`,
  };
}
