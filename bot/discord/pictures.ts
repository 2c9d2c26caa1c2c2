/** Pictures to start from: of an address on Discord, or of a message whose menu ("Use as input image") was used. */
import {
  type APIComponentInContainer,
  type APIMessage,
  type APIMessageApplicationCommandInteraction,
  type APIMessageTopLevelComponent,
  type APISectionAccessoryComponent,
  type APIUnfurledMediaItem,
  ComponentType,
  Routes,
} from 'discord.js';
import { remembered } from '../time/remembered.ts';
import type { Shared } from './dependencies.ts';
import { SURFACE } from './place.ts';

/** Files, their resized forms, and what Discord shows of pictures from elsewhere. */
export const PICTURE_HOSTS = [
  'cdn.discordapp.com',
  'media.discordapp.net',
  'images-ext-1.discordapp.net',
  'images-ext-2.discordapp.net',
];

/** Milliseconds that a form may stay open: what is still wanted then is asked of Discord again. */
const FORM_LIFE = 3_600_000;

export class MessagePictures {
  private readonly shared: Shared;
  /** Addresses by message. */
  private readonly addresses;

  constructor(shared: Shared) {
    this.shared = shared;
    this.addresses = remembered<string>(500, FORM_LIFE, shared.clock);
  }

  /** Remembers the picture of the message until the form is sent. @returns whether it has one */
  note({ data: { target_id, resolved } }: APIMessageApplicationCommandInteraction): boolean {
    const address = addressIn(resolved.messages[target_id]);
    this.addresses.set(target_id, address);
    return address !== undefined || this.ownFile(target_id) !== undefined;
  }

  /** The bytes of a picture of ours, or the address of somebody else's; undefined where the message has none. */
  async find(channel: string, message: string): Promise<Uint8Array | string | undefined> {
    const { readPicture, calls } = this.shared;
    const own = this.ownFile(message);
    if (own !== undefined) return readPicture(own);
    const known = this.addresses.get(message);
    if (known !== undefined) return known;
    // After a restart in between, where the bot may see the message.
    const route = Routes.channelMessage(channel, message);
    const found = await calls.make({ method: 'get', route }).catch(() => undefined);
    return addressIn(found as APIMessage | undefined);
  }

  private ownFile(message: string): string | undefined {
    return this.shared.jobs.findByMessage(SURFACE, message)?.pictures[0]?.file;
  }
}

type WithPictures = Partial<Pick<APIMessage, 'attachments' | 'components' | 'embeds' | 'message_snapshots'>>;

/** The address of the first picture: attached, in a box of a bot, in a preview of a link, forwarded. */
export function addressIn(message: WithPictures | undefined): string | undefined {
  if (message === undefined) return undefined;
  const { attachments = [], components = [], embeds = [], message_snapshots = [] } = message;
  const attached = attachments.find(({ filename = '', content_type }) =>
    content_type === undefined
      ? /\.(png|jpe?g|webp)$/i.test(filename)
      : /^image\/(png|jpeg|webp)/.test(content_type),
  );
  const shown = [
    ...components.flatMap(mediaOf),
    ...embeds.flatMap(({ image, thumbnail }) => image ?? thumbnail ?? []),
  ];
  // What is not Discord's own file is taken from where Discord keeps its copy.
  const addresses = [attached?.url, ...shown.map(({ proxy_url, url }) => proxy_url ?? url)];
  const forwarded = message_snapshots.map((one) => addressIn(one.message));
  return [...addresses, ...forwarded].find((one) => one !== undefined);
}

/** The file that a message of ours shows: what a component refers to is not among Discord's list of attachments. */
export function shownFileOf({ components = [] }: Pick<APIMessage, 'components'>): string | undefined {
  return components.flatMap(mediaOf).find((media) => media.attachment_id)?.attachment_id;
}

type Component = APIMessageTopLevelComponent | APIComponentInContainer | APISectionAccessoryComponent;

function mediaOf(component: Component): APIUnfurledMediaItem[] {
  switch (component.type) {
    case ComponentType.MediaGallery:
      return component.items.map(({ media }) => media);
    case ComponentType.Thumbnail:
      return [component.media];
    case ComponentType.Section:
      return mediaOf(component.accessory);
    case ComponentType.Container:
      return component.components.flatMap(mediaOf);
    default:
      return [];
  }
}
