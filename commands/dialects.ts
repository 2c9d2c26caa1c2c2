/** What a chat makes of typed text before we get it, undone: each platform's way of writing links, people, characters. */

export type Normalise = (typed: string) => string;

/** Slack's own forms stand in angle brackets; those that somebody typed arrive as `&lt;` and `&gt;`. */
const SLACK_FORM = /<([^<>|\n]{1,3000})(?:\|([^<>\n]{0,3000}))?>/g;
const ENTITIES = { '&amp;': '&', '&lt;': '<', '&gt;': '>' } as const;

/**
 * Text of a Slack command or message as it was typed: `<https://a.example/b>` is the address, `<https://a.example|a.example>`
 * the words that were made a link, `<@U1|bob>` is `@bob`, `<#C1|general>` is `#general`, `<!here>` is `@here`;
 * `&amp;`, `&lt;` and `&gt;` are the characters. Linear time.
 */
export function fromSlack(typed: string): string {
  return fromEntities(typed.replace(SLACK_FORM, (_, form: string, label?: string) => slackForm(form, label)));
}

function slackForm(form: string, label: string | undefined): string {
  const name = label || form.slice(1);
  switch (form[0]) {
    case '@':
    case '#':
      return form[0] + name;
    case '!':
      return label || `@${form.slice(1)}`;
    default:
      return label || form.replace(/^mailto:|^tel:/, '');
  }
}

/** `&amp;`, `&lt;`, `&gt;` as the characters, each once: `&amp;lt;` is `&lt;`. */
export function fromEntities(typed: string): string {
  return typed.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity as keyof typeof ENTITIES]);
}

/** What a mention on Discord names: a person, a role, a channel. */
export type Mentioned = '@' | '@&' | '#';

/** A custom emoji, a command, a mention. */
const DISCORD_FORM = /<a?(:\w{1,64}:)\d{1,20}>|<(\/[\w -]{1,100}):\d{1,20}>|<(@&|@!?|#)(\d{1,20})>/g;

/**
 * Text of a Discord message as it was typed: `<:fox:1234>` is `:fox:`, `</imagine:1234>` is `/imagine`, `<@1234>` is
 * `@Anna`, `<#1234>` is `#general`; whom nobody knows is `@someone`. Linear time.
 * @param nameOf the name behind an id, if it is known
 */
export function fromDiscord(
  typed: string,
  nameOf: (kind: Mentioned, id: string) => string | undefined = () => undefined,
): string {
  return typed.replace(DISCORD_FORM, (_, emoji, command, sign?: string, id = '') => {
    if (sign === undefined) return String(emoji ?? command);
    const kind = sign === '@!' ? '@' : (sign as Mentioned);
    const name = nameOf(kind, id) ?? (kind === '#' ? 'channel' : 'someone');
    return `${kind[0]}${name}`;
  });
}
