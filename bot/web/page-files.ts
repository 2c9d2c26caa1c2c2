/** The files of the page, read once: what is not among them is not there, whatever path somebody asks for. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { LANGUAGE_CODES, type Language } from '../../config/languages.ts';
import { isServed, KeptFile } from '../http/kept-file.ts';
import { renderPage } from './page-html.ts';

const FOLDER = path.join(import.meta.dirname, 'page');
const HTML = 'index.html';

export interface PageFiles {
  /** By name, such as `style.css`. */
  readonly files: ReadonlyMap<string, KeptFile>;
  readonly html: ReadonlyMap<Language, KeptFile>;
}

export function readPageFiles(): PageFiles {
  const read = (name: string) => readFileSync(path.join(FOLDER, name));
  const names = readdirSync(FOLDER).filter((name) => isServed(name) && name !== HTML);
  const template = read(HTML).toString('utf8');
  const page = (language: Language) => new KeptFile(HTML, Buffer.from(renderPage(template, language)));
  return {
    files: new Map(names.map((name) => [name, new KeptFile(name, read(name))])),
    html: new Map(LANGUAGE_CODES.map((language) => [language, page(language)])),
  };
}
