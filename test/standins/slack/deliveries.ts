/**
 * What Slack tells the app, by socket or by signed request: each with its attempts, its deadline of three seconds
 * and its retries. Commands and interactions are told once; events again at once, after a minute, after five.
 */
import { type Json, type JsonObject, Refusal, type User } from './shapes.ts';
import { type Signing, signedHeaders } from './signing.ts';
import type { Sockets } from './sockets.ts';
import type { World } from './world.ts';

const DEADLINE = 3_000;
const RETRY_AFTER = [0, 60_000, 300_000];

export type DeliveryType = 'slash_commands' | 'interactive' | 'events_api';

/** One time that the app was told. */
export interface Attempt {
  readonly envelopeId: string;
  readonly at: number;
  readonly startedAt: number;
  readonly retry: number;
  /** HTTP only: the status that came back. */
  status?: number;
  /** Milliseconds of real time until the acknowledgement. */
  ackedAfter?: number;
  /** HTTP only: the app said `X-Slack-No-Retry: 1`. */
  refusesRetries?: boolean;
  /** Of this attempt: acknowledged, nothing within three seconds, refused, or nobody there. */
  outcome?: 'acked' | 'timeout' | 'http_error' | 'unreachable';
}

export interface Delivery {
  readonly type: DeliveryType;
  readonly payload: JsonObject;
  readonly person: User | undefined;
  readonly attempts: Attempt[];
  /** What the first acknowledgement said. */
  ack?: JsonObject;
  /** Milliseconds of real time until the first acknowledgement. */
  ackedAfter?: number;
  /** What the person sees if it failed: `operation_timeout`, `dispatch_failed`, or why the answer was refused. */
  failure?: string;
}

export class Deliveries {
  readonly all: Delivery[] = [];
  /** Everything from now on is told so many times. */
  copies = 1;
  /** The app's request URL: requests go there instead of through sockets. */
  requestUrl: string | undefined;
  signingSecret = 'a-signing-secret';
  /** Milliseconds since 1970 that signed requests carry; an app that reads its own clock may need the real time. */
  signingTime: () => number;
  private readonly world: World;
  private readonly sockets: Sockets;
  private readonly waiting = new Map<string, (payload: JsonObject) => void>();

  constructor(world: World, sockets: Sockets) {
    this.world = world;
    this.sockets = sockets;
    this.signingTime = () => world.clock.now();
    sockets.onAck = (id, payload) => this.waiting.get(id)?.(payload);
  }

  /** @param onAck what Slack does with the first acknowledgement */
  send(
    type: DeliveryType,
    payload: JsonObject,
    { person, onAck }: { person?: User; onAck?: (body: JsonObject) => unknown } = {},
  ): Delivery {
    const delivery: Delivery = { type, payload, person, attempts: [] };
    this.all.push(delivery);
    for (let i = 0; i < this.copies; i++) void this.attempt(delivery, 0, onAck);
    return delivery;
  }

  /** The same once more, as Slack sometimes does although everything went well. */
  repeat(delivery: Delivery, times = 1): void {
    for (let i = 0; i < times; i++) void this.attempt(delivery, 0, undefined);
  }

  /** Resolves when the app has acknowledged. */
  async acked(delivery: Delivery): Promise<Delivery> {
    return this.world.until(() => delivery.ackedAfter !== undefined && delivery);
  }

  private async attempt(
    delivery: Delivery,
    retry: number,
    onAck: ((body: JsonObject) => unknown) | undefined,
    reason = '',
  ): Promise<void> {
    const { world } = this;
    const envelopeId = world.newId('envelope-');
    const now = { at: world.clock.now(), startedAt: performance.now() };
    const attempt: Attempt = { envelopeId, retry, ...now };
    delivery.attempts.push(attempt);
    const answered = this.requestUrl === undefined ? this.bySocket : this.byRequest;
    const body = await answered.call(this, delivery, attempt, reason);
    if (body !== undefined) {
      attempt.outcome = 'acked';
      attempt.ackedAfter = performance.now() - attempt.startedAt;
      const isFirst = delivery.ackedAfter === undefined;
      if (isFirst) {
        delivery.ack = body;
        delivery.ackedAfter = attempt.ackedAfter;
        try {
          await onAck?.(body);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          delivery.failure = error.message;
        }
      }
    } else if (delivery.type === 'events_api') {
      const wait = attempt.refusesRetries ? undefined : RETRY_AFTER[retry];
      const why = attempt.outcome === 'timeout' ? 'http_timeout' : (attempt.outcome ?? 'http_error');
      if (wait !== undefined) {
        world.clock.after(wait, () => void this.attempt(delivery, retry + 1, onAck, why));
      }
    } else if (delivery.ackedAfter === undefined) {
      delivery.failure = attempt.outcome === 'timeout' ? 'operation_timeout' : 'dispatch_failed';
    }
    world.emit('change');
  }

