/** A local stand-in of PyPI: its JSON lists, ranges of its files, and connections that break on request; and wheels for it. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32, deflateRawSync } from 'node:zlib';

/** A wheel whose RECORD is right but for what is spoilt on purpose. */
export function wheelOf(
  files: Readonly<Record<string, Buffer>>,
  spoil: Readonly<Record<string, Buffer>> = {},
): Buffer {
  const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('base64url');
  const record = Object.entries(files).map(
    ([name, bytes]) => `${name},sha256=${digest(bytes)},${bytes.length}`,
  );
  const all = {
    ...files,
    ...spoil,
    'p-1.dist-info/RECORD': Buffer.from(`${record.join('\n')}\np-1.dist-info/RECORD,,\n`),
  };
  const [local, central]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const [name, bytes] of Object.entries(all)) {
    const packed = deflateRawSync(bytes);
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(8, 8);
    head.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(crc32(bytes), 16);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(bytes.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    local.push(head, Buffer.from(name), packed);
    central.push(entry, Buffer.from(name));
    at += 30 + name.length + packed.length;
  }
  const list = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(all).length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...local, list, end]);
}

export async function openIndex(packages: Readonly<Record<string, Readonly<Record<string, Buffer>>>>) {
  const requests: { url: string; range?: string }[] = [];
  const cut = { after: undefined as number | undefined };
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    const { range } = request.headers;
    requests.push({ url, ...(range && { range }) });
    const [, , name = '', file] = url.split('/');
    const files = packages[name];
    if (!files) return response.writeHead(404).end();
    if (!file) {
      const listed = Object.entries(files).map(([filename, bytes]) => ({
        filename,
        url: `/simple/${name}/${filename}`,
        size: bytes.length,
        hashes: { sha256: createHash('sha256').update(bytes).digest('hex') },
      }));
      return response.setHeader('content-type', 'application/json').end(JSON.stringify({ files: listed }));
    }
    const bytes = files[file]!;
    const from = Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
    const part = bytes.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': part.length,
      ...(from > 0 && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
    });
    const { after } = cut;
    if (after === undefined || after >= part.length) return response.end(part);
    cut.after = undefined;
    return response.write(part.subarray(0, after), () => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`,
    requests,
    /** The next file's connection breaks after so many bytes. */
    cutAfter: (bytes: number) => {
      cut.after = bytes;
    },
    close: () => server.close(),
  };
}
