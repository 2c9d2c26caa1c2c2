/**
 * A Slack message as a page, near enough to its client to judge it by: blocks, text with the markup that we use,
 * pictures, buttons, menus; and a form. A picture that Slack would show broken is shown broken.
 */
import { isObject } from '../standins/slack/block-elements.ts';
import type { JsonObject, Message, ShownImage, View } from '../standins/slack/shapes.ts';

export type Theme = 'dark' | 'light';

export interface Look {
  readonly title: string;
  readonly message?: Message;
  /** A form, or a Home tab. */
  readonly form?: View;
  /** Slack's files by id, for a Home tab. */
  readonly files?: ReadonlyMap<string, Uint8Array>;
  /** People by id, for those who are mentioned. */
  readonly names?: ReadonlyMap<string, string>;
  /** What was fetched for `image_url`, by address. */
  readonly pictures?: ReadonlyMap<string, Uint8Array>;
}

export function pageOf(looks: readonly Look[], theme: Theme): string {
  const shown = looks.map(({ title, message, form, pictures, files = new Map(), names = new Map() }) => {
    const nameless =
      message === undefined ? viewHtml(form!, files) : messageHtml(message, pictures ?? new Map());
    const body = nameless.replace(/@(U[0-9A-Z]+)/g, (whole, id) =>
      names.has(id) ? `@${escaped(names.get(id)!)}` : whole,
    );
    return `<h6>${escaped(title)}</h6>${body}`;
  });
  return `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><body class="${theme}">${shown.join('')}`;
}

function messageHtml(message: Message, pictures: ReadonlyMap<string, Uint8Array>): string {
  const { author, blocks, text, images, visibleTo, threadTs } = message;
  const note = visibleTo === undefined ? '' : '<div class="note">👁 Only visible to you</div>';
  const where = threadTs === undefined ? '' : '<div class="note">in a thread</div>';
  const left = [...images];
  const body =
    blocks.length === 0
      ? `<div class="text">${markup(text)}</div>${images.map((one) => pictureHtml(one, pictures)).join('')}`
      : blocks.map((block) => blockHtml(block, () => pictureHtml(left.shift(), pictures))).join('');
  const app = author.isBot ? '<span class="app">APP</span>' : '';
  const name = `<b>${escaped(author.name)}</b> ${app} <span class="note">12:00 PM</span>`;
  const letter = author.name.slice(0, 1).toUpperCase();
  return `<article>${note}<div class="line"><i class="face">${escaped(letter)}</i><div>${where}<div>${name}</div>${body}</div></div></article>`;
}

/** @param picture the next picture of the message */
function blockHtml(block: JsonObject, picture: () => string): string {
  const elements = (block.elements ?? []) as JsonObject[];
  switch (block.type) {
    case 'section': {
      const fields = ((block.fields ?? []) as JsonObject[]).map((one) => `<div>${textHtml(one)}</div>`);
      const beside = isObject(block.accessory) ? elementHtml(block.accessory, picture) : '';
      return `<div class="section"><div class="text">${textHtml(block.text)}<div class="fields">${fields.join('')}</div></div>${beside}</div>`;
    }
    case 'header':
      return `<h3>${textHtml(block.text)}</h3>`;
    case 'divider':
      return '<hr>';
    case 'image': {
      const title = block.title === undefined ? '' : `<div class="note">${textHtml(block.title)} ▾</div>`;
      return `${title}${picture()}`;
    }
    case 'context':
      return `<div class="context">${elements.map((one) => elementHtml(one, picture)).join(' ')}</div>`;
    case 'actions':
      return `<div class="row">${elements.map((one) => elementHtml(one, picture)).join('')}</div>`;
    case 'input': {
      const optional = block.optional === true ? ' <span class="note">(optional)</span>' : '';
      const hint = block.hint === undefined ? '' : `<div class="note">${textHtml(block.hint)}</div>`;
      return `<label><b>${textHtml(block.label)}</b>${optional}${elementHtml(block.element as JsonObject, picture)}${hint}</label>`;
    }
    default:
      throw new Error(`no picture of a block of type ${block.type}`);
  }
}

