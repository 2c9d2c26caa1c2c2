/** The studio page as a platform: messages are told to all open pages, and looked up again by any page that opens. */

import type { Hub } from '../http/hub.ts';
import type { Job, MessageRef, Person } from '../jobs/job.ts';
import type { Card } from '../messages/card.ts';
import { previewUrls } from '../messages/preview-url.ts';
import type { Capabilities, Post, Surface } from '../messages/surface.ts';
import { type Known, messageOf } from './message.ts';
import { isProgram, SURFACE } from './visitor.ts';

/** Nobody counts calls here; a page is told of a job at most this often. */
const CAPABILITIES: Capabilities = {
  previews: true,
  minimumGap: 60,
  calls: { count: 20, every: 1000 },
};

export class StudioSurface implements Surface {
  readonly name = SURFACE;
  private readonly hub: Hub;
  private readonly find: (id: string) => Job;
  private readonly needsToken: boolean;
  private readonly installation: Known;
  private readonly previews = new Map<string, readonly string[]>();

  /** @param needsToken without one everybody who gets here is on this machine, and may clear up */
  constructor(hub: Hub, find: (id: string) => Job, needsToken: boolean, installation: Known) {
    this.hub = hub;
    this.find = find;
    this.needsToken = needsToken;
    this.installation = installation;
  }

  capabilities(): Capabilities {
    return CAPABILITIES;
  }

  route({ job }: Post): string {
    return `web ${job}`;
  }

  async open(post: Post, card: Card, signal: AbortSignal): Promise<readonly MessageRef[]> {
    await this.edit(post, card, signal);
    return [{ id: post.job }];
  }

  async edit({ job }: Post, card: Card, signal: AbortSignal): Promise<void> {
    if (card.preview !== undefined) this.previews.set(job, await previewUrls(card.preview));
    if (!signal.aborted) this.tell(job, card);
  }

  async finish({ job }: Post, card: Card): Promise<readonly MessageRef[]> {
    this.previews.delete(job);
    this.tell(job, card);
    return [{ id: job }];
  }

  async remove({ job }: Post): Promise<void> {
    this.previews.delete(job);
    this.hub.tell(`message ${job}`, 'removed', { id: job });
  }

  async isModerator(person: Person): Promise<boolean> {
    return !this.needsToken || isProgram(person);
  }

  /** The newest look at an unfinished picture, or at each of its batch. */
  previewsOf(job: string): readonly string[] | undefined {
    return this.previews.get(job);
  }

  private tell(id: string, card: Card): void {
    const message = messageOf(this.find(id), card, this.installation, this.previews.get(id));
    this.hub.tell(`message ${id}`, 'message', message);
  }
}
