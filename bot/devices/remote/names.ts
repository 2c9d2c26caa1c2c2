/** How channels, queues and keys are called. BullMQ allows no colon in the name of a queue. */

export interface Names {
  readonly fromWorkers: string;
  readonly fromBot: string;
  /** Of the bot's lock, the number of its holder, and the sign of a bot that waits for it. */
  readonly bot: string;
  readonly token: string;
  readonly standby: string;
  /** Of one device. */
  tasks(worker: string, device: string): string;
  picture(id: string): string;
  outcome(attempt: string): string;
}

export function namesIn(queueName: string): Names {
  return {
    fromWorkers: `${queueName}:from-workers`,
    fromBot: `${queueName}:from-bot`,
    bot: `${queueName}:bot`,
    token: `${queueName}:bot-number`,
    standby: `${queueName}:standby`,
    tasks: (worker, device) => `${queueName}-tasks-${worker}-${device.replaceAll(':', '-')}`,
    outcome: (attempt) => `${queueName}:outcome:${attempt}`,
    picture: (id) => `${queueName}:picture:${id}`,
  };
}
