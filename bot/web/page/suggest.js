/** Suggestions while a command is typed: commands after a slash, options after two dashes, then their values. */
import { el } from './elements.js';
import { room } from './room.js';

/**
 * @typedef {object} Suggestion
 * @property {string} text what is put in
 * @property {string} label
 * @property {string} help
 */

/**
 * What fits at the caret: the part of the text that would be replaced, and by what.
 * @param {string} text @param {number} caret
 * @returns {{from: number, title: string, items: Suggestion[]} | undefined}
 */
export function findSuggestions(text, caret) {
  const before = text.slice(0, caret);
  const slash = /^\/([\p{L}-]*)$/u.exec(before);
  if (slash !== null) {
    const items = room.offers.commands
      .filter(({ name }) => name.startsWith(slash[1].toLowerCase()))
      .map(({ name, description }) => ({ text: `/${name} `, label: `/${name}`, help: description }));
    return { from: 0, title: 'Commands', items };
  }
  const command = commandOf(before);
  if (command === undefined) return undefined;
  return values(before, command) ?? flags(before, command);
}

function commandOf(text) {
  const name = /^\/([\p{L}-]+)\s/u.exec(text)?.[1]?.toLowerCase() ?? (text.startsWith('/') ? '' : 'imagine');
  return room.offers.commands.find((command) => command.name === name);
}

/** @returns the options that are not there yet, after `--` or the beginning of one */
function flags(before, command) {
  const typed = /(?:^|\s)((?:--|—|–)([a-z-]*))$/i.exec(before);
  if (typed === null) return undefined;
  const items = command.options
    .filter(
      ({ name }) => name !== command.words && name !== 'image' && name.startsWith(typed[2].toLowerCase()),
    )
    .filter(({ name }) => !new RegExp(`(?:--|—|–)${name}[\\s=]`, 'i').test(before))
    .map(({ name, help, otherwise }) => ({
      text: `--${name} `,
      label: `--${name}`,
      help: otherwise === undefined ? help : `${help} (${otherwise})`,
    }));
  return { from: before.length - typed[1].length, title: 'Options', items };
}

const ASPECTS = ['1:1', '3:2', '2:3', '4:3', '3:4', '16:9', '9:16'];

/** @returns the names that an option may have, after it */
function values(before, command) {
  const typed = /(?<![a-z-])(?:--|—|–)([a-z-]+)[\s=]+("?[^"\s]*)$/i.exec(before);
  if (typed === null) return undefined;
  const option = command.options.find(({ name }) => name === typed[1].toLowerCase());
  const names = option && namesOf(option);
  if (names === undefined) return undefined;
  const start = typed[2].replace('"', '').toLowerCase();
  const items = names
    .filter(([name]) => name.toLowerCase().includes(start))
    .map(([name, help]) => ({ text: `${/\s/.test(name) ? `"${name}"` : name} `, label: name, help }));
  return { from: before.length - typed[2].length, title: option.help, items };
}

/** @returns {[string, string][] | undefined} */
function namesOf({ name, kind, names }) {
  if (name === 'model') return room.offers.models.map((model) => [model.name, model.title]);
  if (name === 'style') return room.offers.styles.map((style) => [style, '']);
  if (kind === 'aspect') return ASPECTS.map((aspect) => [aspect, '']);
  return names?.map((one) => [one, '']);
}

/**
 * The list above the prompt.
 * @param {HTMLTextAreaElement} prompt
 * @param {() => void} changed the prompt's text was changed
 */
export function openSuggestions(prompt, changed) {
  const list = document.querySelector('#suggest');
  /** @type {{from: number, title: string, items: Suggestion[]} | undefined} */
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
            onmousedown: (event) => event.preventDefault(),
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

  function take(i) {
    const { text } = found.items[i];
    const after = prompt.value.slice(prompt.selectionStart).replace(/^\s/, '');
    prompt.setRangeText(text, found.from, prompt.value.length - after.length, 'end');
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
