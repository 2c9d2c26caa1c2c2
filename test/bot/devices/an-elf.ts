/** The smallest 64-bit ELF library that asks for others by name. */
const HEADER = 64;
const SECTION = 64;
const ENTRY = 16;

export function elfThatNeeds(names: readonly string[]): Buffer {
  const strings = Buffer.from(`\0${names.map((name) => `${name}\0`).join('')}`);
  const dynamic = Buffer.alloc((names.length + 1) * ENTRY);
  let place = 1;
  names.forEach((name, i) => {
    dynamic.writeBigInt64LE(1n, i * ENTRY);
    dynamic.writeBigUInt64LE(BigInt(place), i * ENTRY + 8);
    place += name.length + 1;
  });
  const header = Buffer.alloc(HEADER);
  header.writeUInt32BE(0x7f454c46, 0);
  header[4] = 2;
  header[5] = 1;
  const dynamicAt = HEADER;
  const stringsAt = dynamicAt + dynamic.length;
  const sectionsAt = stringsAt + strings.length;
  header.writeBigUInt64LE(BigInt(sectionsAt), 40);
  header.writeUInt16LE(SECTION, 58);
  header.writeUInt16LE(3, 60);
  const section = (type: number, offset: number, size: number, link: number) => {
    const bytes = Buffer.alloc(SECTION);
    bytes.writeUInt32LE(type, 4);
    bytes.writeBigUInt64LE(BigInt(offset), 24);
    bytes.writeBigUInt64LE(BigInt(size), 32);
    bytes.writeUInt32LE(link, 40);
    return bytes;
  };
  const sections = [
    section(0, 0, 0, 0),
    section(6, dynamicAt, dynamic.length, 2),
    section(3, stringsAt, strings.length, 0),
  ];
  return Buffer.concat([header, dynamic, strings, ...sections]);
}