function elementHtml(one: JsonObject, picture: () => string): string {
  const words = textHtml(one.text);
  switch (one.type) {
    case 'button':
      return `<button class="${one.style ?? ''}">${words}</button>`;
    case 'static_select': {
      const chosen = one.initial_option as JsonObject | undefined;
      return `<div class="menu">${textHtml(chosen?.text ?? one.placeholder)}<span>⌄</span></div>`;
    }
    case 'plain_text_input':
    case 'number_input': {
      const value = String(one.initial_value ?? '');
      const faint = value === '' ? ` class="note"` : '';
      const tall = one.multiline === true ? ' tall' : '';
      return `<div class="field${tall}"><span${faint}>${value === '' ? textHtml(one.placeholder) : escaped(value)}</span></div>`;
    }
    case 'file_input':
      return '<div class="row"><button>Add a file</button></div>';
    case 'checkboxes':
    case 'radio_buttons':
      return ((one.options ?? []) as JsonObject[])
        .map(({ text }) => `<div>☐ ${textHtml(text)}</div>`)
        .join('');
    case 'image':
      return picture();
    case 'mrkdwn':
    case 'plain_text':
      return `<span>${textHtml(one)}</span>`;
    default:
      throw new Error(`no picture of an element of type ${one.type}`);
  }
}

function viewHtml({ content, errors, kind }: View, files: ReadonlyMap<string, Uint8Array>): string {
  const faults = Object.values(errors).map((one) => `<div class="fault">${escaped(one)}</div>`);
  const blocks = (content.blocks as JsonObject[]).map((one) => {
    const image = isObject(one.accessory) ? one.accessory : one;
    const id = isObject(image.slack_file) ? image.slack_file.id : undefined;
    return blockHtml(one, () => bytesHtml(files.get(String(id)), image));
  });
  if (kind === 'home') return `<form class="home">${blocks.join('')}</form>`;
  const close = `<button>${textHtml(content.close ?? { type: 'plain_text', text: 'Cancel' })}</button>`;
  const send =
    content.submit === undefined ? '' : `<button class="primary">${textHtml(content.submit)}</button>`;
  return `<form><h3>${textHtml(content.title)}</h3>${blocks.join('')}${faults.join('')}<div class="row end">${close}${send}</div></form>`;
}

function bytesHtml(bytes: Uint8Array | undefined, { alt_text }: JsonObject): string {
  if (bytes === undefined) return '<div class="broken">▧ This image cannot be shown</div>';
  return `<img alt="${escaped(String(alt_text))}" src="data:image;base64,${Buffer.from(bytes).toString('base64')}">`;
}

function pictureHtml(image: ShownImage | undefined, pictures: ReadonlyMap<string, Uint8Array>): string {
  const bytes = image?.file?.bytes ?? pictures.get(image?.url ?? '');
  if (image === undefined || image.isBroken || image.file?.deleted === true || bytes === undefined) {
    return '<div class="broken">▧ This image cannot be shown</div>';
  }
  const type = image.file?.mimetype ?? 'image/png';
  return `<img alt="${escaped(image.alt)}" src="data:${type};base64,${Buffer.from(bytes).toString('base64')}">`;
}

/** A text object; nothing for none. */
function textHtml(value: unknown): string {
  const { type, text } = (value ?? {}) as { type?: string; text?: string };
  if (text === undefined) return '';
  return type === 'mrkdwn' ? markup(text) : unescaped(text).replaceAll('\n', '<br>');
}

