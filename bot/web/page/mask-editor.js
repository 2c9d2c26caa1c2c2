/**
 * What of a picture is to be painted anew, and how far it is to grow: a picture on a stage, a mask over it, tools above
 * and whatever its opener asks for below. With a mouse, a pen, fingers or keys alone.
 */
import { closeOnBack } from './back.js';
import { el, icon } from './elements.js';
import { openActs } from './mask-acts.js';
import { NOTHING_ADDED, openFrame } from './mask-frame.js';
import { maskSize, openPaint } from './mask-paint.js';
import { listenToHands } from './mask-pointer.js';
import { openTools } from './mask-tools.js';
import { openView } from './mask-view.js';
import { sentenceOf } from './room.js';
import { say } from './say.js';

/** @typedef {import('./mask-acts.js').Point} Point */
/** @typedef {import('./mask-acts.js').Stroke} Stroke */

/** What was done in the editor, to go on with it. @typedef {{acts: readonly import('./mask-acts.js').Act[], sides: import('./mask-frame.js').Sides}} Drawn */

/**
 * @typedef {object} Edited
 * @property {Blob | undefined} mask a PNG of the picture's shape, white where it is painted anew; undefined where nothing is
 * @property {string | undefined} expand as the option takes it
 * @property {Drawn} drawn
 */

/**
 * @typedef {object} Editing
 * @property {string} title
 * @property {string} src of the picture
 * @property {string} alt
 * @property {string} verb on the button that ends it
 * @property {Drawn} [drawn] what was done to it earlier
 * @property {import('./elements.js').Child[]} [fields] asked for besides
 * @property {(edited: Edited) => Promise<unknown>} done a refusal is shown in place
 */

/** @param {Editing} editing */
export async function openMaskEditor({ title, src, alt, verb, drawn, fields = [], done }) {
  const image = el('img', { src, alt, draggable: 'false' });
  await image.decode();
  const picture = { width: image.naturalWidth, height: image.naturalHeight };
  const size = maskSize(picture);
  const acts = openActs(drawn?.acts);
  const paint = openPaint(size);
  const frame = openFrame(picture, drawn?.sides ?? NOTHING_ADDED);
  paint.repaint(acts.all());

  const plane = el('div.plane', {}, frame.paper, image, paint.canvas);
  plane.style.width = `${picture.width}px`;
  plane.style.height = `${picture.height}px`;
  const ring = el('div.ring', { 'aria-hidden': 'true', hidden: true });
  const stage = el('div.mask-stage', { tabindex: '0', role: 'application', 'aria-label': say('mask_stage') });
  const view = openView(stage, plane, frame.frame);
  stage.append(plane, ...frame.handles(view), ring);
  frame.onChange(view.refit);

  /** Of keys: where the brush is, and whether it is down. @type {Point} */
  let cursor = { x: picture.width / 2, y: picture.height / 2 };
  let keyDown = false;
  /** @type {Stroke | undefined} */
  let stroke;

  const change = () => {
    tools.show(acts.canUndo(), acts.canRedo());
    stage.dataset.acts = String(acts.all().length);
  };
  /** @param {import('./mask-acts.js').Act} act */
  const perform = (act) => {
    paint.perform(act);
    acts.add(act);
    change();
  };
  /** @param {() => boolean} step */
  const turn = (step) => {
    if (stroke !== undefined || !step()) return;
    paint.repaint(acts.all());
    change();
  };
  const tools = openTools(
    Math.max(picture.width, picture.height),
    {
      undo: () => turn(acts.undo),
      redo: () => turn(acts.redo),
      invert: () => perform({ kind: 'invert' }),
      clear: () => perform({ kind: 'clear' }),
      fit: view.showAll,
      zoom: view.zoom,
    },
    () => drawRing(),
  );

  /** @param {Point} at in the picture @returns {Point} in the mask */
  const inMask = ({ x, y }) => ({ x: x * size.scale, y: y * size.scale });

  /** @param {Point} at in the picture @param {boolean} erase */
  function begin(at, erase) {
    const width = tools.size() * size.scale;
    stroke = { kind: 'stroke', erase: erase || tools.tool() === 'eraser', width, points: [inMask(at)] };
    paint.draw(stroke);
  }
  /** @param {readonly Point[]} points in the picture */
  function move(points) {
    if (stroke === undefined) return;
    const from = stroke.points.length;
    stroke.points.push(...points.map(inMask));
    paint.draw(stroke, from);
  }
  function end() {
    if (stroke !== undefined) acts.add(stroke);
    stroke = undefined;
    change();
  }
  function cancel() {
    stroke = undefined;
    paint.repaint(acts.all());
  }

  /** Where the ring is, on the stage. @type {Point | undefined} */
  let hovered;
  function drawRing() {
    ring.hidden = hovered === undefined || tools.tool() === 'hand';
    stage.dataset.tool = tools.tool();
    if (hovered === undefined) return;
    ring.style.width = `${tools.size() * view.scale()}px`;
    ring.style.transform = `translate(${hovered.x}px, ${hovered.y}px) translate(-50%, -50%)`;
  }
  view.onChange(drawRing);

  listenToHands(stage, {
    view,
    pushes: () => tools.tool() === 'hand',
    begin: (at, erase) => begin(view.toPicture(at), erase),
    move: (points) => move(points.map(view.toPicture)),
    end,
    cancel,
    hover(at) {
      hovered = at;
      drawRing();
    },
  });

  /** Arrow keys carry the brush, Space puts it down and takes it up. @param {KeyboardEvent} event */
  function steer(event) {
    const step = (tools.size() / 2) * (event.shiftKey ? 0.25 : 1);
    const [dx, dy] = ARROWS[event.key] ?? [0, 0];
    if (event.key === ' ') {
      if (keyDown) end();
      else begin(cursor, false);
      keyDown = !keyDown;
    } else if (dx !== 0 || dy !== 0) {
      cursor = {
        x: Math.min(picture.width, Math.max(0, cursor.x + dx * step)),
        y: Math.min(picture.height, Math.max(0, cursor.y + dy * step)),
      };
      if (keyDown) move([cursor]);
    } else return;
    event.preventDefault();
    hovered = view.toStage(cursor);
    drawRing();
  }
  stage.addEventListener('keydown', steer);

  const problem = el('p.problem', { role: 'alert', hidden: true });
  const button = el('button.action.accent', { type: 'submit' }, verb);
  const close = el(
    'button.icon-button.close',
    { type: 'button', 'aria-label': say('close'), onclick: () => dialog.close() },
    icon('close'),
  );
  const form = el('form.below', {}, frame.fields(), ...fields, problem, el('div.buttons', {}, button));
  const dialog = el(
    'dialog.editor',
    { 'aria-label': title },
    el('div.above', {}, el('h2', {}, title), tools.row, close),
    stage,
    form,
  );

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (stroke !== undefined) end();
    button.disabled = true;
    try {
      const edited = { acts: [...acts.all()], sides: frame.sides() };
      await done({ mask: await paint.toPng(), expand: frame.expand(), drawn: edited });
      dialog.close();
    } catch (error) {
      problem.textContent = sentenceOf(error);
      problem.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
  dialog.addEventListener('keydown', (event) => {
    const typing = event.target instanceof Element && event.target.closest('input, textarea, select');
    if (!typing || event.target === tools.row.querySelector('input')) tools.key(event);
  });
  dialog.addEventListener('close', () => {
    view.close();
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  closeOnBack(dialog);
  view.showAll();
  change();
  stage.focus({ preventScroll: true });
}

/** @type {Readonly<Record<string, readonly [number, number]>>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowDown: [0, 1] };
