/** LoRA files and ControlNets by the names that people call them, in ComfyUI's folders and in ours. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openShelf, type ShelfKind } from '../../../bot/models/shelf.ts';
import { Fault } from '../../../config/faults.ts';
import { processorTime } from '../../processor-time.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'darkroom-loras-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(name: string): string {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '');
  return file;
}

const shelf = (kind: ShelfKind = 'loras') =>
  openShelf({ modelsDir: path.join(root, 'models'), comfyuiDir: path.join(root, 'comfy') }, kind);

test('both folders are one list of names, without endings, and what is no LoRA file is not in it', () => {
  put('models/loras/ink.safetensors');
  put('models/loras/styles/film.SAFETENSORS');
  put('models/loras/ink.txt');
  put('models/loras/.hidden.safetensors');
  put('models/checkpoint.safetensors');
  put('comfy/models/loras/anime.safetensors');
  expect(shelf().names()).toEqual(['anime', 'ink', 'styles/film']);
});

test('a name is found in any case, with its ending, without its folder; our own file goes first', () => {
  const ours = put('models/loras/Ink.safetensors');
  put('comfy/models/loras/Ink.safetensors');
  const film = put('comfy/models/loras/styles/film.safetensors');
  const { find } = shelf();
  expect([find('ink'), find(' Ink.safetensors ')]).toEqual([ours, ours]);
  expect([find('film'), find('styles\\film'), find('STYLES/FILM')]).toEqual([film, film, film]);
});

test('a worker looked through all folders anew for each of a thousand files: names and files come together', () => {
  for (let i = 0; i < 1_000; i++) put(`models/loras/${i % 10}/lora-${i}.safetensors`);
  const { names, entries, find } = shelf();
  names();
  let all: ReturnType<typeof entries> = [];
  const once = processorTime(() => names());
  const together = processorTime(() => {
    all = entries();
  });
  expect(all.map(({ name }) => name)).toEqual(names());
  for (const { name, file } of [all[0]!, all[999]!]) expect(find(name)).toBe(file);
  // Looked up one by one it is a thousand times as much.
  expect(together).toBeLessThan(50 * once + 50);
});

test('a file that is put there later is found, and one that is taken away is not any more', () => {
  put('models/loras/ink.safetensors');
  const { names } = shelf();
  const opened = shelf();
  expect(opened.names()).toEqual(['ink']);
  const film = put('models/loras/styles/film.safetensors');
  expect(opened.names()).toEqual(['ink', 'styles/film']);
  rmSync(film);
  expect(opened.names()).toEqual(['ink']);
  expect(names()).toEqual(['ink']);
});

test('links are followed, and one that leads nowhere or round in a circle is no matter', () => {
  put('elsewhere/film.safetensors');
  mkdirSync(path.join(root, 'models/loras'), { recursive: true });
  symlinkSync(path.join(root, 'elsewhere'), path.join(root, 'models/loras/more'));
  symlinkSync(path.join(root, 'nowhere'), path.join(root, 'models/loras/gone.safetensors'));
  symlinkSync(path.join(root, 'models/loras'), path.join(root, 'models/loras/round'));
  expect(shelf().names()).toContain('more/film');
  expect(
    shelf()
      .names()
      .some((name) => name.includes('gone')),
  ).toBe(false);
});

function refusal(name: string): string {
  try {
    return shelf().find(name);
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}

test('one that is not there is refused with the nearest names, never with a folder', () => {
  for (const name of ['ink', 'pink-ink', 'film', 'styles/water', 'oil'])
    put(`models/loras/${name}.safetensors`);
  expect(refusal('inc')).toMatch(
    /^There is no LoRA "inc" here; the nearest names are ink, [\w-]+, [\w-]+\.$/,
  );
  expect(refusal('wat')).toMatch(/nearest names are styles\/water/);
  for (const name of ['../../etc/passwd', '/etc/passwd', 'a\u0000b', '', '..']) {
    expect(refusal(name)).toMatch(/^There is no LoRA /);
    expect(refusal(name)).not.toContain(root);
  }
});

test('where there are none at all, it says so', () => {
  expect(shelf().names()).toEqual([]);
  expect(refusal('ink')).toBe('There is no LoRA "ink" here: there are none at all.');
});

test('a ControlNet is found by its name, and by its kind', () => {
  const canny = put('comfy/models/controlnet/sd3.5_large_controlnet_canny.safetensors');
  const depth = put('models/controlnet/sd3.5_large_controlnet_depth.safetensors');
  const { find, names } = shelf('controlnet');
  expect(names()).toEqual(['sd3.5_large_controlnet_canny', 'sd3.5_large_controlnet_depth']);
  expect([find('Canny'), find('sd3.5_large_controlnet_depth.safetensors')]).toEqual([canny, depth]);
  expect(() => find('blur')).toThrow(/^There is no ControlNet "blur" here; the nearest names are sd3/);
});
