/** A job's message as every surface shows it, each in its own way: no platform's words or types. */
import { actionsFor, type FollowUpAction } from '../../commands/follow-up.ts';
import { IMAGE_TELLS, STYLE_LEFT_OUT } from '../../commands/imagine.ts';
import { loraName } from '../../commands/lora-tags.ts';
import type { NamedLora } from '../../commands/options.ts';
import { DEFAULTS, JOBS } from '../../config/defaults.ts';
import { faultSentence } from '../../config/fault-sentence.ts';
import type { Language } from '../../config/languages.ts';
import { say } from '../../config/messages.ts';
import type { Preview } from '../../pipeline/request.ts';
import { type CardState, followed, stateOf } from '../jobs/followed.ts';
import type { Asked, Job, Json, KeptFault, Origin, Person } from '../jobs/job.ts';
import type { Progress } from '../jobs/progress.ts';
import { unknownWords } from './known-words.ts';
import { type PromptNote, promptNotes } from './prompt-notes.ts';
import { shortened } from './sentences.ts';
import { sentenceWithoutFolders } from './without-folders.ts';

/** What can be pressed. */
export type Action = FollowUpAction;

/** What made a picture. */
export interface Facts {
  /** As typed, without the style's words. */
  readonly prompt: string;
  readonly negative: string;
  readonly model: string;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  readonly count: number;
  /** The name of the style, where it has one. */
  readonly style?: string;
  /** How far it went from its start picture, where it had one. */
  readonly strength?: number;
  /** What was done to its start picture, where not all of it was drawn over. */
  readonly painted?: 'part' | 'beyond';
  /** LoRA files by their names, each with its strength, and the ControlNet. */
  readonly loras?: readonly NamedLora[];
  /** Milliseconds that rendering took. */
  readonly took?: number;
}

export interface CardPicture {
  /** Which picture of the batch, from 0. */
  readonly index: number;
  /** Absolute path of the PNG file. */
  readonly path: string;
  readonly bytes: number;
}

export interface Card {
  readonly job: string;
  readonly state: CardState;
  readonly by: Person;
  readonly facts: Facts;
  /** What it was made from, and where that stands if its message is there. */
  readonly origin?: Origin & { readonly link?: string };
  /** Whether whoever asked may be mentioned; only with the last word. */
  readonly mentions?: boolean;
  readonly progress?: Progress;
  /** The newest look at the unfinished picture, already in 8-bit RGB; small. */
  readonly preview?: Preview;
  readonly pictures: readonly CardPicture[];
  /** Why it failed. */
  readonly fault?: KeptFault;
  /** Why its place took it in no way. */
  readonly undelivered?: string;
  /** That it is tried again: which attempt of how many. */
  readonly attempt?: { readonly number: number; readonly of: number };
  /** What it was asked for that the built-in model does not know; `sayUnknown` makes a sentence of it. */
  readonly unknownWords?: readonly string[];
  /** What in its words was surely meant otherwise than it was read; `sayNotes` says all of it. */
  readonly promptNotes?: readonly PromptNote[];
  readonly actions: readonly Action[];
}

/** The card of a job as it is. @param pathOf absolute path of a file of the picture store */
export function describeJob(
  job: Job,
  pathOf: (file: string) => string,
  progress?: Progress,
  preview?: Preview,
): Card {
  const state = stateOf(job);
  const open = state === 'waiting' || state === 'running';
  const attempt = attemptOf(job);
  const { unknown, notes: ofWords } = toldOf(job.asked);
  const tells = job.origin === undefined && job.asked.options[IMAGE_TELLS] !== undefined;
  const notes = [
    ...ofWords,
    ...(tells ? (['story'] as const) : []),
    ...(job.asked.options[STYLE_LEFT_OUT] === undefined ? [] : (['style'] as const)),
  ];
  return {
    job: job.id,
    state,
    by: job.by,
    facts: factsOf(job),
    ...(job.origin === undefined ? {} : { origin: job.origin }),
    ...(open && progress !== undefined ? { progress } : {}),
    ...(open && preview !== undefined ? { preview } : {}),
    pictures: job.pictures.map(({ file, bytes }, index) => ({ index, path: pathOf(file), bytes })),
    ...(job.fault === undefined ? {} : { fault: job.fault }),
    ...(job.undelivered === undefined ? {} : { undelivered: job.undelivered }),
    ...(attempt === undefined ? {} : { attempt }),
    ...(unknown.length === 0 ? {} : { unknownWords: unknown }),
    ...(notes.length === 0 ? {} : { promptNotes: notes }),
    actions: actionsFor(followed(job)),
  };
}

