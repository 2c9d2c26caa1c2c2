/** Which other libraries a Linux library needs, read from its own header, and whether the system's loader would find them. */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';

const SECTION_DYNAMIC = 6;
const ENTRY_NEEDED = 1n;

/** Where Linux systems keep libraries besides the folders that they are told of. */
const SYSTEM_FOLDERS = [
  '/lib/x86_64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/lib64',
  '/usr/lib64',
  '/usr/lib',
  '/usr/local/cuda/lib64',
  '/usr/local/nvidia/lib64',
  '/usr/lib/wsl/lib',
];

/**
 * The names that a 64-bit little-endian ELF file asks for (`libcudart.so.13`); none where it is no such file.
 * Reads the section headers, the dynamic section and its strings, some kilobytes.
 */
export function neededLibraries(file: string): string[] {
  const descriptor = openSync(file, 'r');
  try {
    const size = statSync(file).size;
    const read = (offset: number, length: number) => {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - offset, 2 ** 24)));
      readSync(descriptor, bytes, 0, bytes.length, offset);
      return bytes;
    };
    const head = read(0, 64);
    if (head.length < 64 || head.readUInt32BE(0) !== 0x7f454c46 || head[4] !== 2 || head[5] !== 1) return [];
    const [offset, each, count] = [
      Number(head.readBigUInt64LE(40)),
      head.readUInt16LE(58),
      head.readUInt16LE(60),
    ];
    const sections = read(offset, each * count);
    const section = (i: number) => {
      const at = i * each;
      if (i >= count || each < 64 || at + each > sections.length) return undefined;
      return {
        type: sections.readUInt32LE(at + 4),
        offset: Number(sections.readBigUInt64LE(at + 24)),
        size: Number(sections.readBigUInt64LE(at + 32)),
        link: sections.readUInt32LE(at + 40),
      };
    };
    const all = Array.from({ length: count }, (_, i) => section(i));
    const dynamic = all.find((one) => one?.type === SECTION_DYNAMIC);
    const strings = dynamic && section(dynamic.link);
    if (!dynamic || !strings) return [];
    const entries = read(dynamic.offset, dynamic.size);
    const names = read(strings.offset, strings.size);
    const needed: string[] = [];
    for (let at = 0; at + 16 <= entries.length; at += 16) {
      if (entries.readBigInt64LE(at) !== ENTRY_NEEDED) continue;
      const from = Number(entries.readBigUInt64LE(at + 8));
      const end = names.indexOf(0, from);
      needed.push(names.toString('latin1', from, end < 0 ? names.length : end));
    }
    return needed;
  } finally {
    closeSync(descriptor);
  }
}

/** Where a library is found, in the given folders first; undefined where the loader would not find it. */
export function findLibrary(
  name: string,
  folders: readonly string[],
  system: readonly string[] = SYSTEM_FOLDERS,
): string | undefined {
  return [...folders, ...system].map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}
