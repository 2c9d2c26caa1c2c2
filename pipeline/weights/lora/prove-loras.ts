/** A LoRA made for another model would change nothing, and nobody would notice: it is refused instead. */
import { basename } from 'node:path';
import { Fault } from '../../../config/faults.ts';
import type { LoraUse } from '../lora-use.ts';
import type { PatchedNetworks } from './names.ts';
import { readLora } from './read-lora.ts';

/**
 * Only headers are read.
 * @throws Fault `lora.no_change`; weights.* of a file that is no safetensors file
 */
export function proveLoras(loras: readonly LoraUse[], networks: PatchedNetworks): void {
  for (const { file } of loras)
    if (readLora(file, networks).patches.length === 0)
      throw new Fault('lora.no_change', { name: basename(file) });
}
