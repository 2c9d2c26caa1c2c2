/** Whether a PNG tells how it was made: looked up by the names of its texts, which the service then reads. */

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Of the texts that A1111, ComfyUI and we write. */
const TELLING = ['parameters', 'prompt', 'workflow'];
const TEXTS = ['tEXt', 'iTXt'];
/** Bytes of a chunk that is not its data. */
const AROUND = 12;
/** Characters of the longest name. */
const LONGEST = 10;

/** @param {Blob} file @returns {Promise<boolean>} */
export async function tellsItsStory(file) {
  const bytes = new DataView(await file.arrayBuffer());
  if (SIGNATURE.some((byte, at) => at >= bytes.byteLength || bytes.getUint8(at) !== byte)) return false;
  for (let at = SIGNATURE.length; at + AROUND <= bytes.byteLength; ) {
    const length = bytes.getUint32(at);
    const data = Math.min(at + 8 + LONGEST + 1, bytes.byteLength);
    const [name] = lettersOf(bytes, at + 8, data).split('\0');
    if (TEXTS.includes(lettersOf(bytes, at + 4, at + 8)) && TELLING.includes(name ?? '')) return true;
    at += length + AROUND;
  }
  return false;
}

/** @param {DataView} bytes @param {number} from @param {number} to */
function lettersOf(bytes, from, to) {
  return String.fromCharCode(...new Uint8Array(bytes.buffer, from, to - from));
}