/** Slack's own markup as far as our messages use it. */
function markup(text: string): string {
  return unescaped(
    text.replace(
      /<([^<>|]+)(?:\|([^<>]*))?>/g,
      (_, to: string, name?: string) => `\u0001${name ?? to}\u0002`,
    ),
  )
    .replace(/\*(\S(?:[^*\n]*\S)?)\*/g, '<strong>$1</strong>')
    .replace(/(?<!\w)_(\S(?:[^_\n]*\S)?)_(?!\w)/g, '<em>$1</em>')
    .replace(/`([^`\n]+)`/g, '<code>$1</code>')
    .replaceAll('\u0001', '<a>')
    .replaceAll('\u0002', '</a>')
    .replaceAll('\n', '<br>');
}

/** Slack's three escapes undone, then safe to be put into a page; emoji names as the signs that we use. */
function unescaped(text: string): string {
  const plain = text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  return escaped(plain).replace(/:([a-z_]+):/g, (whole, name: string) => EMOJI[name] ?? whole);
}

const EMOJI: Readonly<Record<string, string>> = {
  game_die: '🎲',
  repeat: '🔁',
  sparkles: '✨',
  x: '❌',
  frame_with_picture: '🖼️',
};

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const STYLE = `
body { font: 15px/22px Slack-Lato, Lato, "Noto Sans", "DejaVu Sans", sans-serif; margin: 0; padding: 8px 20px; max-width: 700px; background: var(--page); color: var(--words) }
.dark { --page: #1a1d21; --line: #45484c; --words: #d1d2d3; --faint: #ababad; --link: #1d9bd1; --code: #e8912d }
.light { --page: #ffffff; --line: #c9c9ca; --words: #1d1c1d; --faint: #616061; --link: #1264a3; --code: #c01343 }
h6 { margin: 18px 0 4px; color: var(--faint); font-weight: 500; text-transform: uppercase; font-size: 11px }
.line { display: flex; gap: 8px } .line > div { flex: 1; min-width: 0 } .face { flex: none; width: 36px; height: 36px; border-radius: 8px; background: #4a154b; color: #fff; display: grid; place-items: center; font-style: normal; font-weight: 700 }
.app { background: var(--line); border-radius: 2px; font-size: 10px; padding: 1px 3px; font-weight: 700 } .note { color: var(--faint); font-size: 12px; font-weight: 400 }
.text { flex: 1; overflow-wrap: anywhere; min-width: 0 } .section { display: flex; gap: 12px; margin: 4px 0 } .fields { display: grid; grid-template-columns: 1fr 1fr; gap: 4px 12px }
h3 { font-size: 18px; font-weight: 900; margin: 8px 0 4px } hr { border: 0; border-top: 1px solid var(--line); margin: 8px 0 }
.context { color: var(--faint); font-size: 12px; line-height: 18px; margin: 4px 0; overflow-wrap: anywhere } .context img { width: 20px; height: 20px; vertical-align: middle }
.row { display: flex; flex-wrap: wrap; gap: 8px; margin: 8px 0 } .end { justify-content: flex-end }
button { font: 700 13px/18px inherit; font-family: inherit; border: 1px solid var(--line); border-radius: 8px; padding: 4px 11px; background: transparent; color: var(--words) }
.primary { background: #007a5a; border-color: #007a5a; color: #fff } .danger { border-color: #e01e5a; color: #e01e5a }
.menu, .field { border: 1px solid var(--line); border-radius: 8px; padding: 3px 10px; display: flex; justify-content: space-between; gap: 12px; min-width: 120px } .field { display: block; overflow-wrap: anywhere; min-height: 22px } .tall { min-height: 66px }
.section > img { width: 88px; height: 88px; object-fit: cover; flex: none }
article img, form img { display: block; max-width: min(360px, 100%); max-height: 360px; border-radius: 8px; border: 1px solid var(--line); margin: 4px 0 }
.home { max-width: 640px } .broken { max-width: 360px; height: 90px; border: 1px dashed #e01e5a; border-radius: 8px; display: grid; place-items: center; color: #e01e5a; margin: 4px 0 }
form { max-width: 520px; border: 1px solid var(--line); border-radius: 8px; padding: 12px 24px } label { display: block; margin: 12px 0 } .fault { color: #e01e5a }
a { color: var(--link) } code { color: var(--code); border: 1px solid var(--line); border-radius: 3px; padding: 1px 3px; font-size: 12px }
`;
