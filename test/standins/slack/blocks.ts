/**
 * Blocks of messages and views by Slack's published limits, refused as Slack refuses them.
 * https://docs.slack.dev/reference/block-kit/blocks
 */
import { checkElement, checkText, ELEMENTS_OF, Faults, isObject } from './block-elements.ts';
import { type Json, type JsonObject, Refusal } from './shapes.ts';

export type Surface = 'message' | 'modal' | 'home';

const BOTH_TEXTS = ['plain_text', 'mrkdwn'];
const EVERYWHERE = ['section', 'divider', 'image', 'actions', 'context', 'header', 'rich_text', 'video'];
const BLOCKS_OF: Readonly<Record<Surface, readonly string[]>> = {
  message: [...EVERYWHERE, 'file', 'markdown', 'input'],
  modal: [...EVERYWHERE, 'input'],
  home: [...EVERYWHERE, 'input'],
};

/** @throws Refusal `invalid_blocks` with a JSON pointer to each fault */
export function checkBlocks(blocks: readonly JsonObject[], surface: Surface): void {
  const faults = new Faults();
  checkInto(blocks, surface, faults, '/blocks');
  if (faults.list.length > 0) throw invalidBlocks(faults.list);
}

export function invalidBlocks(list: readonly string[]): Refusal {
  const messages = list.map((one) => `[ERROR] ${one}`);
  return new Refusal('invalid_blocks', { errors: [...list], response_metadata: { messages } });
}

/** @throws Refusal `invalid_arguments` as for every fault of a view */
export function checkView(view: JsonObject): void {
  const faults = new Faults();
  const isModal = view.type === 'modal';
  if (!isModal && view.type !== 'home') faults.add(`unsupported type: ${view.type}`, '/view/type');
  if (isModal) checkText(view.title, 24, faults, '/view/title');
  for (const name of ['submit', 'close']) {
    if (view[name] !== undefined) checkText(view[name], 24, faults, `/view/${name}`);
  }
  faults.optionalText(view.callback_id, 255, '/view/callback_id');
  faults.optionalText(view.private_metadata, 3000, '/view/private_metadata');
  const blocks = Array.isArray(view.blocks) ? (view.blocks as JsonObject[]) : [];
  if (!Array.isArray(view.blocks)) faults.add('missing required field: blocks', '/view');
  checkInto(blocks, isModal ? 'modal' : 'home', faults, '/view/blocks');
  if (blocks.some(({ type }) => type === 'input') && isModal && view.submit === undefined) {
    faults.add('submit is required when an input block is within blocks', '/view');
  }
  if (faults.list.length === 0) return;
  const messages = faults.list.map((one) => `[ERROR] ${one}`);
  throw new Refusal('invalid_arguments', { response_metadata: { messages } });
}

function checkInto(blocks: readonly JsonObject[], surface: Surface, faults: Faults, pointer: string): void {
  const max = surface === 'message' ? 50 : 100;
  if (blocks.length > max) faults.add(`no more than ${max} items allowed`, pointer);
  const ids = new Set<string>();
  for (const [i, block] of blocks.entries()) {
    const at = `${pointer}/${i}`;
    if (!isObject(block)) {
      faults.add('must be an object', at);
      continue;
    }
    if (!BLOCKS_OF[surface].includes(String(block.type))) {
      faults.add(`unsupported type: ${block.type}`, `${at}/type`);
      continue;
    }
    if (block.block_id !== undefined) {
      faults.text(block.block_id, 255, `${at}/block_id`);
      const id = String(block.block_id);
      if (ids.has(id)) faults.add(`\`block_id\` already exists: ${id}`, `${at}/block_id`);
      ids.add(id);
    }
    // Unique "among all other action_ids in the containing block".
    checkBlock(block, faults, at, new Set());
  }
}

