/** The first picture of a message, wherever it stands: attached, in a box of a bot, in a preview of a link, forwarded. */

interface File {
  readonly filename?: string;
  readonly content_type?: string;
  readonly url?: string;
  readonly proxy_url?: string;
}

interface Part {
  readonly components?: readonly Part[];
  readonly accessory?: Part;
  /** Of a gallery. */
  readonly items?: readonly { readonly media?: File }[];
  /** Of a thumbnail. */
  readonly media?: File;
}

/** What is looked at in a message, as Discord sends it. */
export interface MessageWithPictures {
  readonly attachments?: readonly File[];
  readonly components?: readonly Part[];
  readonly embeds?: readonly { readonly image?: File; readonly thumbnail?: File }[];
  readonly message_snapshots?: readonly { readonly message?: MessageWithPictures }[];
}

/** The address of the picture; undefined where there is none of a kind that can be used. */
export function addressIn(message: MessageWithPictures | undefined): string | undefined {
  if (message === undefined) return undefined;
  const attached = message.attachments?.find(isUsable)?.url;
  if (attached !== undefined) return attached;
  const shown = [
    ...(message.components ?? []).flatMap(mediaOf),
    ...(message.embeds ?? []).flatMap(({ image, thumbnail }) => image ?? thumbnail ?? []),
  ];
  // What is not Discord's own file is taken from where Discord keeps its copy.
  const address = shown.map(({ proxy_url, url }) => proxy_url ?? url).find((one) => one !== undefined);
  if (address !== undefined) return address;
  return message.message_snapshots?.map((one) => addressIn(one.message)).find((one) => one !== undefined);
}

function isUsable({ filename = '', content_type }: File): boolean {
  return content_type === undefined
    ? /\.(png|jpe?g|webp)$/i.test(filename)
    : /^image\/(png|jpeg|webp)/.test(content_type);
}

function mediaOf({ components = [], accessory, items = [], media }: Part): File[] {
  return [
    ...(media === undefined ? [] : [media]),
    ...items.flatMap((item) => item.media ?? []),
    ...[...components, ...(accessory === undefined ? [] : [accessory])].flatMap(mediaOf),
  ];
}
