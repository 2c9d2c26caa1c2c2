/** What the inputs of a node may be: a link of a type, or a value in a range. Their order is that of the node's widgets in ComfyUI. */
import type { Value, Values, ValueType } from './values.ts';

/** Kinds of files that nodes name; each is looked for in folders of its own. */
export type FileKind = 'checkpoints' | 'diffusion_models' | 'text_encoders' | 'vae' | 'loras' | 'controlnet';

interface Common {
  /** The value where none is given; an input without one must be given. */
  readonly otherwise?: unknown;
  /** May be left out. */
  readonly optional?: true;
}

export type InputSpec = Common &
  (
    | { readonly kind: 'link'; readonly type: ValueType }
    | { readonly kind: 'whole'; readonly min: number; readonly max: number }
    | { readonly kind: 'seed' }
    | { readonly kind: 'number'; readonly min: number; readonly max: number }
    | { readonly kind: 'choice'; readonly names: readonly string[] }
    | { readonly kind: 'text' }
    | { readonly kind: 'switch' }
    | { readonly kind: 'file'; readonly of: FileKind }
    | { readonly kind: 'picture' }
  );

/** The largest seed of ComfyUI. */
export const LARGEST_SEED = 2n ** 64n - 1n;

export const link = <const T extends ValueType>(type: T) => ({ kind: 'link', type }) as const;
export const whole = (min: number, max: number, otherwise?: number) =>
  ({ kind: 'whole', min, max, otherwise }) as const;
/** Whole, 0 to 2^64 - 1; ComfyUI's page shows one more widget behind it (`control_after_generate`). */
export const seed = () => ({ kind: 'seed' }) as const;
export const number = (min: number, max: number, otherwise?: number) =>
  ({ kind: 'number', min, max, otherwise }) as const;
export const choice = <const N extends readonly string[]>(names: N, otherwise?: N[number]) =>
  ({ kind: 'choice', names, otherwise }) as const;
export const text = (otherwise?: string) => ({ kind: 'text', otherwise }) as const;
export const yesOrNo = (otherwise?: boolean) => ({ kind: 'switch', otherwise }) as const;
/** Becomes the file's absolute path. */
export const file = (of: FileKind) => ({ kind: 'file', of }) as const;
/** Becomes the name under which the run has the picture's bytes; ComfyUI's page shows an upload button behind it. */
export const picture = () => ({ kind: 'picture' }) as const;
export const optional = <const S extends InputSpec>(spec: S) => ({ ...spec, optional: true }) as const;

type Required<S extends InputSpec> = S extends { kind: 'link'; type: infer T extends ValueType }
  ? Values[T]
  : S extends { kind: 'choice'; names: readonly (infer N)[] }
    ? N
    : S extends { kind: 'whole' | 'number' }
      ? number
      : S extends { kind: 'seed' }
        ? number | bigint
        : S extends { kind: 'switch' }
          ? boolean
          : string;

/** What a node's `run` is handed for an input. */
export type InputValue<S extends InputSpec> = S extends { optional: true }
  ? Required<S> | undefined
  : Required<S>;

export type InputSpecs = Readonly<Record<string, InputSpec>>;
export type InputsOf<I extends InputSpecs> = { readonly [N in keyof I]: InputValue<I[N]> };
export type AnyInputs = Readonly<Record<string, Value | undefined>>;
