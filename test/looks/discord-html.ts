/**
 * A Discord message as a page, near enough to its client to judge a card by: boxes, text with the markup that we use,
 * galleries, buttons, menus. No web-components package knew components of version two when this was written.
 */
import type { Json, JsonObject, Message } from '../standins/discord/shapes.ts';
import { FLAGS } from '../standins/discord/shapes.ts';

export type Theme = 'dark' | 'light';

export interface Look {
  readonly title: string;
  readonly message?: Message;
  /** What opened as a form. */
  readonly form?: JsonObject;
}

export function pageOf(looks: readonly Look[], theme: Theme): string {
  const shown = looks.map(({ title, message, form }) => {
    const body = message === undefined ? formHtml(form!) : messageHtml(message);
    return `<h6>${escaped(title)}</h6>${body}`;
  });
  return `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><body class="${theme}">${shown.join('')}`;
}

function formHtml({ title, components }: JsonObject): string {
  const fields = (components as JsonObject[]).map(({ label, description, component }) => {
    const hint = description === undefined ? '' : `<div class="note">${escaped(String(description))}</div>`;
    const star = (component as JsonObject).required === false ? '' : ' <span class="star">*</span>';
    return `<label><b>${escaped(String(label))}</b>${star}${hint}${fieldHtml(component as JsonObject)}</label>`;
  });
  const buttons = '<button class="style2">Cancel</button><button class="style1">Submit</button>';
  return `<form><div class="h3">${escaped(String(title))}</div>${fields.join('')}<div class="row">${buttons}</div></form>`;
}

function fieldHtml(field: JsonObject): string {
  if (field.type === 19) return '<div class="menu">＋ Upload a file</div>';
  if (field.type !== 4) return menuHtml(field);
  return `<div class="menu${field.style === 2 ? ' tall' : ''}">${escaped(String(field.value ?? ''))}</div>`;
}

function messageHtml(message: Message): string {
  const isPrivate = (message.flags & FLAGS.ephemeral) !== 0;
  const note = isPrivate ? '<div class="note">👁 Only you can see this · Dismiss message</div>' : '';
  const content = message.content === '' ? '' : `<div class="text">${markup(message.content)}</div>`;
  const name = `<b>${escaped(message.author.username)}</b> <span class="app">APP</span>`;
  const body = message.components.map((one) => componentHtml(one as JsonObject, message)).join('');
  return `<article class="${isPrivate ? 'private' : ''}"><i class="face">D</i><div><div class="name">${name}</div>${content}${body}${note}</div></article>`;
}

function componentHtml(one: JsonObject, message: Message): string {
  const inner = () =>
    ((one.components ?? []) as Json[]).map((part) => componentHtml(part as JsonObject, message)).join('');
  switch (one.type) {
    case 1:
      return `<div class="row">${inner()}</div>`;
    case 2:
      return `<button class="style${one.style}">${escaped(String(one.label))}</button>`;
    case 3:
    case 6:
    case 8:
      return menuHtml(one);
    case 10:
      return `<div class="text">${markup(String(one.content))}</div>`;
    case 12:
      return galleryHtml(one, message);
    case 14:
      return one.divider === false ? '<div class="gap"></div>' : '<hr>';
    case 17: {
      const colour = `#${Number(one.accent_color ?? 0)
        .toString(16)
        .padStart(6, '0')}`;
      return `<section style="--accent:${colour}">${inner()}</section>`;
    }
    default:
      throw new Error(`no picture of a component of type ${one.type}`);
  }
}

function menuHtml(one: JsonObject): string {
  const options = (one.options ?? []) as JsonObject[];
  const chosen = options.flatMap((option) => (option.default === true ? [String(option.label)] : []));
  const several = ((one.default_values ?? []) as JsonObject[]).map(({ id }) => `@${id}`).join('  ');
  const words = chosen.join(', ') || several || String(one.placeholder ?? 'Select');
  return `<div class="menu">${escaped(words)}<span>⌄</span></div>`;
}

function galleryHtml(one: JsonObject, { attachments }: Message): string {
  const items = one.items as { media: { url: string } }[];
  const pictures = items.map(({ media }) => {
    const file = attachments.find(({ filename }) => `attachment://${filename}` === media.url);
    const type = file?.filename.endsWith('.webp') ? 'webp' : 'png';
    return `<img src="data:image/${type};base64,${Buffer.from(file?.bytes ?? []).toString('base64')}">`;
  });
  return `<div class="gallery of${items.length}">${pictures.join('')}</div>`;
}

