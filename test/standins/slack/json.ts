/** How people, channels, messages, files and views of the stand-in look in Slack's JSON. */
import type { Channel, JsonObject, Message, SlackFile, User, View } from './shapes.ts';
import type { World } from './world.ts';

export function userJson(user: User, withLocale: boolean): JsonObject {
  const { id, team, name, tz, isAdmin, isOwner, isBot } = user;
  return {
    id,
    team_id: team.id,
    name: name.toLowerCase(),
    real_name: name,
    deleted: false,
    tz,
    tz_label: tz,
    tz_offset: 3600,
    is_admin: isAdmin,
    is_owner: isOwner,
    is_primary_owner: false,
    is_restricted: false,
    is_ultra_restricted: false,
    is_bot: isBot,
    is_app_user: false,
    updated: 1_700_000_000,
    profile: profileJson(user),
    ...(withLocale ? { locale: user.locale } : {}),
  };
}

function profileJson({ name, team }: User): JsonObject {
  return {
    title: '',
    phone: '',
    skype: '',
    real_name: name,
    real_name_normalized: name,
    display_name: name,
    display_name_normalized: name,
    status_text: '',
    status_emoji: '',
    status_emoji_display_info: [],
    status_expiration: 0,
    huddle_state: 'default_unset',
    huddle_state_expiration_ts: 0,
    image_48: '',
    image_192: '',
    team: team.id,
  };
}

export function channelJson(channel: Channel): JsonObject {
  const { id, name, kind, archived, members, team } = channel;
  if (kind === 'im') {
    const user = [...members].find((one) => one !== team.bot.id) ?? '';
    return { id, is_im: true, user, is_archived: archived, is_org_shared: false, created: 1_700_000_000 };
  }
  return {
    id,
    name,
    name_normalized: name,
    is_channel: kind === 'public',
    is_group: kind === 'private',
    is_im: false,
    is_mpim: false,
    is_private: kind === 'private',
    is_archived: archived,
    is_general: name === 'general',
    is_member: members.has(team.bot.id),
    is_open: true,
    last_read: '0000000000.000000',
    num_members: members.size,
    context_team_id: team.id,
    created: 1_700_000_000,
    creator: [...members][0] ?? '',
    topic: { value: '', creator: '', last_set: 0 },
    purpose: { value: '', creator: '', last_set: 0 },
  };
}

export function messageJson(message: Message, world: World): JsonObject {
  const { author, ts, text, blocks, threadTs, files, reactions, revisions } = message;
  const edited = revisions.findLast(({ via }) => via === 'update');
  const replies = world.messages.filter(
    (one) => one.threadTs === ts && one.channel === message.channel && !one.deleted && !one.visibleTo,
  );
  const repliers = [...new Set(replies.map((one) => one.author.id))];
  return {
    type: 'message',
    user: author.id,
    ts,
    text,
    team: author.team.id,
    ...(author.isBot ? { bot_id: author.team.botId, app_id: world.appId } : {}),
    ...(author.isBot ? { bot_profile: botProfile(message, world) } : {}),
    ...(blocks.length === 0 ? {} : { blocks }),
    ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
    ...(files.length === 0 ? {} : { files: files.map((file) => fileJson(file, world)) }),
    ...(replies.length === 0
      ? {}
      : {
          thread_ts: ts,
          reply_count: replies.length,
          reply_users: repliers,
          reply_users_count: repliers.length,
          latest_reply: replies.at(-1)!.ts,
        }),
    ...(edited === undefined ? {} : { edited: { user: author.team.botId, ts: `${edited.at / 1000}` } }),
    ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
    ...(reactions.size === 0 ? {} : { reactions: reactionsJson(message) }),
  };
}

function botProfile({ author }: Message, world: World): JsonObject {
  const { botId, id } = author.team;
  return { id: botId, app_id: world.appId, name: world.appName, deleted: false, team_id: id, updated: 0 };
}

export function reactionsJson({ reactions }: Message): JsonObject[] {
  return [...reactions].map(([name, users]) => ({ name, users: [...users], count: users.size }));
}

export function permalinkOf({ channel, ts, threadTs }: Message): string {
  const thread = threadTs === undefined ? '' : `?thread_ts=${threadTs}&cid=${channel.id}`;
  return `https://${channel.team.domain}.slack.com/archives/${channel.id}/p${ts.replace('.', '')}${thread}`;
}

export function fileJson(file: SlackFile, world: World): JsonObject {
  const { id, name, title, team, owner, mimetype, shares } = file;
  const path = `${team.id}-${id}/${name}`;
  const kinds = { public: [...shares], private: [...shares] };
  const listed = (isPublic: boolean) =>
    Object.fromEntries(
      kinds.public
        .filter(([channel]) => (channel.kind === 'public') === isPublic)
        .map(([channel, ts]) => [channel.id, [{ ts, channel_name: channel.name, team_id: team.id }]]),
    );
  const ids = (kind: string) => [...shares.keys()].filter((one) => one.kind === kind).map((one) => one.id);
  return {
    id,
    created: 1_700_000_000,
    timestamp: 1_700_000_000,
    name,
    title,
    alt_txt: file.altText,
    mimetype,
    filetype: mimetype === '' ? '' : (mimetype.split('/')[1] ?? ''),
    pretty_type: mimetype === '' ? '' : mimetype.split('/')[1]!.toUpperCase(),
    user: owner.id,
    user_team: team.id,
    size: file.bytes.length,
    mode: 'hosted',
    editable: false,
    display_as_bot: false,
    external_type: '',
    has_rich_preview: false,
    is_starred: false,
    comments_count: 0,
    is_external: false,
    is_public: ids('public').length > 0,
    public_url_shared: false,
    url_private: `${world.origin}/files-pri/${path}`,
    url_private_download: `${world.origin}/files-pri/${path}?download=1`,
    permalink: `https://${team.domain}.slack.com/files/${owner.id}/${id}/${name}`,
    channels: ids('public'),
    groups: ids('private'),
    ims: ids('im'),
    shares: { public: listed(true), private: listed(false) },
  };
}

export function viewJson(view: View, world: World): JsonObject {
  return {
    ...view.content,
    id: view.id,
    team_id: view.team.id,
    type: view.kind,
    state: { values: {} },
    hash: view.hash,
    root_view_id: view.rootId,
    previous_view_id: view.previousId ?? null,
    app_id: world.appId,
    app_installed_team_id: view.team.enterprise ?? view.team.id,
    bot_id: view.team.botId,
    private_metadata: view.content.private_metadata ?? '',
    callback_id: view.content.callback_id ?? '',
    clear_on_close: view.content.clear_on_close ?? false,
    notify_on_close: view.content.notify_on_close ?? false,
    external_id: view.content.external_id ?? '',
  };
}
