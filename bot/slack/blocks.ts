/** The pieces of Block Kit that we use. Their limits: https://docs.slack.dev/reference/block-kit */
import type { types } from '@slack/bolt';
import type { ButtonView } from '../chat/card-view.ts';
import { shortened } from '../messages/sentences.ts';
import { harmless } from './escape.ts';

/** A message: blocks, and the words for notifications and screen readers. */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: types.KnownBlock[];
}

/** What nobody may find in a message of ours: names made mentions, and in a new one addresses made previews. */
export const LITERAL = { parse: 'none', link_names: false } as const;
export const UNFURLED = { unfurl_links: false, unfurl_media: false } as const;

/** Slack's longest texts, in characters. */
export const LONGEST = {
  section: 3000,
  button: 75,
  alt: 2000,
  context: 2000,
  title: 24,
} as const;

/** @param text escaped already, shown without any markup */
export function plain(text: string): types.PlainTextElement {
  return { type: 'plain_text', text, emoji: false };
}

/** Words as somebody wrote them. @param text escaped already */
export function words(text: string): types.SectionBlock {
  return { type: 'section', text: plain(text) };
}

/** Our own words, with Slack's markup. */
export function section(text: string): types.KnownBlock {
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } };
}

/** Small print. @param text ours, with Slack's markup @param literally words as somebody wrote them, escaped already */
export function context(text: string, literally?: string): types.KnownBlock {
  const ours: types.MrkdwnElement[] = text === '' ? [] : [{ type: 'mrkdwn', text, verbatim: true }];
  return { type: 'context', elements: [...ours, ...(literally === undefined ? [] : [plain(literally)])] };
}

/** A file of Slack's. @param alt what it shows, for those who do not see it */
export function filePicture(file: string, alt: string): types.ImageBlock {
  return { type: 'image', slack_file: { id: file }, alt_text: shortened(alt, LONGEST.alt) };
}

/** A picture that Slack fetches from an address. */
export function webPicture(url: string, alt: string): types.ImageBlock {
  return { type: 'image', image_url: url, alt_text: shortened(alt, LONGEST.alt) };
}

/** A row of buttons; one that asks for which picture is a menu, whose entries stand for button ids. */
export function actions(buttons: readonly ButtonView[]): types.ActionsBlock[] {
  const elements = buttons.map(({ label, id, look, choices }): types.Button | types.StaticSelect => {
    const text = plain(shortened(harmless(label), LONGEST.button));
    if (choices === undefined) {
      const style = { plain: {}, main: { style: 'primary' }, danger: { style: 'danger' } } as const;
      return { type: 'button', text, action_id: id, ...style[look] };
    }
    const options = choices.map((one) => ({ text: plain(one.label), value: one.id }));
    return { type: 'static_select', placeholder: text, action_id: id, options };
  });
  return elements.length === 0 ? [] : [{ type: 'actions', elements }];
}