/** Markup as far as our messages use it; a sign after a backslash is only itself. */
function markup(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const [, sign = '', rest = line] = /^(### |-# |)(.*)$/s.exec(line) ?? [];
      const kind = { '### ': 'h3', '-# ': 'small', '': 'p' }[sign] ?? 'p';
      return `<div class="${kind}">${inLine(rest)}</div>`;
    })
    .join('');
}

function inLine(text: string): string {
  const kept: string[] = [];
  const hidden = text.replace(/\\([^a-z0-9\s])/gi, (_, sign) => `\u0001${kept.push(sign) - 1}\u0002`);
  const marked = escaped(hidden)
    .replace(/\*\*(.+?)\*\*/g, '<strong>$1</strong>')
    .replace(/`(.+?)`/g, '<code>$1</code>')
    .replace(
      /\[([^\]]+)\]\((https?:[^)\s]+)\)|(https?:\/\/[^\s<>")]+)/g,
      (_, words, __, bare) => `<a>${words ?? bare}</a>`,
    );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they stand for what was after a backslash
  return marked.replace(/\u0001(\d+)\u0002/g, (_, i) => escaped(kept[Number(i)]!)) || '&nbsp;';
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const STYLE = `
body { font: 16px/1.375 "gg sans", "Noto Sans", "DejaVu Sans", sans-serif; margin: 0; padding: 8px 16px; max-width: 720px;
  background: var(--page); color: var(--words) }
.dark { --page: #1a1a1e; --box: #242429; --line: #3a3a42; --words: #efeff0; --faint: #a0a1a8; --plain: #333338; --private: #26263a }
.light { --page: #fbfbfb; --box: #ffffff; --line: #d9d9dd; --words: #2f3035; --faint: #686b75; --plain: #e4e4e8; --private: #eceefe }
h6 { margin: 18px 0 4px; color: var(--faint); font-weight: 500; text-transform: uppercase; font-size: 11px }
article { display: flex; gap: 16px; padding: 6px 8px; border-radius: 8px } article.private { background: var(--private) }
.face { flex: none; width: 40px; height: 40px; border-radius: 50%; background: #5865f2; color: #fff; display: grid; place-items: center; font-style: normal }
.name { margin-bottom: 2px } .app { background: #5865f2; color: #fff; font-size: 10px; border-radius: 4px; padding: 1px 5px }
article > div { flex: 1; min-width: 0 }
section { box-sizing: border-box; max-width: 600px; background: var(--box); border: 1px solid var(--line); border-left: 4px solid var(--accent);
  border-radius: 8px; padding: 16px; display: flex; flex-direction: column; gap: 8px; margin-top: 4px }
.text { overflow-wrap: anywhere } .h3 { font-size: 18px; font-weight: 700 } .small { font-size: 13px; color: var(--faint) } strong { font-weight: 650 }
hr { width: 100%; border: 0; border-top: 1px solid var(--line); margin: 4px 0 } .gap { height: 8px }
.row { display: flex; flex-wrap: wrap; gap: 8px }
button { font: 500 14px/16px inherit; font-family: inherit; border: 0; border-radius: 8px; padding: 8px 16px; color: #fff }
.style2 { background: var(--plain); color: var(--words) } .style1 { background: #5865f2 } .style3 { background: #00863a } .style4 { background: #d22d39 }
.menu { flex: 1; max-width: 400px; border: 1px solid var(--line); border-radius: 8px; padding: 9px 12px; display: flex; justify-content: space-between; background: var(--page) }
form { max-width: 440px; border: 1px solid var(--line); border-radius: 8px; padding: 16px; background: var(--box) } label { display: block; margin: 12px 0 } .star { color: #d22d39 } .tall { min-height: 60px }
.gallery { display: grid; gap: 4px; border-radius: 8px; overflow: hidden } .gallery img { width: 100%; height: 100%; object-fit: cover; display: block }
.of1 img { object-fit: contain; max-height: 350px; width: auto; border-radius: 8px } .of2, .of3, .of4 { grid-template-columns: 1fr 1fr } .of2 img, .of3 img, .of4 img { aspect-ratio: 1 }
.of5, .of6, .of7, .of8, .of9, .of10 { grid-template-columns: 1fr 1fr 1fr }
.of3 img:first-child { grid-row: span 2; aspect-ratio: auto }
.note { font-size: 12px; color: var(--faint); margin-top: 4px } code { background: var(--plain); border-radius: 4px; padding: 0 4px } a { color: #00a8fc }
`;
