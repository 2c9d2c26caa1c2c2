/**
 * What a file is that is no tensor file at all, told by its first bytes: what failed downloads and wrong clicks leave
 * behind. Each in words that fit into "FILE is ...; ...".
 */

export interface OtherFile {
  /** Stable, for scripts: `git_lfs`, `web_page`. */
  readonly kind: string;
  readonly what: string;
  readonly advice: string;
}

type Test = (head: Head) => boolean;

interface Head {
  readonly bytes: Uint8Array;
  /** One character a byte, so that places agree. */
  readonly text: string;
}

const starts =
  (...beginnings: readonly string[]): Test =>
  ({ text }) =>
    beginnings.some((beginning) => text.startsWith(beginning));
const looksLike =
  (pattern: RegExp): Test =>
  ({ text }) =>
    pattern.test(text);
const at =
  (place: number, beginning: string): Test =>
  ({ text }) =>
    text.slice(place, place + beginning.length) === beginning;

/** A protobuf whose first field is a small number (the version) and whose second is a text or a graph. */
const isOnnx: Test = ({ bytes }) =>
  bytes[0] === 0x08 && bytes[1]! > 0 && bytes[1]! < 0x20 && [0x12, 0x1a, 0x22, 0x3a].includes(bytes[2]!);

const PICKLE = 'a PyTorch pickle, which can run code when it is opened';
const CONVERT = 'convert it to .safetensors, or take a .safetensors file of it';
const AGAIN = 'fetch the model itself';

const SIGNATURES: readonly (readonly [kind: string, test: Test, what: string, advice: string])[] = [
  [
    'git_lfs',
    starts('version https://git-lfs'),
    'a Git LFS pointer, not the file it stands for',
    'run git lfs pull',
  ],
  [
    'web_page',
    looksLike(/^(\xef\xbb\xbf)?\s*(<!doctype html|<html|<head|<body|<!--|<\?xml[^>]*>\s*<!doctype html)/i),
    'a web page, not a model: the download needed a login or the address was not the file’s',
    'npm run models -- pull NAME fetches the model itself',
  ],
  [
    'error_answer',
    looksLike(/^\s*\{\s*"(error|message|detail|success|errors|code|statusCode)"/i),
    'an error message of a server, not a model: the download was refused',
    'npm run models -- pull NAME says what it needs (a licence accepted, a token)',
  ],
  [
    'error_text',
    looksLike(
      /^(invalid (username|credentials|token)|unauthorized|access (denied|to model)|forbidden|not found|entry not found|repository not found|internal server error|bad gateway|too many requests|rate limit|<Error>|<\?xml)/i,
    ),
    'an error message of a server, not a model: the download was refused',
    'npm run models -- pull NAME says what it needs (a licence accepted, a token)',
  ],
  [
    'pickle',
    (head) => starts('PK\x03\x04')(head) && /(\/data\.pkl|archive\/|\.pkl)/.test(head.text),
    PICKLE,
    CONVERT,
  ],
  ['pickle', starts('\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'), PICKLE, CONVERT],
  [
    'numpy_archive',
    (head) => starts('PK\x03\x04')(head) && /\.npy/.test(head.text),
    'a NumPy archive',
    CONVERT,
  ],
  [
    'pickle',
    starts('PK\x03\x04'),
    'a zip archive, as PyTorch checkpoints (.ckpt, .pt) are, which can run code when it is opened',
    CONVERT,
  ],
  ['numpy', starts('\x93NUMPY'), 'a NumPy array', CONVERT],
  ['hdf5', starts('\x89HDF\r\n'), 'an HDF5 (Keras) file', CONVERT],
  [
    'ggml',
    starts('lmgg', 'ggml', 'tjgg', 'fmgg', 'ggjt', 'ggmf'),
    'a file of GGML’s old form, before GGUF',
    'take a GGUF or .safetensors file',
  ],
  ['gguf_big_endian', starts('FUGG'), 'a GGUF file for big-endian machines', 'take the little-endian one'],
  ['tflite', at(4, 'TFL3'), 'a TensorFlow Lite model', CONVERT],
  [
    'tensorrt',
    starts('ftrt'),
    'a TensorRT engine, which is made for one card only',
    'take the .safetensors file',
  ],
  ['onnx', isOnnx, 'an ONNX model', 'take the .safetensors file'],
  ['picture', starts('\x89PNG', '\xff\xd8\xff', 'GIF8'), 'a picture', AGAIN],
  ['picture', (head) => starts('RIFF')(head) && at(8, 'WEBP')(head), 'a picture', AGAIN],
  ['pdf', starts('%PDF'), 'a PDF document', AGAIN],
  [
    'archive',
    starts('7z\xbc\xaf', 'Rar!', '\x1f\x8b', '\xfd7zXZ', 'BZh', '\x28\xb5\x2f\xfd'),
    'a packed archive',
    'unpack it first',
  ],
  ['archive', at(257, 'ustar'), 'a tar archive', 'unpack it first'],
  ['program', starts('\x7fELF', 'MZ', '#!'), 'a program, not a model', AGAIN],
  ['torrent', looksLike(/^d\d+:(announce|created|comment)/), 'a torrent, not the file it leads to', AGAIN],
  [
    'link',
    starts('[InternetShortcut]', 'L\x00\x00\x00\x01\x14\x02\x00'),
    'a link, not the file it leads to',
    AGAIN,
  ],
];

/** @param start the first bytes of the file, 4096 or all of them. @returns nothing for what may be a tensor file */
export function otherFile(start: Uint8Array, size: number): OtherFile | undefined {
  if (size === 0) return { kind: 'empty', what: 'empty', advice: 'download it again' };
  const head: Head = { bytes: start, text: Buffer.from(start.subarray(0, 4096)).toString('latin1') };
  for (const [kind, test, what, advice] of SIGNATURES) if (test(head)) return { kind, what, advice };
  if (start.every((byte) => byte === 0))
    return {
      kind: 'zeros',
      what: 'filled with zeros: space was reserved for a download that never started',
      advice: 'download it again',
    };
  if (size < 8) return { kind: 'too_short', what: `only ${size} bytes long`, advice: 'download it again' };
  return undefined;
}
