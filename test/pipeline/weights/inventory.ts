/** The real models' tensor names and shapes, from the reference's inventory (which not every reference set has). */
import { reference } from '../../reference.ts';

export type Shapes = Readonly<Record<string, readonly number[]>>;
export interface Inventory {
  readonly keys: Shapes;
  readonly optional_keys?: Shapes;
  readonly hyper: Readonly<Record<string, unknown>>;
}
export interface DiffusersKeys {
  readonly keys: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly from: string; readonly op: string }>
  >;
}

export const hasInventory = reference().has('inventory');

export function inventory(name: string): Inventory {
  return reference().json('inventory', `${name}.json`);
}

export function diffusersInventory(name: string): { transformer: DiffusersKeys; vae: DiffusersKeys } {
  return reference().json('inventory', `${name}.diffusers.json`);
}

/** The shapes whose names begin with the prefix, without it. */
export function under(prefix: string, shapes: Shapes): Map<string, readonly number[]> {
  const own = Object.entries(shapes).filter(([name]) => name.startsWith(prefix));
  return new Map(own.map(([name, shape]) => [name.slice(prefix.length), shape]));
}
