/** The files of the page: what is not among them is not there, whatever path somebody asks for. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LANGUAGE_CODES, type Language } from '../../config/languages.ts';
import { KeptFile } from '../http/kept-file.ts';
import { bundlePage } from './bundle-page.ts';
import { renderPage } from './page-html.ts';

const FOLDER = path.join(import.meta.dirname, 'page');
const HTML = 'index.html';
/** Each stands for all that it imports. */
const BUNDLES = ['main.js', 'page.css'];
/** As they are: one must come before anything is drawn, the other is no text of ours. */
const PLAIN = ['theme.js', 'icon.svg'];

export interface PageFiles {
  readonly html: ReadonlyMap<Language, KeptFile>;
  /** @param name such as `main.js` @returns undefined where there is none */
  file(name: string): Promise<KeptFile | undefined>;
}

export function readPageFiles(): PageFiles {
  const read = (name: string) => readFileSync(path.join(FOLDER, name));
  const template = read(HTML).toString('utf8');
  const page = (language: Language) => new KeptFile(HTML, Buffer.from(renderPage(template, language)));
  const plain = new Map(PLAIN.map((name) => [name, new KeptFile(name, read(name))]));
  return {
    html: new Map(LANGUAGE_CODES.map((language) => [language, page(language)])),
    file: async (name) => (BUNDLES.includes(name) ? (await bundles()).get(name) : plain.get(name)),
  };
}

let made: Promise<ReadonlyMap<string, KeptFile>> | undefined;

/** Put together when somebody first opens the page, once a process: most tests and every script do without. */
async function bundles(): Promise<ReadonlyMap<string, KeptFile>> {
  made ??= bundlePage(FOLDER, BUNDLES).then(
    (files) => new Map([...files].map(([name, bytes]) => [name, new KeptFile(name, bytes)])),
  );
  try {
    return await made;
  } catch (error) {
    // Whatever was in the way (no memory, no place for another process) may be gone the next time.
    made = undefined;
    throw error;
  }
}
