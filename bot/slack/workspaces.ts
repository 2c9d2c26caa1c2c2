/** Whose workspaces the bot serves, and with which token it speaks there. */
import type { Authorize, AuthorizeResult, webApi } from '@slack/bolt';
import type { Clock } from '../clock.ts';
import { persevere } from '../persevere.ts';
import type { Home } from './place.ts';

export interface Workspaces {
  /** Whether Slack takes the tokens; resolves once it does. @throws what the call throws */
  check(): Promise<void>;
  /** For Bolt: with which token an event is handled. */
  readonly authorize: Authorize<boolean>;
  /** @throws SurfaceError `gone` where the app is not installed (any more) */
  tokenOf(home: Home): Promise<string>;
  /** Slack did not take the token. @returns whether another may be there now */
  renew(home: Home): Promise<boolean>;
  /** The app was removed from a workspace, or its tokens were taken back. */
  removed(home: Home): Promise<void>;
  /** Nothing is asked any more. */
  close(): void;
  /** Why nothing works now; undefined while it does. */
  problem(): string | undefined;
}

/** The one workspace that a bot's token belongs to. */
export class OneWorkspace implements Workspaces {
  private readonly token: string;
  private readonly client: webApi.WebClient;
  private readonly clock: Clock;
  private readonly ended = new AbortController();
  private isRefused = false;
  private isAsking = false;
  private know: (who: AuthorizeResult) => void = () => {};
  private readonly known = new Promise<AuthorizeResult>((resolve) => {
    this.know = resolve;
  });

  /** @param client with that token */
  constructor(token: string, client: webApi.WebClient, clock: Clock) {
    this.token = token;
    this.clock = clock;
    this.client = client;
  }

  async check(): Promise<void> {
    try {
      const { user_id, bot_id, team_id, enterprise_id } = await this.client.auth.test();
      this.isRefused = false;
      this.know({
        botToken: this.token,
        ...(user_id === undefined ? {} : { botUserId: user_id }),
        ...(bot_id === undefined ? {} : { botId: bot_id }),
        ...(team_id === undefined ? {} : { teamId: team_id }),
        ...(enterprise_id === undefined ? {} : { enterpriseId: enterprise_id }),
      });
    } catch (error) {
      if ((error as { data?: { ok?: boolean } }).data?.ok === false) this.isRefused = true;
      throw error;
    }
  }

  authorize: Authorize<boolean> = async () => ({ ...(await this.known) });

  async tokenOf(): Promise<string> {
    return this.token;
  }

  /** Asked again in the background until Slack takes it: whether it was a slip or the token is dead is told to health. */
  async renew(): Promise<boolean> {
    this.doubt();
    return false;
  }

  async removed(): Promise<void> {
    this.doubt();
  }

  close(): void {
    this.ended.abort();
  }

  problem(): string | undefined {
    return this.isRefused ? 'Slack refuses the bot token: look at SLACK_BOT_TOKEN' : undefined;
  }

  private doubt(): void {
    this.isRefused = true;
    if (this.isAsking) return;
    this.isAsking = true;
    // An outage in between is no acceptance: what counts is the last answer.
    void persevere(
      () => this.check(),
      this.clock,
      this.ended.signal,
      () => {},
    ).finally(() => {
      this.isAsking = false;
    });
  }
}
