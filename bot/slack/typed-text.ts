/** What Slack makes of typed text before we get it, undone: its way of writing links, people, characters. */

/** Slack's own forms stand in angle brackets; those that somebody typed arrive as `&lt;` and `&gt;`. */
const FORM = /<([^<>|\n]{1,3000})(?:\|([^<>\n]{0,3000}))?>/g;
const ENTITIES = { '&amp;': '&', '&lt;': '<', '&gt;': '>' } as const;

/**
 * Text of a Slack command or message as it was typed: `<https://a.example/b>` is the address, `<https://a.example|a.example>`
 * the words that were made a link, `<@U1|bob>` is `@bob`, `<#C1|general>` is `#general`, `<!here>` is `@here`;
 * `&amp;`, `&lt;` and `&gt;` are the characters. Linear time.
 */
export function fromSlack(typed: string): string {
  return fromEntities(typed.replace(FORM, (_, form: string, label?: string) => slackForm(form, label)));
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