export function factsOf({ asked, timings }: Job): Facts {
  const { facts } = toldOf(asked);
  return timings === undefined ? facts : { ...facts, took: timings.total_ms };
}

/** What is told of a request: the same at every step, of which a thousand jobs have many. */
interface Told {
  readonly facts: Facts;
  readonly unknown: readonly string[];
  readonly notes: readonly PromptNote[];
}

const told = new WeakMap<Asked, Told>();

function toldOf(asked: Asked): Told {
  const known = told.get(asked);
  if (known !== undefined) return known;
  const { request } = asked;
  const made = { facts: factsOfAsked(asked), unknown: unknownWords(request), notes: promptNotes(request) };
  told.set(asked, made);
  return made;
}

function factsOfAsked({ request, options }: Asked): Facts {
  const { seed, width, height, steps, count, init } = request;
  const { style } = options;
  const added = [...(request.loras ?? []), ...(request.control ? [request.control] : [])];
  const loras = added.map(({ file, strength }) => ({ name: loraName(file), strength }));
  const painted = init?.borders ? 'beyond' : init?.mask || init?.transparent ? 'part' : undefined;
  return {
    ...{ prompt: typed(options.prompt, request.prompt), negative: typed(options.negative, request.negative) },
    ...{ model: request.model.name, seed, width, height, steps, count },
    ...(typeof style === 'string' && style !== DEFAULTS.style ? { style } : {}),
    ...(loras.length === 0 ? {} : { loras }),
    ...(painted === undefined ? {} : { painted }),
    ...(init === undefined ? {} : { strength: init.strength }),
  };
}

/** The words as typed; with wildcards among them, as they were drawn. */
function typed(words: Json | undefined, drawn: string): string {
  return typeof words !== 'string' || words.includes('{') ? drawn : words;
}

/** The line under a picture: `nano · ink 0.8 · seed 42 · 512x512 · 20 steps · 3.1 s`. The seed stands there in words. */
export function factsLine(
  { model, loras = [], seed, width, height, steps, took }: Facts,
  language: Language,
): string {
  const used = loras.map(({ name, strength }) => `${name} ${strength}`);
  const size = `${width}x${height}`;
  const facts = [model, ...used, `seed ${seed}`, size, say(language, 'facts.steps', { n: steps })];
  if (took !== undefined) facts.push(took < 60_000 ? `${(took / 1000).toFixed(1)} s` : minutes(took));
  return facts.join(' · ');
}

/** What it was made from: `Reroll of an earlier picture`. */
export function originLine({ origin }: Card, language: Language): string | undefined {
  return origin && `${say(language, `page.from_${origin.kind}`)} ${say(language, 'page.earlier_picture')}`;
}

/** What else made it, shorter than `longest` characters: `anime · without: trees`. */
export function madeLine({ facts }: Card, language: Language, longest = 200): string | undefined {
  const { style, negative, strength, painted } = facts;
  const parts = [
    style,
    negative.trim() && say(language, 'facts.without', { words: negative.replace(/\s+/g, ' ').trim() }),
    painted && say(language, `facts.painted_${painted}`),
    strength && say(language, 'facts.strength', { value: String(strength) }),
  ].filter(Boolean);
  return parts.length === 0 ? undefined : shortened(parts.join(' · '), longest);
}

function minutes(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Why it failed or was not delivered, or that it is tried again, in one sentence; undefined where there is nothing to say. */
export function sentenceOfCard(
  { fault, undelivered, attempt }: Pick<Card, 'fault' | 'undelivered' | 'attempt'>,
  language: Language,
): string | undefined {
  if (fault !== undefined) return sentenceWithoutFolders(fault, language);
  if (undelivered !== undefined) return undeliveredSentence(undelivered, language);
  return attempt && say(language, 'card.again', attempt);
}

/** @param reason as the platform put it */
export function undeliveredSentence(reason: string, language: Language): string {
  return faultSentence({ code: 'job.undelivered', data: { reason } }, language);
}

function attemptOf({ fault, state, attempts }: Job): Card['attempt'] {
  const isAgain = (state === 'queued' && attempts > 0) || (state === 'running' && attempts > 1);
  if (fault !== undefined || !isAgain) return undefined;
  return { number: Math.min(attempts + (state === 'queued' ? 1 : 0), JOBS.attempts), of: JOBS.attempts };
}
