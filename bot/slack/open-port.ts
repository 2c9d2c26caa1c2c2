/** The port as the settings want it: for signed requests, for installations in workspaces, for previews, or not at all. */
import type { HTTPReceiverOptions, webApi } from '@slack/bolt';
import { boltLog } from './bolt-log.ts';
import { InstalledWorkspaces } from './installed-workspaces.ts';
import type { SlackParts } from './parts.ts';
import { Port, REDIRECT_PATH } from './port.ts';
import type { Previews } from './previews.ts';
import { SCOPE_NAMES } from './scopes.ts';
import type { Workspaces } from './workspaces.ts';

/** @returns undefined where nothing of Slack's must be waited for */
export function openPort(
  { settings, host, clock, log }: SlackParts,
  workspaces: Workspaces,
  previews: Previews | undefined,
  options: webApi.WebClientOptions,
): Port | undefined {
  const { events, publicUrl, port } = settings;
  const isNeeded =
    events.by === 'http' || settings.workspaces.which === 'installed' || previews !== undefined;
  if (!isNeeded) return undefined;
  const logger = boltLog(log);
  const opened = new Port({
    ...{ host, port, clock, log, logger, previews },
    signingSecret: events.by === 'http' ? events.signingSecret : undefined,
    receiver: {
      ...{ signingSecret: '', signatureVerification: false, endpoints: [], logger },
      ...(workspaces instanceof InstalledWorkspaces
        ? installing(settings.workspaces, workspaces, publicUrl, options)
        : {}),
    },
  });
  const { installer } = opened.receiver;
  if (workspaces instanceof InstalledWorkspaces && installer !== undefined) workspaces.use(installer);
  return opened;
}

function installing(
  given: SlackParts['settings']['workspaces'],
  { store }: InstalledWorkspaces,
  publicUrl: string | undefined,
  options: webApi.WebClientOptions,
): Partial<HTTPReceiverOptions> {
  if (given.which !== 'installed') return {};
  const { clientId, clientSecret, stateSecret } = given;
  return {
    ...{ clientId, clientSecret, stateSecret },
    scopes: SCOPE_NAMES,
    installationStore: store,
    ...(publicUrl === undefined ? {} : { redirectUri: publicUrl + REDIRECT_PATH }),
    installerOptions: {
      clientOptions: options,
      directInstall: true,
      authorizationUrl: authorizationUrlOf(options.slackApiUrl!),
      ...(publicUrl === undefined ? {} : { redirectUriPath: REDIRECT_PATH }),
    },
  };
}

/** Where people agree to an installation: on Slack itself, or on the host that SLACK_API_URL names instead. */
function authorizationUrlOf(apiUrl: string): string {
  return new URL('/oauth/v2/authorize', apiUrl).href;
}
