/** Models that are missing or must be fetched, pictures to start from, tokenizers, LoRA and control files. */
import { input, operators } from './entry.ts';
import { bytesInWords } from './in-words.ts';

interface Near {
  readonly name: string;
  readonly near: readonly string[];
}
const countNear = ({ near }: Near) => ({ count: near.length });

export const MODELS = {
  'models.unknown': input<{ option: string; name: string; installed: readonly string[] }>(),
  'models.not_installed': input<{ option: string; name: string }>(),
  /** The same for whoever runs the program, with its folders. */
  'models.missing_files': operators.input<{
    option: string;
    name: string;
    files: readonly string[];
    folders: readonly string[];
    advice: string;
  }>(),
  'models.licence': input<{ name: string }>(),
  'models.table': operators.input<{ file: string; field: string; problem: string }>(),
  /** Both in bytes. */
  'pull.no_room': operators.failure<{ folder: string; needed: number; free: number }>(
    ({ needed, free }, language) => ({
      needed: bytesInWords(needed, language),
      free: bytesInWords(free, language),
    }),
  ),
  /** `page`: the repository's; `tokens`: where tokens are made. */
  'pull.gated': operators.failure<{ page: string; tokens: string }>(),
  'pull.token': operators.failure<{ page: string; tokens: string }>(),
  'pull.not_there': operators.failure<{ repository: string; path: string; endpoint: string }>(),
  'pull.unreachable': operators.failure<{ endpoint: string; problem: string }>(),
  'pull.checksum': operators.failure<{ path: string; endpoint: string }>(),
  /** `size`: in bytes, as the hub says it. */
  'pull.too_long': operators.failure<{ path: string; size: number }>(),
  'pull.other_thing': operators.failure<{ path: string; what: string }>(),
  'image.type': input<{ image: string }>(),
  'image.bytes': input<{ image: string; bytes: number; limit: number }>(),
  /** `limit`: pixels in all. */
  'image.pixels': input<{ image: string; width: number; height: number; limit: number }>(),
  'image.frames': input<{ image: string; frames: number }>(),
  'image.broken': input<{ image: string }>(),
  'tokenizers.unreadable': input<{ file: string; cause: string }>(),
  'tokenizers.invalid': input<{ file: string; reason: string }>(),
  'tokenizers.unfit': input<{ file: string; ids: number; encoder: string; rows: number }>(),
  'lora.off': input<{ option: string }>(),
  /** What people in a chat are told instead of folders: the nearest names. */
  'lora.unknown': input<Near>(countNear),
  'control.unknown': input<Near>(countNear),
  'lora.missing': input<{ name: string; folders: readonly string[] }>(),
  'lora.no_change': input<{ name: string }>(),
  'control.no_vae': input(),
};
