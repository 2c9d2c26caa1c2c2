/**
 * What Slack's published schema (slackapi/manifest-schema 2.0.0 and 1.0.0) and documentation demand of a manifest.
 * The schema is in no npm package, so its rules for everything that an app like this uses are written down here:
 * https://docs.slack.dev/reference/app-manifest
 */
import { z } from 'zod';

const text = (max: number, min = 1) => z.string().min(min).max(max);
const url = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^https?:\/\//);
const unique = (list: readonly string[]) => new Set(list).size === list.length;
const names = (most: number) => z.array(z.string().max(50)).max(most).refine(unique, 'must not repeat');

/** Types that the schema of version 2 lists; the documented `slack#/types/file_id` is not among them. */
export const PARAMETER_TYPES = [
  ...['integer', 'number', 'boolean', 'string', 'object', 'array'],
  ...[
    ...['user_context', 'user_permission', 'user_id', 'channel_id', 'usergroup_id', 'timestamp', 'blocks'],
    ...['credential/oauth2', 'date', 'interactivity', 'rich_text', 'form_input', 'form_input_object'],
    ...['message_ts', 'message_context'],
  ].map((name) => `slack#/types/${name}`),
];

const parameter = {
  title: z.string().optional(),
  description: z.string().optional(),
  is_required: z.boolean().optional(),
  is_hidden: z.boolean().optional(),
  hint: z.string().optional(),
};
const parametersOf = (type: z.ZodType<string>) =>
  z
    .record(z.string(), z.looseObject({ type, ...parameter }))
    .refine((all) => Object.keys(all).length <= 50, 'no more than 50 parameters');
const parameters = parametersOf(z.string());
const withRequired = z
  .object({ properties: parametersOf(z.enum(PARAMETER_TYPES)), required: z.array(z.string()).optional() })
  .refine(({ properties, required = [] }) => required.every((name) => name in properties), {
    message: 'required names a parameter that is not there',
  });

/** @param set how the major version writes a step's parameters */
const stepsOf = <T extends z.ZodType>(set: T) =>
  z
    .record(
      z.string(),
      z.strictObject({
        title: z.string(),
        description: z.string(),
        input_parameters: set,
        output_parameters: set,
      }),
    )
    .refine((all) => Object.keys(all).length <= 50, 'no more than 50 functions');

const display = z.strictObject({
  name: text(35),
  description: text(140).optional(),
  background_color: z
    .string()
    .regex(/^#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?$/)
    .optional(),
  long_description: text(4000, 175).optional(),
});

const features = z.strictObject({
  app_home: z
    .strictObject({
      home_tab_enabled: z.boolean().optional(),
      messages_tab_enabled: z.boolean().optional(),
      messages_tab_read_only_enabled: z.boolean().optional(),
    })
    .optional(),
  bot_user: z.strictObject({ display_name: text(80), always_online: z.boolean().optional() }).optional(),
  shortcuts: z
    .array(
      z.strictObject({
        name: text(24),
        type: z.enum(['message', 'global']),
        callback_id: text(255),
        description: text(150),
      }),
    )
    .min(1)
    .max(10)
    .optional(),
  slash_commands: z
    .array(
      z.strictObject({
        command: text(32, 2).regex(/^\//),
        url: url(3000).optional(),
        description: text(2000),
        usage_hint: text(1000).optional(),
        should_escape: z.boolean().optional(),
      }),
    )
    .min(1)
    .max(50)
    .optional(),
  unfurl_domains: z.array(text(255)).min(1).max(5).optional(),
});

const scopes = z.strictObject({
  bot: z.array(z.string().max(50)).max(255).optional(),
  user: z.array(z.string().max(50)).max(255).optional(),
  bot_optional: z.array(z.string().max(50)).max(255).optional(),
  user_optional: z.array(z.string().max(50)).max(255).optional(),
});
const oauth = z.strictObject({
  redirect_urls: z.array(z.string().max(2500)).max(1000).refine(unique, 'must not repeat').optional(),
  scopes: scopes.optional(),
  token_management_enabled: z.boolean().optional(),
  pkce_enabled: z.boolean().optional(),
});

const settings = z.strictObject({
  allowed_ip_address_ranges: z.array(z.string()).min(1).max(50).optional(),
  event_subscriptions: z
    .strictObject({
      request_url: url(3500).optional(),
      user_events: names(100).optional(),
      bot_events: names(100).optional(),
    })
    .optional(),
  incoming_webhooks: z.strictObject({ incoming_webhooks_enabled: z.boolean().optional() }).optional(),
  interactivity: z
    .strictObject({
      is_enabled: z.boolean(),
      request_url: url(3500).optional(),
      message_menu_options_url: url(3500).optional(),
    })
    .optional(),
  org_deploy_enabled: z.boolean().optional(),
  socket_mode_enabled: z.boolean().optional(),
  is_hosted: z.boolean().optional(),
  token_rotation_enabled: z.boolean().optional(),
  hermes_app_type: z.string().optional(),
  function_runtime: z.string().optional(),
  is_mcp_enabled: z.boolean().optional(),
});

const common = {
  $schema: z.url().optional(),
  display_information: display,
  features: features.optional(),
  oauth_config: oauth.optional(),
  settings: settings.optional(),
};
const metadata = (major: number) =>
  z.strictObject({
    major_version: z.literal(major),
    minor_version: z.number().int().optional(),
    schema_version: z.number().int().optional(),
    min_version: z.number().int().optional(),
  });

const VERSIONS = {
  1: z.strictObject({
    ...common,
    _metadata: metadata(1).optional(),
    functions: stepsOf(parameters).optional(),
  }),
  2: z.strictObject({ ...common, _metadata: metadata(2), functions: stepsOf(withRequired).optional() }),
};

export type Manifest = z.infer<(typeof VERSIONS)[1]> | z.infer<(typeof VERSIONS)[2]>;

/**
 * What is wrong with a manifest's form, each with the path to it; nothing if Slack's schema accepts it.
 * @param manifest as parsed from JSON
 */
export function formFaults(manifest: unknown): string[] {
  const major = (manifest as { _metadata?: { major_version?: unknown } } | null)?._metadata?.major_version;
  const parsed = VERSIONS[major === 2 ? 2 : 1].safeParse(manifest);
  return (parsed.error?.issues ?? []).map(({ path, message }) => `/${path.join('/')}: ${message}`);
}
