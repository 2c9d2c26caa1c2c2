/** Suggestions while a command is typed: commands after a slash, options after two dashes, then their values. */
import { el, find } from './elements.js';
import { ASPECTS, room } from './room.js';
import { say } from './say.js';

/**
 * @typedef {object} Suggestion
 * @property {string} text what is put in
 * @property {string} label
 * @property {string} help
 */

/**
 * @typedef {object} Suggestions
 * @property {number} from where what is typed begins
 * @property {string} title
 * @property {Suggestion[]} items
 */

/** @typedef {import('./room.js').Offers['commands'][number]} Command */

/**
 * What fits at the caret: the part of the text that would be replaced, and by what.
 * @param {string} text @param {number} caret
 * @returns {Suggestions | undefined}
 */
export function findSuggestions(text, caret) {
  const before = text.slice(0, caret);
  const slash = /^\/([\p{L}-]*)$/u.exec(before);
  if (slash !== null) {
    const [, start = ''] = slash;
    const items = room.offers.commands
      .filter(({ name }) => name.startsWith(start.toLowerCase()))
      .map(({ name, description }) => ({ text: `/${name} `, label: `/${name}`, help: description }));
    return { from: 0, title: say('commands'), items };
  }
  const command = commandOf(before);
  if (command === undefined) return undefined;
  return values(before, command) ?? flags(before, command);
}

/** @param {string} text */
function commandOf(text) {
  const name = /^\/([\p{L}-]+)\s/u.exec(text)?.[1]?.toLowerCase() ?? (text.startsWith('/') ? '' : 'imagine');
  return room.offers.commands.find((command) => command.name === name);
}

/**
 * The options that are not there yet, after `--` or the beginning of one.
 * @param {string} before @param {Command} command
 * @returns {Suggestions | undefined}
 */
function flags(before, command) {
  const typed = /(?:^|\s)((?:--|—|–)([a-z-]*))$/i.exec(before);
  if (typed === null) return undefined;
  const [, whole = '', start = ''] = typed;
  const items = command.options

    .filter(
      ({ name, kind }) =>
        name !== command.words && kind !== 'picture' && name.startsWith(start.toLowerCase()),
    )
    .filter(({ name }) => !new RegExp(`(?:--|—|–)${name}[\\s=]`, 'i').test(before))
    .map(({ name, help, defaultText }) => ({
      text: `--${name} `,
      label: `--${name}`,
      help: defaultText === undefined ? help : `${help} (${defaultText})`,
    }));
  return { from: before.length - whole.length, title: say('options'), items };
}

/**
 * The names that an option may have, after it.
 * @param {string} before @param {Command} command
 * @returns {Suggestions | undefined}
 */
function values(before, command) {
  const typed = /(?<![a-z-])(?:--|—|–)([a-z-]+)[\s=]+("?[^"\s]*)$/i.exec(before);
  if (typed === null) return undefined;
  const [, flag = '', value = ''] = typed;
  const option = command.options.find(({ name }) => name === flag.toLowerCase());
  const names = option && namesOf(option);
  if (names === undefined) return undefined;
  // Of a list only what is being typed is replaced.
  const listed = option?.kind === 'loras' ? value.slice(0, value.lastIndexOf(',') + 1) : '';
  const start = value.slice(listed.length).replace('"', '').toLowerCase();
  const items = names
    .filter(([name]) => name.toLowerCase().includes(start))
    .map(([name, help]) => ({ text: `${/\s/.test(name) ? `"${name}"` : name} `, label: name, help }));
  return { from: before.length - value.length + listed.length, title: option?.help ?? '', items };
}

/** @param {Command['options'][number]} option @returns {[string, string][] | undefined} each with what it is */
function namesOf({ name, kind, names }) {
  if (name === 'model') return room.offers.models.map((model) => [model.name, model.title]);
  if (name === 'style') return room.offers.styles.map((style) => [style, '']);
  if (kind === 'loras') return room.offers.loras.map((lora) => [lora, '']);
  if (kind === 'file') return room.offers.controlNets.map((net) => [net, '']);
  if (kind === 'aspect') return ASPECTS.map((aspect) => [aspect, '']);
  return names?.map((one) => [one, '']);
}

/**
 * The list above the prompt.
 * @param {HTMLTextAreaElement} prompt
 * @param {() => void} changed the prompt's text was changed
 */
export function openSuggestions(prompt, changed) {
  const list = find('#suggest');
  /** @type {Suggestions | undefined} */
  let found;
  let chosen = 0;

  function close() {
    found = undefined;
    list.hidden = true;
    prompt.removeAttribute('aria-activedescendant');
  }

  function look() {
    found = findSuggestions(prompt.value, prompt.selectionStart);
    const only = found?.items[0];
    const typed = found && prompt.value.slice(found.from, prompt.selectionStart);
    if (
      found === undefined ||
      only === undefined ||
      (found.items.length === 1 && typed === only.text.trim())
    ) {
      return close();
    }
    chosen = 0;
    list.replaceChildren(
      el('div.title', { 'aria-hidden': 'true' }, found.title),
      ...found.items.map(({ label, help }, i) =>
        el(
          'div',
          {
            role: 'option',
            id: `suggestion-${i}`,
            'aria-selected': 'false',
            onmousedown: (/** @type {Event} */ event) => event.preventDefault(),
            onclick: () => take(i),
          },
          el('b', {}, label),
          el('span', {}, help),
        ),
      ),
    );
    list.hidden = false;
    mark();
  }

  function mark() {
    for (const [i, option] of list.querySelectorAll('[role=option]').entries()) {
      option.setAttribute('aria-selected', String(i === chosen));
      if (i === chosen) option.scrollIntoView({ block: 'nearest' });
    }
    prompt.setAttribute('aria-activedescendant', `suggestion-${chosen}`);
  }

  /** @param {number} i */
  function take(i) {
    const item = found?.items[i];
    if (found === undefined || item === undefined) return;
    const after = prompt.value.slice(prompt.selectionStart).replace(/^\s/, '');
    prompt.setRangeText(item.text, found.from, prompt.value.length - after.length, 'end');
    close();
    changed();
    look();
  }

  return {
    look,
    close,
    /** @param {KeyboardEvent} event @returns whether the key was meant for the list */
    key(event) {
      if (found === undefined) return false;
      const { length } = found.items;
      if (event.key === 'ArrowDown') chosen = (chosen + 1) % length;
      else if (event.key === 'ArrowUp') chosen = (chosen + length - 1) % length;
      else if (event.key === 'Tab' && !event.shiftKey) take(chosen);
      else if (event.key === 'Enter' && !event.shiftKey) {
        // A command that is complete as it stands is sent, not completed.
        const whole = prompt.value.slice(found.from, prompt.selectionStart).trim();
        if (found.items.some(({ text }) => text.trim() === whole)) return false;
        take(chosen);
      } else if (event.key === 'Escape') close();
      else return false;
      event.preventDefault();
      event.stopPropagation();
      if (found !== undefined) mark();
      return true;
    },
  };
}
