/** All workspaces in which somebody has installed the app: their tokens in the journal, encrypted, rotating. */
import {
  type Authorize,
  type AuthorizeResult,
  ExpressReceiver,
  type Installation,
  type InstallationStore,
  type webApi,
} from '@slack/bolt';
import type { SlackSettings } from '../../config/slack-settings.ts';
import { SurfaceError } from '../messages/surface.ts';
import { seal, open as unseal } from '../safety/seal.ts';
import type { KeyValues } from '../store/key-values.ts';
import { boltLog } from './bolt-log.ts';
import type { SlackDependencies } from './dependencies.ts';
import type { Home } from './place.ts';
import { SCOPE_NAMES } from './scopes.ts';
import type { Workspaces } from './workspaces.ts';

const KIND = 'slack_installation';
type Query = Parameters<InstallationStore['fetchInstallation']>[0];

type InstalledSettings = Extract<SlackSettings['workspaces'], { which: 'installed' }>;

/** Bolt's store of installations. */
class KeptInstallations implements InstallationStore {
  private readonly keyValues: KeyValues;
  private readonly key: Uint8Array;
  private readonly randomBytes: (length: number) => Uint8Array;

  /** @param key 32 bytes */
  constructor(keyValues: KeyValues, key: Uint8Array, randomBytes: (length: number) => Uint8Array) {
    this.keyValues = keyValues;
    this.key = key;
    this.randomBytes = randomBytes;
  }

  async storeInstallation<V extends 'v1' | 'v2'>(installation: Installation<V, boolean>): Promise<void> {
    const id = installation.isEnterpriseInstall ? installation.enterprise?.id : installation.team?.id;
    if (id === undefined) throw new Error('an installation of nowhere');
    const sealed = seal(JSON.stringify(installation), this.key, `${KIND}:${id}`, this.randomBytes(12));
    await this.keyValues.set(KIND, id, sealed);
  }

  /** The workspace's own installation, else that of the organisation it belongs to. @throws Error where there is none */
  async fetchInstallation(query: Query): Promise<Installation<'v1' | 'v2', boolean>> {
    for (const id of [query.teamId, query.enterpriseId]) {
      const kept = id === undefined ? undefined : this.keyValues.get(KIND, id);
      if (kept === undefined) continue;
      return JSON.parse(unseal(String(kept.value), this.key, `${KIND}:${id}`)) as Installation;
    }
    throw new Error('the app is not installed there');
  }

  async deleteInstallation(query: Query): Promise<void> {
    const id = query.isEnterpriseInstall ? query.enterpriseId : query.teamId;
    if (id !== undefined) await this.keyValues.delete(KIND, id);
  }
}

/** Where people agree to an installation: on Slack itself, or on the host that SLACK_API_URL names instead. */
const AUTHORIZE = '/oauth/v2/authorize';
export const REDIRECT_PATH = '/slack/oauth_redirect';

export class InstalledWorkspaces implements Workspaces {
  /** Bolt's own pages on which somebody installs the app. */
  readonly pages: ExpressReceiver['router'];
  private readonly store: KeptInstallations;
  /** Bolt's own: looks tokens up, and exchanges them when they are about to expire. */
  private readonly installer: NonNullable<ExpressReceiver['installer']>;
  /** A refresh token is good for one exchange: one at a time for each workspace. */
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(
    { clientId, clientSecret, stateSecret, encryptionKey }: InstalledSettings,
    { settings, keyValues, randomBytes, log }: SlackDependencies,
    clientOptions: webApi.WebClientOptions,
  ) {
    const { publicUrl } = settings;
    this.store = new KeptInstallations(keyValues, encryptionKey, randomBytes);
    const { router, installer } = new ExpressReceiver({
      ...{ signingSecret: '', signatureVerification: false, endpoints: {}, logger: boltLog(log) },
      ...{ clientId, clientSecret, stateSecret, installationStore: this.store, scopes: SCOPE_NAMES },
      ...(publicUrl === undefined ? {} : { redirectUri: publicUrl + REDIRECT_PATH }),
      installerOptions: {
        ...{ clientOptions, directInstall: true },
        authorizationUrl: new URL(AUTHORIZE, clientOptions.slackApiUrl).href,
        ...(publicUrl === undefined ? {} : { redirectUriPath: REDIRECT_PATH }),
      },
    });
    this.pages = router;
    this.installer = installer!;
  }

  async check(): Promise<void> {}

  authorize: Authorize<boolean> = (source) => {
    const key = source.teamId ?? source.enterpriseId ?? '';
    const before = this.turns.get(key) ?? Promise.resolve();
    const look = async () => (await this.installer.authorize(source)) as AuthorizeResult;
    const found = before.catch(() => {}).then(look);
    const turn = found.catch(() => {}).finally(() => this.turns.get(key) === turn && this.turns.delete(key));
    this.turns.set(key, turn);
    return found;
  };

  async tokenOf({ team, enterprise }: Home): Promise<string> {
    const source = { teamId: team, enterpriseId: enterprise, isEnterpriseInstall: false };
    const { botToken } = await this.authorize(source).catch((cause: unknown) => {
      throw new SurfaceError({ kind: 'gone' }, cause);
    });
    if (botToken === undefined) throw new SurfaceError({ kind: 'gone' });
    return botToken;
  }

  /** Rotation happens before a token expires: one that is refused is dead. */
  async renew(): Promise<boolean> {
    return false;
  }

  async removed({ team: teamId, enterprise: enterpriseId }: Home): Promise<void> {
    await this.store.deleteInstallation({ teamId, enterpriseId, isEnterpriseInstall: false });
  }

  close(): void {}

  problem(): undefined {}
}
