/** What this installation has and allows, as commands see it. */
import type { ModelDefaults } from '../config/models.ts';
import type { Style } from '../config/styles.ts';
import type { PictureRequest } from '../pipeline/request.ts';
import type { Size } from './options.ts';
import type { ChosenModel, ImagineContext, Numbers } from './read-imagine.ts';

/** A model that Darkroom knows. */
export interface KnownModel {
  readonly name: string;
  readonly title: string;
  readonly role: 'draft' | 'final';
  readonly licence: 'stability' | 'own';
  readonly defaults: ModelDefaults;
  /** Part of Darkroom itself. */
  readonly embedded: boolean;
  /** Its files are here and, where it needs one, its licence was accepted. */
  readonly usable: boolean;
  /** The name of the file that it is loaded from, and the type of most of its weights. */
  readonly file?: string;
  readonly type?: string;
}

/** What takes the place of a workflow's own values. */
export interface WorkflowChanges {
  readonly prompt?: string;
  readonly negative?: string;
  readonly seed?: number;
  readonly steps?: number;
  readonly cfg?: number;
  readonly size?: Size;
  readonly count?: number;
}

/** The bytes of a picture by the beginning of its SHA-256, if they are known. */
export type FindPicture = (digest: string) => Promise<Uint8Array | undefined>;

export interface Installation {
  readonly styles: readonly Style[];
  readonly models: readonly KnownModel[];
  /** Each device, the model that it drew with last, and of its memory what models take and may take (bytes). */
  devices?(): readonly {
    readonly device: string;
    readonly model?: string;
    readonly memory?: { readonly held: number; readonly budget: number };
  }[];
  /** Devices that were tried and are not used, and why. */
  refusedDevices?(): readonly { readonly device: string; readonly reason: string }[];
  /** The named model, or the default one. @throws Fault models.*, weights.* */
  chooseModel(name: string | undefined, label: string): ChosenModel;
  /** Proves that a start picture can be decoded. @throws Fault image.* */
  checkPicture: ImagineContext['checkPicture'];
  /** Words that a model was never taught; absent where that is known of no model. */
  unknownWords?: NonNullable<ImagineContext['unknownWords']>;
  /** Refuses numbers that cannot be computed with; absent where that is found out later. @throws Fault `sampling.impossible`, `prompt.weight` */
  checkNumbers?(request: Numbers): Promise<void>;
  /** Refuses words that are not allowed here. @throws Fault `safety.words` */
  checkWords(option: 'prompt' | 'negative', words: string): void;
  /** Names of the LoRA files that may be used; absent where nobody may. */
  loras?(): readonly string[];
  /** The path of one of them. @throws Fault `lora.missing` */
  findLora?(name: string): string;
  /** Refuses files that change nothing in a model. @throws Fault `lora.no_change`, weights.* */
  checkLoras?(loras: NonNullable<PictureRequest['loras']>, model: ChosenModel): void;
  /** The path of a ControlNet; absent where nobody may use them. @throws Fault `file.unreadable` */
  findControlNet?(name: string): string;
  /** Names of the ControlNets that may be used; absent where nobody may. */
  controlNets?(): readonly string[];
  /**
   * The request for a workflow that a PNG carries, with these changes; absent where nobody may run one.
   * @param ownPicture finds a picture that it starts from, by the beginning of its SHA-256, among the sender's own
   * @throws Fault `workflow.*`, `models.licence`, `safety.words`
   */
  readWorkflow?(png: Uint8Array, changes: WorkflowChanges, ownPicture: FindPicture): Promise<PictureRequest>;
  /** A whole number, 0 .. 2^53-1. */
  randomSeed(): number;
  newId(): string;
}