  private bySocket(delivery: Delivery, attempt: Attempt, reason: string): Promise<JsonObject | undefined> {
    const { type, payload } = delivery;
    const { envelopeId, retry } = attempt;
    const isEvent = type === 'events_api';
    const mayAnswer = type === 'slash_commands' || payload.type === 'view_submission';
    return new Promise((resolve) => {
      const end = this.world.clock.after(DEADLINE, () => {
        attempt.outcome = 'timeout';
        this.waiting.delete(envelopeId);
        resolve(undefined);
      });
      this.waiting.set(envelopeId, (body) => {
        end();
        this.waiting.delete(envelopeId);
        resolve(body);
      });
      const connection = this.sockets.send({
        envelope_id: envelopeId,
        type,
        payload,
        accepts_response_payload: mayAnswer,
        ...(isEvent ? { retry_attempt: retry, retry_reason: reason.replace('http_', '') } : {}),
      });
      if (connection !== undefined) return;
      end();
      attempt.outcome = 'unreachable';
      resolve(undefined);
    });
  }

  private async byRequest(delivery: Delivery, attempt: Attempt, reason: string) {
    let end = () => {};
    const retried: Record<string, string> =
      attempt.retry === 0
        ? {}
        : { 'x-slack-retry-num': String(attempt.retry), 'x-slack-retry-reason': reason };
    const late = new Promise<undefined>((resolve) => {
      end = this.world.clock.after(DEADLINE, () => {
        attempt.outcome = 'timeout';
        resolve(undefined);
      });
    });
    const answer = this.request(delivery, {}, retried).catch(() => 'unreachable' as const);
    const first = await Promise.race([answer, late]);
    end();
    if (first === undefined) return undefined;
    if (first === 'unreachable') {
      attempt.outcome = 'unreachable';
      return undefined;
    }
    attempt.status = first.status;
    if (first.status === 200) return asObject(first.text);
    attempt.outcome = 'http_error';
    attempt.refusesRetries = first.refusesRetries;
    return undefined;
  }

  /**
   * One signed request with a delivery in it, told as the test likes: with another secret or signature, or with an
   * old or future timestamp. It leaves the delivery as it is.
   */
  async request(
    { type, payload }: Pick<Delivery, 'type' | 'payload'>,
    signing: Partial<Signing> = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; text: string; refusesRetries: boolean }> {
    const isEvent = type === 'events_api';
    const form = type === 'interactive' ? { payload: JSON.stringify(payload) } : payload;
    const body = isEvent
      ? JSON.stringify(payload)
      : new URLSearchParams(form as Record<string, string>).toString();
    const timestamp = Math.floor(this.signingTime() / 1000);
    const response = await fetch(this.requestUrl ?? '', {
      method: 'POST',
      body,
      headers: {
        'content-type': isEvent ? 'application/json' : 'application/x-www-form-urlencoded',
        'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
        ...signedHeaders({ secret: this.signingSecret, timestamp, ...signing }, body),
        ...headers,
      },
    });
    const refusesRetries = response.headers.get('x-slack-no-retry') === '1';
    return { status: response.status, text: await response.text(), refusesRetries };
  }
}

function asObject(text: string): JsonObject {
  if (text === '') return {};
  try {
    const value = JSON.parse(text) as Json;
    return typeof value === 'object' && value !== null ? (value as JsonObject) : { text };
  } catch {
    return { text };
  }
}
