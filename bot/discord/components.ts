/** Discord's message components (version 2) that we use, as plain data. */
import { ButtonStyle, ComponentType, MessageFlags } from 'discord.js';
import type { Body } from './calls.ts';

export type Component = Readonly<Record<string, unknown>>;

/** Nothing that stands in a message of ours may mention anybody. */
export const NO_MENTIONS = { allowed_mentions: { parse: [] } } as const;

export const COLOURS = {
  plain: 0x5865f2,
  active: 0xf0b232,
  good: 0x23a55a,
  bad: 0xda373c,
  grey: 0x80848e,
} as const;

export function text(content: string): Component {
  return { type: ComponentType.TextDisplay, content };
}

/** @param name of an attached file @param alt what it shows, for those who do not see it */
export function picture(name: string, alt: string): Component {
  return { media: { url: `attachment://${name}` }, description: alt };
}

export function gallery(items: readonly Component[]): Component {
  return { type: ComponentType.MediaGallery, items };
}

export function separator(): Component {
  return { type: ComponentType.Separator, divider: true, spacing: 1 };
}

export function button(label: string, id: string, look: 'plain' | 'main' | 'danger' = 'plain'): Component {
  const style = { plain: ButtonStyle.Secondary, main: ButtonStyle.Primary, danger: ButtonStyle.Danger }[look];
  return { type: ComponentType.Button, style, label, custom_id: id };
}

/** Five buttons fit into a row. */
export function rows(buttons: readonly Component[]): Component[] {
  const found: Component[] = [];
  for (let at = 0; at < buttons.length; at += 5) {
    found.push({ type: ComponentType.ActionRow, components: buttons.slice(at, at + 5) });
  }
  return found;
}

/** A message that is one box. */
export function box(colour: number, components: readonly Component[], extraFlags = 0): Body {
  return {
    flags: MessageFlags.IsComponentsV2 | extraFlags,
    components: [{ type: ComponentType.Container, accent_color: colour, components }],
    ...NO_MENTIONS,
  };
}
