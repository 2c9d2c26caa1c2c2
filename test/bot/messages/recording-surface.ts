/** A platform that keeps what it is shown, and fails as it is told. */

import type { MessageRef, Person } from '../../../bot/jobs/job.ts';
import type { Card } from '../../../bot/messages/card.ts';
import {
  type Capabilities,
  type Post,
  type Surface,
  SurfaceError,
  type SurfaceProblem,
} from '../../../bot/messages/surface.ts';

export interface Shown {
  readonly call: 'open' | 'edit' | 'finish' | 'remove';
  readonly job: string;
  readonly card?: Card;
  readonly mayAlreadyBePosted: boolean;
  /** Milliseconds since 1970, when it was carried out. */
  readonly at: number;
}

export class RecordingSurface implements Surface {
  readonly name: string;
  readonly shown: Shown[] = [];
  /** Called before each call is carried out; may wait, or throw. */
  before: (call: Shown['call'], signal: AbortSignal) => Promise<void> | void = () => {};
  moderators: readonly string[] = [];
  route: (post: Post) => string = () => 'route';
  can: Capabilities = {
    previews: true,
    minimumGap: 0,
    calls: { count: 1000, every: 1000 },
  };
  private readonly now: () => number;

  constructor(now: () => number, name = 'web') {
    this.now = now;
    this.name = name;
  }

  capabilities(): Capabilities {
    return this.can;
  }

  async open(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    await this.carryOut('open', post, card, signal);
    return [{ id: `message-of-${post.job}` }];
  }

  async edit(post: Post, card: Card, signal: AbortSignal): Promise<void> {
    await this.carryOut('edit', post, card, signal);
  }

  async finish(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    await this.carryOut('finish', post, card, signal);
    return [{ id: `message-of-${post.job}` }];
  }

  async remove(post: Post, signal: AbortSignal): Promise<void> {
    await this.carryOut('remove', post, undefined, signal);
  }

  async isModerator(person: Person): Promise<boolean> {
    return this.moderators.includes(person.id);
  }

  calls(call: Shown['call'], job?: string): Shown[] {
    return this.shown.filter((one) => one.call === call && (job === undefined || one.job === job));
  }

  private async carryOut(
    call: Shown['call'],
    { job, mayAlreadyBePosted }: Post,
    card: Card | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    await this.before(call, signal);
    this.shown.push({
      call,
      job,
      mayAlreadyBePosted,
      at: this.now(),
      ...(card === undefined ? {} : { card }),
    });
  }
}

export function failing(problem: SurfaceProblem): SurfaceError {
  return new SurfaceError(problem);
}
