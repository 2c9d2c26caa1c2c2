/**
 * The app's manifest, made from what the code listens to and calls: Slack sets a whole app up from it.
 * https://docs.slack.dev/reference/app-manifest, version 1: version 2 of the published schema does not know the
 * documented type of a file.
 */
import { COMMANDS } from '../../commands/index.ts';
import { OPTIONS } from '../../commands/options.ts';
import { LIMITS } from '../../config/defaults.ts';
import { PROGRAM } from '../../config/program.ts';
import { SLASH } from './escape.ts';
import { EVENTS_PATH } from './http-receiver.ts';
import { REDIRECT_PATH } from './installed-workspaces.ts';
import { EVENTS, USE_IMAGE } from './listen.ts';
import { SCOPE_NAMES } from './scopes.ts';
import { STEP } from './step-context.ts';

/** @param publicUrl by which Slack reaches our port: events come as requests, and other workspaces may install the app */
export function slackManifest(publicUrl?: string): object {
  const events = publicUrl === undefined ? {} : { request_url: publicUrl + EVENTS_PATH };
  const command = publicUrl === undefined ? {} : { url: publicUrl + EVENTS_PATH };
  const installs = publicUrl !== undefined;
  return {
    display_information: {
      name: PROGRAM.name,
      description: 'Pictures from words, on this team’s own machines',
      background_color: '#1f1b2e',
      long_description:
        'Type /imagine and what you want to see, watch how far it is, and roll again. The pictures are made by Stable Diffusion 3.5 on this team’s own machines: no words and no pictures go to anybody else. Drop the step into Workflow Builder, and a form makes pictures, too.',
    },
    features: {
      // Its own pictures and settings; and that something can be written to the app itself.
      app_home: {
        home_tab_enabled: true,
        messages_tab_enabled: true,
        messages_tab_read_only_enabled: false,
      },
      bot_user: { display_name: PROGRAM.name, always_online: true },
      slash_commands: [
        {
          command: '/imagine',
          ...command,
          description: 'Make a picture from words',
          usage_hint: 'a red fox --style anime --aspect 3:2 --seed 42',
          should_escape: false,
        },
        {
          command: SLASH,
          ...command,
          description: 'The queue, your pictures, your defaults',
          usage_hint: COMMANDS.flatMap(({ name }) => (name === 'imagine' ? [] : name)).join(', '),
          should_escape: false,
        },
      ],
      shortcuts: [
        {
          name: 'Use as input image',
          type: 'message',
          callback_id: USE_IMAGE,
          description: 'Make a picture that begins with this one',
        },
      ],
    },
    oauth_config: {
      ...(installs ? { redirect_urls: [publicUrl + REDIRECT_PATH] } : {}),
      scopes: { bot: SCOPE_NAMES },
    },
    settings: {
      event_subscriptions: { ...events, bot_events: EVENTS },
      interactivity: { is_enabled: true, ...events },
      org_deploy_enabled: true,
      socket_mode_enabled: !installs,
      token_rotation_enabled: installs,
      function_runtime: 'remote',
    },
    functions: { [STEP]: step() },
  };
}

/** Slack's page for a new app with the manifest filled in. */
export function manifestLink(manifest: object): string {
  return `https://api.slack.com/apps?new_app=1&manifest_json=${encodeURIComponent(JSON.stringify(manifest))}`;
}

function step(): object {
  const input = (name: string, type: string, title: string, description: string, isRequired = false) => ({
    [name]: { type, name, title, description, is_required: isRequired },
  });
  const option = (name: 'prompt' | 'style' | 'model' | 'seed', type: string, title: string) =>
    input(name, type, title, String(OPTIONS[name].help), name === 'prompt');
  return {
    title: 'Make a picture',
    description: 'Makes a picture from words and posts it to a channel',
    input_parameters: {
      ...option('prompt', 'string', 'Prompt'),
      ...option('style', 'string', 'Style'),
      ...option('model', 'string', 'Model'),
      ...input('seed', 'integer', 'Seed', `A whole number, 0 to ${LIMITS.seed}; empty for a random one`),
      ...input('channel_id', 'slack#/types/channel_id', 'Channel', 'Where the picture is posted', true),
      ...input('user_id', 'slack#/types/user_id', 'Person', 'Who asks, and is told'),
    },
    output_parameters: {
      ...input('file_id', 'slack#/types/file_id', 'File', 'The picture', true),
      ...input('permalink', 'string', 'Link', 'The message with the picture', true),
      ...input('seed', 'integer', 'Seed', 'What makes the same picture again', true),
      ...input('job_id', 'string', 'Job', 'The name of the request in Darkroom', true),
    },
  };
}
