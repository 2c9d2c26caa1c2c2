/** What people ask for. An event without an answer is sent again to the next service, as platforms do. */
import type { AttackedService } from './attacked-service.ts';
import type { ToService } from './protocol.ts';

/** Milliseconds between two requests. */
const EVERY = 400;

export class Load {
  /** Event to job. */
  readonly accepted = new Map<string, string>();
  readonly unanswered = new Map<string, ToService>();
  /** Events that were answered with two different jobs. */
  doubles = 0;
  /** Refusals for want of room, and all the sentences that were said. */
  refused = 0;
  readonly sentences = new Set<string>();
  private events = 0;
  private readonly random: () => number;

  constructor(random: () => number) {
    this.random = random;
  }

  keepComing(service: AttackedService): () => void {
    this.sendUnanswered(service);
    const timer = setInterval(() => {
      const key = `event-${++this.events}`;
      const person = `person-${Math.floor(this.random() * 5)}`;
      const model = this.random() < 0.7 ? 'nano' : 'nano-turbo';
      const event: ToService = { type: 'submit', key, person, model };
      this.unanswered.set(key, event);
      service.send(event);
    }, EVERY);
    return () => clearInterval(timer);
  }

  sendUnanswered(service: AttackedService): void {
    for (const event of this.unanswered.values()) service.send(event);
  }

  noteAccepted(key: string, job: string): void {
    const before = this.accepted.get(key);
    if (before !== undefined && before !== job) this.doubles++;
    this.accepted.set(key, job);
    this.unanswered.delete(key);
  }

  noteRefused(sentence: string): void {
    this.refused++;
    this.sentences.add(sentence);
  }
}
