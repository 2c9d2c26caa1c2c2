/** Discord's messages and their components (version 2), as far as we use them. */
import {
  type APIActionRowComponent,
  type APIButtonComponent,
  type APIComponentInContainer,
  type APIInteractionResponseCallbackData,
  type APIMediaGalleryItem,
  ButtonStyle,
  ComponentType,
  MessageFlags,
  type RawFile,
} from 'discord.js';
import type { ButtonView } from '../chat/card-view.ts';
import { shortened } from '../messages/sentences.ts';

/** A message's JSON, by whichever call it goes. */
export type Body = APIInteractionResponseCallbackData;

export interface Message {
  readonly body: Body;
  readonly files: readonly RawFile[];
}

/** Nothing that stands in a message of ours may mention anybody. */
export const NO_MENTIONS = { allowed_mentions: { parse: [] } };

/** A line that mentions one person, and nobody else whatever stands in it. */
export function mentioning(person: string, line: string): Message {
  const allowed_mentions = { parse: [], users: [person] };
  return { body: { content: `<@${person}> ${line}`, allowed_mentions }, files: [] };
}

export const COLOURS = {
  plain: 0x5865f2,
  active: 0xf0b232,
  good: 0x23a55a,
  bad: 0xda373c,
  grey: 0x80848e,
} as const;

/** Discord's longest button and description of a picture, in characters. */
const LABEL = 80;
const ALT = 1024;
const STYLES = {
  plain: ButtonStyle.Secondary,
  main: ButtonStyle.Primary,
  danger: ButtonStyle.Danger,
} as const;

export function text(content: string): APIComponentInContainer {
  return { type: ComponentType.TextDisplay, content };
}

export function separator(): APIComponentInContainer {
  return { type: ComponentType.Separator, divider: true, spacing: 1 };
}

/** @param name of an attached file @param alt what it shows, for those who do not see it */
export function picture(name: string, alt: string): APIMediaGalleryItem {
  return { media: { url: `attachment://${name}` }, description: shortened(alt, ALT) };
}

export function gallery(items: APIMediaGalleryItem[]): APIComponentInContainer[] {
  return items.length === 0 ? [] : [{ type: ComponentType.MediaGallery, items }];
}

/** Five buttons fit into a row. */
export function rows(
  buttons: readonly Omit<ButtonView, 'choices'>[],
): APIActionRowComponent<APIButtonComponent>[] {
  const all = buttons.map(({ label, id, look }): APIButtonComponent => {
    return { type: ComponentType.Button, style: STYLES[look], label: shortened(label, LABEL), custom_id: id };
  });
  return Array.from({ length: Math.ceil(all.length / 5) }, (_, row) => ({
    type: ComponentType.ActionRow,
    components: all.slice(5 * row, 5 * row + 5),
  }));
}

/** A message that is one box. */
export function box(colour: number, components: APIComponentInContainer[]): Body {
  return {
    flags: MessageFlags.IsComponentsV2,
    components: [{ type: ComponentType.Container, accent_color: colour, components }],
    ...NO_MENTIONS,
  };
}
