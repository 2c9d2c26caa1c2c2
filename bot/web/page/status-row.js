/** The row of devices and the queue at the top. */
import { el, icon } from './elements.js';
import { aboutDuration } from './words.js';

const STATES = { idle: 'ready', busy: 'drawing', resting: 'resting' };

export function openStatusRow() {
  const row = document.querySelector('#status');
  const list = el('div.queue-list', {
    id: 'queue-list',
    role: 'region',
    'aria-label': 'Queue',
    hidden: true,
  });
  const devices = el('span.hidden', {});
  const button = el('button.pill', {
    type: 'button',
    'aria-expanded': 'false',
    'aria-controls': 'queue-list',
    onclick: () => toggle(list.hidden),
  });
  row.append(devices, button, list);
  let connected = true;
  let status = { devices: [], waiting: 0, queue: [] };

  function toggle(open) {
    list.hidden = !open;
    button.setAttribute('aria-expanded', String(open));
  }
  document.addEventListener('click', (event) => {
    if (!row.contains(event.target)) toggle(false);
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
    const many = status.waiting === 0 ? 'Queue empty' : `${status.waiting} waiting`;
    button.replaceChildren(icon('queue'), el('span.text', {}, String(status.waiting)));
    button.setAttribute('aria-label', many);
    button.title = many;
    list.replaceChildren(el('h2', {}, 'Queue'), ...queueLines(status));
  }

  return {
    show(now) {
      status = now;
      draw();
    },
    connected(is) {
      if (is === connected) return;
      connected = is;
      draw();
    },
  };
}

function devicePill({ device, state, ready, model }) {
  const look = state === 'idle' && !ready ? '' : state === 'idle' ? 'ready' : state;
  const words = state === 'idle' && !ready ? 'warming up' : STATES[state];
  const text = [device, model, words].filter(Boolean).join(' · ');
  return el(
    'span.pill.device',
    { title: text, role: 'img', 'aria-label': `Device ${text}` },
    el(`span.dot${look === '' ? '' : `.${look}`}`),
    el('span.text', { 'aria-hidden': 'true' }, text),
  );
}

function lostPill() {
  return el(
    'span.pill.device',
    { role: 'status' },
    el('span.dot.resting'),
    el('span.text', {}, 'Reconnecting…'),
  );
}

function queueLines({ queue, waiting, devices }) {
  const drawing = devices.filter(({ state }) => state === 'busy').length;
  const summary = `${drawing === 0 ? 'Nothing is being drawn' : `${drawing} being drawn`}, ${waiting === 0 ? 'nobody waits' : `${waiting} waiting`}.`;
  const lines = queue.map(({ place, prompt, by, startsIn }) =>
    el(
      'li',
      {},
      el('span.place', {}, String(place)),
      el('span.words', {}, prompt === undefined ? 'Somebody elsewhere' : `${by.name}: ${prompt}`),
      el('span.when', {}, startsIn > 1500 ? `in ${aboutDuration(startsIn)}` : 'next'),
    ),
  );
  return [el('p', {}, summary), el('ol', {}, ...lines)];
}
