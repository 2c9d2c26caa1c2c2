/** What a manifest of the right form still needs so that the app works: scopes for events, a bot, a request URL. */
import { formFaults, type Manifest } from './manifest-rules.ts';

/** https://docs.slack.dev/reference/events: the scope that each event needs; the others need none. */
const SCOPE_OF_EVENT: Readonly<Record<string, string>> = {
  app_mention: 'app_mentions:read',
  reaction_added: 'reactions:read',
  reaction_removed: 'reactions:read',
  'message.channels': 'channels:history',
  'message.groups': 'groups:history',
  'message.im': 'im:history',
  'message.mpim': 'mpim:history',
  file_shared: 'files:read',
  file_deleted: 'files:read',
  user_change: 'users:read',
};

/** Everything wrong with a manifest: its form, then its sense. @param manifest as parsed from JSON */
export function manifestFaults(manifest: unknown): string[] {
  const form = formFaults(manifest);
  return form.length > 0 ? form : senseFaults(manifest as Manifest);
}

function senseFaults({
  features = {},
  oauth_config = {},
  settings = {},
  functions = {},
}: Manifest): string[] {
  const faults: string[] = [];
  const demand = (isMet: boolean, fault: string) => {
    if (!isMet) faults.push(fault);
  };
  const scopes = oauth_config.scopes?.bot ?? [];
  const { bot_events: events = [], request_url: eventsUrl } = settings.event_subscriptions ?? {};
  const { slash_commands: commands = [], shortcuts = [] } = features;
  const { is_enabled: isInteractive = false, request_url: interactionsUrl } = settings.interactivity ?? {};
  const bySocket = settings.socket_mode_enabled === true;
  for (const event of events) {
    const scope = SCOPE_OF_EVENT[event];
    demand(scope === undefined || scopes.includes(scope), `the event ${event} needs the scope ${scope}`);
  }
  demand(
    commands.length + shortcuts.length === 0 || scopes.includes('commands'),
    'commands need their scope',
  );
  demand(shortcuts.length === 0 || isInteractive, 'shortcuts need interactivity');
  demand(scopes.length === 0 || features.bot_user !== undefined, 'bot scopes need a bot user');
  if (!bySocket) {
    demand(events.length === 0 || eventsUrl !== undefined, 'events need a request_url without Socket Mode');
    demand(!isInteractive || interactionsUrl !== undefined, 'interactivity needs a request_url');
    for (const { command, url } of commands) demand(url !== undefined, `${command} needs a url`);
  }
  if (Object.keys(functions).length > 0) {
    // https://docs.slack.dev/workflows/creating-custom-steps-dynamic-options and the Bolt tutorial on custom steps
    demand(settings.org_deploy_enabled === true, 'functions need settings.org_deploy_enabled');
    demand(settings.function_runtime === 'remote', 'functions need settings.function_runtime "remote"');
    demand(events.includes('function_executed'), 'functions need the event function_executed');
  }
  demand(
    settings.token_rotation_enabled !== true || (oauth_config.redirect_urls ?? []).length > 0,
    'token rotation needs a redirect URL',
  );
  return faults;
}
