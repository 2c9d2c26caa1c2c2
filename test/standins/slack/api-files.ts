/** `files.*`: announcing, uploading and finishing a file, which only later becomes one that can be shown. */
import type { Call, Method } from './api.ts';
import { contentOf, findChannel, findMessage } from './api-chat.ts';
import { fileJson } from './json.ts';
import { complex, required } from './read-request.ts';
import { type JsonObject, Refusal, type SlackFile, type User } from './shapes.ts';
import type { World } from './world.ts';

const LONGEST_ALT = 1000;

export const FILES: Readonly<Record<string, Method>> = {
  'files.getUploadURLExternal': {
    scope: 'files:write',
    carryOut: ({ args, team, world }) => {
      const [name = '', length = ''] = required(args, 'filename', 'length');
      if (!(Number(length) > 0)) throw new Refusal('invalid_arguments');
      const alt = String(args.alt_txt ?? '');
      if (alt.length > LONGEST_ALT) throw new Refusal('alt_txt_too_large');
      const file = addFile(world, team.bot, name, Number(length), alt);
      return { upload_url: `${world.origin}/upload/v1/${file.id}`, file_id: file.id };
    },
  },
  'files.completeUploadExternal': { scope: 'files:write', carryOut: complete },
  'files.info': {
    scope: 'files:read',
    carryOut: ({ args, team, world }) => {
      const [id = ''] = required(args, 'file');
      const paging = { count: 100, total: 0, page: 1, pages: 0 };
      const file = fileJson(findFile(id, team.id, world), world);
      return { file, comments: [], paging, response_metadata: { next_cursor: '' } };
    },
  },
  'files.delete': {
    scope: 'files:write',
    carryOut: ({ args, team, world }) => {
      const [id = ''] = required(args, 'file');
      const file = findFile(id, team.id, world);
      if (file.owner !== team.bot) throw new Refusal('cant_delete_file');
      file.deleted = true;
      world.emit('change');
      return {};
    },
  },
};

export function addFile(world: World, owner: User, name: string, length: number, altText = ''): SlackFile {
  const bare = { title: name, altText, bytes: new Uint8Array(), mimetype: '', deleted: false } as const;
  const file: SlackFile = {
    ...bare,
    id: world.newId('F'),
    team: owner.team,
    owner,
    name,
    length,
    state: 'announced',
    shares: new Map(),
  };
  world.files.push(file);
  return file;
}

/** The request to an upload's address. @returns status and text, as Slack's upload host answers */
export function receiveUpload(id: string, bytes: Uint8Array | undefined, world: World): [number, string] {
  const file = world.files.find((one) => one.id === id);
  if (file === undefined) return [404, 'not found'];
  if (file.state !== 'announced' && file.state !== 'uploaded') return [400, 'already completed'];
  if (bytes === undefined || bytes.length !== file.length) return [400, `expected ${file.length} bytes`];
  file.bytes = bytes;
  file.state = 'uploaded';
  return [200, `OK - ${bytes.length}`];
}

async function complete({ args, team, world }: Call): Promise<JsonObject> {
  const listed = complex<JsonObject[]>(args, 'files', 'invalid_arguments') ?? [];
  if (!Array.isArray(listed) || listed.length === 0) throw new Refusal('invalid_arguments');
  const files = listed.map(({ id }) => {
    const file = world.files.find((one) => one.id === id && one.team === team && !one.deleted);
    if (file?.state !== 'uploaded') throw new Refusal('file_not_found');
    return file;
  });
  const id = args.channel_id ?? args.channels;
  const channel = id === undefined ? undefined : findChannel(String(id), team, world);
  if (channel !== undefined && !channel.members.has(team.bot.id)) throw new Refusal('not_in_channel');
  const parent = args.thread_ts && channel ? findMessage(String(args.thread_ts), channel, world) : undefined;
  for (const [i, file] of files.entries()) {
    file.title = String(listed[i]!.title ?? file.name);
    file.altText = String(listed[i]!.alt_text ?? file.altText);
    file.state = 'processing';
  }
  const processed = Promise.all(files.map((file) => process(file, world)));
  if (channel !== undefined) {
    const comment = String(args.initial_comment ?? '');
    const blocks = args.blocks === undefined ? [] : (await contentOf(args, team, world)).blocks;
    const thread = parent === undefined ? {} : { threadTs: parent.threadTs ?? parent.ts };
    // The message with the files appears when all of them have been processed, after the answer.
    void processed.then(() => {
      const draft = { channel, author: team.bot, text: comment, blocks, files, ...thread };
      const alt = (file: SlackFile) => file.altText || file.title;
      const shown = files.map((file) => ({
        ...{ file, alt: alt(file), wasProcessed: true, wasShared: file.shares.size > 0, isBroken: false },
      }));
      world.addMessage(draft, 'share', shown);
    });
  }
  return { files: files.map((file) => ({ ...fileJson(file, world), id: file.id, title: file.title })) };
}

/** A while later the file has a type and can be shown. */
export function process(file: SlackFile, world: World): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      file.state = 'processed';
      file.mimetype = typeOf(file.bytes);
      world.emit('change');
      resolve();
    };
    const wait = world.processingTime(file);
    if (wait <= 0) finish();
    else world.clock.after(wait, finish);
  });
}

function typeOf(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (start.startsWith('\x89PNG\r\n')) return 'image/png';
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (start.startsWith('GIF8')) return 'image/gif';
  if (start.startsWith('RIFF') && start.endsWith('WEBP')) return 'image/webp';
  return 'text/plain';
}

function findFile(id: string, teamId: string, world: World): SlackFile {
  const file = world.files.find((one) => one.id === id && one.team.id === teamId);
  if (file === undefined || file.state === 'announced' || file.state === 'uploaded') {
    throw new Refusal('file_not_found');
  }
  if (file.deleted) throw new Refusal('file_deleted');
  return file;
}
