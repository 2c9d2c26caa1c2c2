/** `models.json` in the folder of weights: models that the operator adds, in the shape of the built-in table. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { LIMITS } from './defaults.ts';
import { Fault } from './faults.ts';
import { modelDefaults } from './model-defaults.ts';
import { kindNamed, MODELS, type ModelEntry } from './models.ts';

const fileNames = z.union([
  z
    .string()
    .min(1)
    .transform((name) => [name]),
  z.array(z.string().min(1)).min(1),
]);
/** `null`: the model is to be used without this part. */
const maybeWithout = z.union([fileNames, z.null(), z.tuple([])]).transform((names) => names ?? []);

const lora = z.union([
  z
    .string()
    .min(1)
    .max(LIMITS.fileName)
    .transform((file) => ({ file, strength: 1 })),
  z.strictObject({
    file: z.string().min(1).max(LIMITS.fileName),
    strength: z.number().min(-LIMITS.loraStrength).max(LIMITS.loraStrength).default(1),
  }),
]);

const userModel = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be small letters, digits, ".", "_" or "-"'),
  title: z.string().min(1).max(LIMITS.name).optional(),
  /** The built-in model whose defaults, role and licence apply where this entry says nothing. */
  like: z.enum(['turbo', 'large', 'medium', 'medium-turbo']).default('large'),
  role: z.enum(['draft', 'final']).optional(),
  licence: z.enum(['stability', 'own']).optional(),
  defaults: modelDefaults.partial().default({}),
  /** Applied to every picture of this model, before those of a prompt. */
  loras: z.array(lora).max(LIMITS.loras).optional(),
  files: z.strictObject({
    checkpoint: fileNames,
    vae: fileNames.optional(),
    clipL: maybeWithout.optional(),
    clipG: maybeWithout.optional(),
    t5: maybeWithout.optional(),
    taesd: fileNames.optional(),
    /** Says nothing that the file does not say itself; kept for tables written before. */
    allInOne: z.boolean().default(false),
  }),
});
type UserModel = z.infer<typeof userModel>;

/** The operator's models first, then the built-in ones. @throws Fault `models.table` */
export function readModelTable(modelsDir: string): readonly ModelEntry[] {
  const file = join(modelsDir, 'models.json');
  if (!existsSync(file)) return MODELS;
  const refuse = (field: string, problem: string, cause?: unknown) =>
    new Fault('models.table', { file, field, problem }, cause);

  let json: unknown;
  try {
    if (statSync(file).size > LIMITS.tableBytes) throw new Error('it is longer than 1 MiB');
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw refuse('(all)', `the file cannot be read as JSON (${(cause as Error).message})`, cause);
  }
  const parsed = z.array(userModel).safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw refuse(issue.path.join('.') || '(all)', issue.message);
  }
  const names = new Set(MODELS.map((entry) => entry.name));
  return [
    ...parsed.data.map((model, index) => {
      if (names.has(model.name)) throw refuse(`${index}.name`, `the name "${model.name}" is taken`);
      names.add(model.name);
      return toEntry(model);
    }),
    ...MODELS,
  ];
}

function toEntry({ name, title, like, role, licence, defaults, files, loras }: UserModel): ModelEntry {
  const base = kindNamed(like);
  return {
    name,
    title: title ?? name,
    role: role ?? base.role,
    licence: licence ?? base.licence,
    defaults: { ...base.defaults, ...withoutUndefined(defaults) },
    files: { checkpoint: files.checkpoint },
    ...(loras && { loras }),
    named: {
      ...(files.vae && { vae: files.vae }),
      ...(files.clipL && { clipL: files.clipL }),
      ...(files.clipG && { clipG: files.clipG }),
      ...(files.t5 && { t5: files.t5 }),
      ...(files.taesd && { taesd: files.taesd }),
    },
    embedded: false,
  };
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;
}
