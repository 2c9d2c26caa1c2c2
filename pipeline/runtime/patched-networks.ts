/** Networks with LoRA files on them: the same object for the same files, as long as none of them was replaced. */
import { LRUCache } from 'lru-cache';
import { currentStamp } from '../weights/file-stamp.ts';
import type { MmditGeometry, Network } from '../weights/geometry.ts';
import type { PatchedName, PatchedNetworks } from '../weights/lora/names.ts';
import type { NetworkPatches } from '../weights/lora/patch.ts';
import { patchesByNetwork, readLora } from '../weights/lora/read-lora.ts';
import type { SafetensorsFile } from '../weights/safetensors.ts';
import type { TextSource } from './prompt-encoder.ts';
import type { TextNetworks } from './text-encoders.ts';

/** Sets of files remembered for one network. */
const REMEMBERED = 16;

interface Known<T> {
  readonly made: T;
  readonly files: readonly Pick<SafetensorsFile, 'file' | 'stamp'>[];
}

export class PatchedNetworkCache {
  readonly #known = new WeakMap<object, LRUCache<string, Known<object>>>();

  /**
   * @param loras absolute paths, in the order in which they are applied; a file may be there twice
   * @throws Fault weights.* of a file that is no safetensors file
   */
  transformer(network: Network<MmditGeometry>, loras: readonly string[]): Network<MmditGeometry> {
    return this.#remember(network, loras, () => {
      const { patches, files } = readPatches({ mmdit: network }, loras);
      const own = patches.get('mmdit');
      return { made: own ? { ...network, patches: own } : network, files };
    });
  }

  /** @throws Fault weights.* */
  text(source: TextSource, loras: readonly string[]): TextSource {
    return this.#remember(source, loras, () => {
      const { patches, files } = readPatches(source.networks, loras);
      const networks: { -readonly [N in keyof TextNetworks]: TextNetworks[N] } = { ...source.networks };
      for (const role of ['clip_l', 'clip_g', 't5xxl'] as const) {
        const own = patches.get(role);
        if (own) Object.assign(networks, { [role]: { ...networks[role], patches: own } });
      }
      const made = patches.size > 0 ? { ...source, networks, files: [...source.files, ...files] } : source;
      return { made, files };
    });
  }

  #remember<T extends object>(base: T, loras: readonly string[], make: () => Known<T>): T {
    if (loras.length === 0) return base;
    const own = this.#known.get(base) ?? new LRUCache<string, Known<object>>({ max: REMEMBERED });
    this.#known.set(base, own);
    const key = JSON.stringify(loras);
    const known = own.get(key);
    if (known?.files.every(({ file, stamp }) => currentStamp(file) === stamp)) return known.made as T;
    const fresh = make();
    own.set(key, fresh);
    return fresh.made;
  }
}

function readPatches(networks: PatchedNetworks, loras: readonly string[]) {
  const read = loras.map((path) => readLora(path, networks));
  const patches = new Map<PatchedName, NetworkPatches>();
  for (const [name, byTensor] of patchesByNetwork(read))
    patches.set(name, { strengths: loras.length, roundsToHalf: name !== 'mmdit', byTensor });
  return { patches, files: read.map(({ file }) => file) };
}
