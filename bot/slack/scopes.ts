/** What the app may do in a workspace, and what each is for: the manifest, installations and docs/slack.md agree on it. */
export const SCOPES = {
  commands: 'the slash commands and the message shortcut',
  'chat:write': 'messages with pictures',
  'chat:write.public': 'the same in public channels that the app was not invited to',
  'files:write': 'uploading pictures and deleting them',
  'files:read': 'waiting until Slack has processed a picture; reading the pictures that people start from',
  'app_mentions:read': 'mentions, the way to ask in threads',
  'reactions:read': ':game_die: :repeat: :sparkles: :x: on pictures',
  'users:read': 'the language of who asks, and whether they are an admin',
  'channels:history': 'finding its own message again after a crash, in public channels',
  'groups:history': 'the same in private channels',
  'im:history': 'the same in direct messages, and what is written to the app itself',
  'mpim:history': 'the same in group messages',
} as const;

export const SCOPE_NAMES = Object.keys(SCOPES);
