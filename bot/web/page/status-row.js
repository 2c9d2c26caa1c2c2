/** The row of devices and the queue at the top. */
import { el, find, icon } from './elements.js';
import { say } from './say.js';
import { aboutDuration } from './words.js';

/** @typedef {import('../status.ts').Status} Status */

export function openStatusRow() {
  const row = find('#status');
  const list = el('div.queue-list', {
    id: 'queue-list',
    role: 'region',
    'aria-label': say('queue'),
    hidden: true,
  });
  const button = el('button.pill', {
    type: 'button',
    'aria-expanded': 'false',
    'aria-controls': 'queue-list',
    onclick: () => toggle(list.hidden === true),
  });
  row.append(button, list);
  let connected = true;
  /** @type {Status} */
  let status = { devices: [], not_used: [], waiting: 0, queue: [] };

  /** @param {boolean} open */
  function toggle(open) {
    list.hidden = !open;
    button.setAttribute('aria-expanded', String(open));
  }
  document.addEventListener('click', (event) => {
    if (event.target instanceof Node && !row.contains(event.target)) toggle(false);
  });
  row.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || list.hidden) return;
    toggle(false);
    button.focus();
    event.stopPropagation();
  });

  function draw() {
    for (const pill of row.querySelectorAll('.device')) pill.remove();
    const pills = connected ? status.devices.slice(0, 4).map(devicePill) : [lostPill()];
    row.prepend(...pills);
    const many = status.waiting === 0 ? say('queue_empty') : say('queue_waiting', { n: status.waiting });
    const number = el('span.text', {}, String(status.waiting));
    button.replaceChildren(icon('queue'), number, el('span.hidden', {}, many));
    button.title = many;
    list.replaceChildren(el('h2', {}, say('queue')), ...queueLines(status));
  }

  return {
    /** @param {Status} now */
    show(now) {
      status = now;
      draw();
    },
    /** @param {boolean} is */
    connected(is) {
      if (is === connected) return;
      connected = is;
      draw();
    },
  };
}

/** @param {Status['devices'][number]} device */
function devicePill({ device, state, ready, model }) {
  const isWarming = state === 'idle' && !ready;
  const look = isWarming ? '' : state === 'idle' ? '.ready' : `.${state}`;
  const words = say(isWarming ? 'device_warming' : state === 'idle' ? 'device_ready' : `device_${state}`);
  const text = [device, model?.name, words].filter(Boolean).join(' · ');
  const whole = [device, model?.name, model?.from, words].filter(Boolean).join(' · ');
  return el(
    'span.pill.device',
    { title: whole, role: 'img', 'aria-label': say('device_is', { text: whole }) },
    el(`span.dot${look}`),
    el('span.text', { 'aria-hidden': 'true' }, text),
  );
}

function lostPill() {
  return el(
    'span.pill.device',
    { role: 'status' },
    el('span.dot.resting'),
    el('span.text', {}, say('reconnecting')),
  );
}

/** @param {Status} status */
function queueLines({ queue, waiting, devices }) {
  const busy = devices.filter(({ state }) => state === 'busy').length;
  const summary = say('queue_summary', {
    drawing: busy === 0 ? say('drawing_none') : say('drawing_some', { n: busy }),
    waiting: waiting === 0 ? say('waiting_none') : say('queue_waiting', { n: waiting }),
  });
  const lines = queue.map((entry) =>
    el(
      'li',
      {},
      el('span.position', {}, String(entry.position)),
      el('span.words', {}, entry.by === undefined ? say('elsewhere') : `${entry.by.name}: ${entry.prompt}`),
      el(
        'span.when',
        {},
        entry.startsIn > 1500
          ? say('starts_in', { time: aboutDuration(entry.startsIn) })
          : say('starts_next'),
      ),
    ),
  );
  return [el('p', {}, summary), el('ol', {}, ...lines)];
}
