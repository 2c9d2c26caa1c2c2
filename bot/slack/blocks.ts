/** The pieces of Block Kit that we use, as plain data. Their limits: https://docs.slack.dev/reference/block-kit */
export type Block = Readonly<Record<string, unknown>>;

/** A message: blocks, and the words for notifications and screen readers. */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** What nobody may find in a message of ours: names made mentions, addresses made previews. */
export const LITERAL = {
  parse: 'none',
  link_names: false,
  unfurl_links: false,
  unfurl_media: false,
} as const;

/** Slack's longest texts, in characters. */
export const LONGEST = {
  section: 3000,
  button: 75,
  alt: 2000,
  context: 2000,
  title: 24,
  label: 150,
} as const;

/** @param text escaped already, shown without any markup */
export function plain(text: string): Block {
  return { type: 'plain_text', text, emoji: false };
}

/** Words as somebody wrote them. @param text escaped already */
export function words(text: string): Block {
  return { type: 'section', text: plain(text) };
}

/** Our own words, with Slack's markup. */
export function section(text: string): Block {
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } };
}

/** Small print. @param text ours, with Slack's markup @param literally words as somebody wrote them, escaped already */
export function context(text: string, literally?: string): Block {
  const ours = text === '' ? [] : [{ type: 'mrkdwn', text, verbatim: true }];
  return { type: 'context', elements: [...ours, ...(literally === undefined ? [] : [plain(literally)])] };
}

/** A file of Slack's. @param alt what it shows, for those who do not see it */
export function filePicture(file: string, alt: string, title?: string): Block {
  const named = title === undefined ? {} : { title: plain(title) };
  return { type: 'image', slack_file: { id: file }, alt_text: alt, ...named };
}

/** A picture that Slack fetches from an address. */
export function webPicture(url: string, alt: string): Block {
  return { type: 'image', image_url: url, alt_text: alt };
}

export function button(label: string, id: string, look: 'plain' | 'main' | 'danger' = 'plain'): Block {
  const style = { plain: {}, main: { style: 'primary' }, danger: { style: 'danger' } }[look];
  return { type: 'button', text: plain(label), action_id: id, ...style };
}

/** A menu whose entries stand for button ids. */
export function menu(label: string, id: string, entries: readonly { label: string; id: string }[]): Block {
  const options = entries.map((entry) => ({ text: plain(entry.label), value: entry.id }));
  return { type: 'static_select', placeholder: plain(label), action_id: id, options };
}

export function actions(elements: readonly Block[]): Block[] {
  return elements.length === 0 ? [] : [{ type: 'actions', elements }];
}
