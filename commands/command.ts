/**
 * What a command is: a name, options, and a handler that is told who asks where, and answers in words, pictures and
 * buttons that every surface can show in its own way. No platform's types here.
 */
import type { Language } from '../config/languages.ts';
import type { Words } from '../config/messages.ts';
import type { Installation } from './installation.ts';
import type { JobService } from './job-service.ts';
import type { Option, OptionName, RawValue } from './options.ts';

export type CommandOptions = Readonly<Record<string, Option>>;

/** Values as a surface hands them over, by option name. What they mean is read by the command. */
export type Given = { readonly [option: string]: RawValue | undefined };

export interface Command {
  readonly name: string;
  /** One line for a menu or a help page. */
  readonly description: Words;
  readonly options: CommandOptions;
  /** The option that words without a flag belong to; without it a typed command takes no words. */
  readonly words?: string;
  /** It answers with a job, and takes what is chosen beside its words. */
  readonly draws?: true;
  /** @throws Fault whose sentence the asker is to be told, privately. */
  run(given: Given, context: CommandContext): Promise<CommandResult>;
}

/** Somebody on one surface; the same human on two surfaces is two persons. */
export interface Person {
  readonly surface: string;
  readonly id: string;
  /** For display; never used to tell people apart. */
  readonly name: string;
}

export interface Where {
  readonly surface: string;
  readonly channel: string;
}

export interface CommandContext {
  readonly by: Person;
  readonly where: Where;
  /** In which everything is said to the one who asks. */
  readonly language: Language;
  readonly jobs: JobService;
  readonly installation: Installation;
  /** The bytes behind an address that the person gave as a picture; absent where the surface has no such hosts. */
  readonly fetchPicture?: (address: string) => Promise<Uint8Array>;
  /** The platform's id of the message that an address leads to; undefined for any other text. */
  readonly messageOf?: (link: string) => string | undefined;
  /** The job whose Remix form this is. */
  readonly remixOf?: string;
  /** What the surface calls an option of `/imagine` in sentences; its own name where absent. */
  readonly label?: (name: OptionName) => string;
}

/** `job`: a request was accepted, and its message is brought by the jobs' own way. */
export type CommandResult = { readonly job: string } | Reply;

export interface Reply {
  /** Only the asker shall see it. */
  readonly private: boolean;
  readonly title?: string;
  /** Plain text without markup, one paragraph each. Anybody's own words in it cannot mention anyone. */
  readonly lines: readonly string[];
  readonly fields?: readonly ReplyField[];
  readonly pictures?: readonly ReplyPicture[];
  /** Each picture is wanted as it is, with what its file carries; else a smaller look at it will do. */
  readonly asFiles?: true;
  readonly buttons?: readonly ReplyButton[];
}

export interface ReplyField {
  readonly name: string;
  readonly value: string;
}

/** One picture of a finished job. */
export interface ReplyPicture {
  readonly job: string;
  /** From 0. */
  readonly index: number;
  /** What it shows, for those who do not see it: the prompt. */
  readonly alt: string;
  readonly caption: string;
}

/** Pressing it is the same as typing `types`, at most 90 characters, so that it fits a platform's button id. */
export interface ReplyButton {
  readonly label: string;
  readonly types: string;
  readonly look: 'plain' | 'danger';
}

export function isReply(result: CommandResult): result is Reply {
  return 'lines' in result;
}
