/** Stability's own files by their names, in all the spellings that people have them in; a fine-tune's name is none of these. */
import { basename } from 'node:path';

export type OfficialName = 'turbo' | 'large' | 'medium';

const BASE =
  /^(?:stabilityai[-_ ]*)?(?:sd|stable[-_ ]?diffusion)[-_ ]?v?3[._-]?5[-_ ]?(large[-_ ]?turbo|large|medium|m|l)(.*)$/i;
/** What may follow: types, sizes, what is inside. */
const REST =
  /^([-_. ]*(fp32|fp16|fp8|bf16|f32|f16|f8|e4m3fn|e5m2|fp8e4m3fn|scaled|pure|pruned|ema|only|unet|transformer|diffusers|diffusion|model|incl|clips|t5xxl|t5|t5xxlfp8scaled|t5xxlfp16|t5xxlfp8|nf4|bnb|4bit|8bit|int8|iq\d_\w+|q\d(_\d|_k)?(_[sml])?|gguf|safetensors|sft|v?1(\.0)?|\d{5}-of-\d{5}))*$/i;

/** Which of the official models a path is by its name; the repository's where it lies in a Hugging Face cache. */
export function officialName(path: string): OfficialName | undefined {
  const names = [basename(path), ...repositoryOf(path)];
  for (const name of names) {
    const [, model, rest] = BASE.exec(name) ?? [];
    if (model === undefined || !REST.test(rest!)) continue;
    if (/turbo/i.test(model)) return 'turbo';
    return /^l/i.test(model) ? 'large' : 'medium';
  }
  return undefined;
}

/** `.../models--stabilityai--stable-diffusion-3.5-large/snapshots/...` -> `stable-diffusion-3.5-large` */
function repositoryOf(path: string): string[] {
  const [, name] = /models--stabilityai--([^/\\]+)/.exec(path) ?? [];
  return name === undefined ? [] : [name];
}