function checkBlock(block: JsonObject, faults: Faults, at: string, seen: Set<string>): void {
  switch (block.type) {
    case 'section': {
      if (block.text === undefined && block.fields === undefined) {
        faults.add('missing required field: text', at);
      }
      if (block.text !== undefined) checkText(block.text, 3000, faults, `${at}/text`, BOTH_TEXTS);
      if (block.fields !== undefined) {
        for (const [i, field] of faults.items(block.fields, 1, 10, `${at}/fields`).entries()) {
          checkText(field, 2000, faults, `${at}/fields/${i}`, BOTH_TEXTS);
        }
      }
      if (block.accessory !== undefined) {
        checkInner(block.accessory, 'section', faults, `${at}/accessory`, seen);
      }
      break;
    }
    case 'header':
      checkText(block.text, 150, faults, `${at}/text`);
      break;
    case 'image':
      checkImage(block, faults, at);
      if (block.title !== undefined) checkText(block.title, 2000, faults, `${at}/title`);
      break;
    case 'context':
    case 'actions': {
      const max = block.type === 'context' ? 10 : 25;
      for (const [i, one] of faults.items(block.elements, 1, max, `${at}/elements`).entries()) {
        checkInner(one, block.type, faults, `${at}/elements/${i}`, seen);
      }
      break;
    }
    case 'input':
      checkText(block.label, 2000, faults, `${at}/label`);
      if (block.hint !== undefined) checkText(block.hint, 2000, faults, `${at}/hint`);
      checkInner(block.element, 'input', faults, `${at}/element`, seen);
      break;
    case 'markdown':
      faults.text(block.text, 12_000, `${at}/text`);
      break;
  }
}

function checkInner(
  one: Json | undefined,
  block: string,
  faults: Faults,
  at: string,
  seen: Set<string>,
): void {
  if (!isObject(one)) {
    faults.add('must be an object', at);
    return;
  }
  if (!ELEMENTS_OF[block]!.includes(String(one.type))) {
    faults.add(`unsupported type: ${one.type}`, `${at}/type`);
    return;
  }
  if (one.type === 'image') {
    checkImage(one, faults, at);
    return;
  }
  if (block === 'context') {
    checkText(one, 3000, faults, at, BOTH_TEXTS);
    return;
  }
  checkElement(one, faults, at, seen);
}

function checkImage(image: JsonObject, faults: Faults, at: string): void {
  if (typeof image.alt_text !== 'string') faults.add('missing required field: alt_text', at);
  else faults.text(image.alt_text, 2000, `${at}/alt_text`);
  const { slack_file: file, image_url: url } = image;
  if ((file === undefined) === (url === undefined)) {
    faults.add('must provide either image_url or slack_file', at);
    return;
  }
  if (url !== undefined) {
    faults.text(url, 3000, `${at}/image_url`);
    if (!/^https?:\/\/\S+$/.test(String(url))) faults.add('invalid url', `${at}/image_url`);
  } else if (!isObject(file) || (file.id === undefined) === (file.url === undefined)) {
    faults.add('must provide either id or url', `${at}/slack_file`);
  }
}

/** All images of blocks, with pointers. */
export function imagesIn(blocks: readonly JsonObject[]): { image: JsonObject; pointer: string }[] {
  return blocks.flatMap((block, i) => {
    const inner = [block, block.accessory, ...((block.elements ?? []) as Json[])];
    const pointers = ['', '/accessory', ...inner.slice(2).map((_, n) => `/elements/${n}`)];
    return inner.flatMap((one, n) =>
      isObject(one) && one.type === 'image' ? [{ image: one, pointer: `/blocks/${i}${pointers[n]}` }] : [],
    );
  });
}

/** All interactive elements of blocks, each with the block in which it stands. */
export function elementsIn(blocks: readonly JsonObject[]): { element: JsonObject; block: JsonObject }[] {
  return blocks.flatMap((block) =>
    [block.accessory, block.element, ...((block.elements ?? []) as Json[])].flatMap((one) =>
      isObject(one) && one.type !== 'image' ? [{ element: one, block }] : [],
    ),
  );
}

/** As Slack does on saving: every block and interactive element that has no id gets one. */
export function withIds(blocks: readonly JsonObject[], newId: () => string): JsonObject[] {
  const name = (one: JsonObject): JsonObject =>
    one.type === 'image' || one.type === 'mrkdwn' || one.type === 'plain_text'
      ? one
      : { ...one, action_id: one.action_id ?? newId() };
  return blocks.map((block) => ({
    ...block,
    block_id: block.block_id ?? newId(),
    ...(isObject(block.accessory) ? { accessory: name(block.accessory) } : {}),
    ...(isObject(block.element) ? { element: name(block.element) } : {}),
    ...(block.type === 'actions' ? { elements: (block.elements as JsonObject[]).map(name) } : {}),
  }));
}
