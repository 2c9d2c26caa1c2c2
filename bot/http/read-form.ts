/** A form (`multipart/form-data`), read as it comes in: few parts, short values, and files. */
import { Busboy, type BusboyConfig, type BusboyHeaders } from '@fastify/busboy';
import { Fault } from '../../config/faults.ts';
import { GatheredBytes } from '../safety/gathered-bytes.ts';
import { asBytes, decodeBase64 } from './base64.ts';

/** Parts of a form: there are not half as many options. */
const PARTS = 40;
/** Bytes of a value that is no file. */
const LONGEST_VALUE = 64 * 1024;
const LONGEST_NAME = 100;
/** Bytes that are looked at before it is asked whether something is wrong. */
const SLICE = 4096;

/**
 * @param type the whole `content-type` header @param files names of the values that are files
 * @throws Fault `http.body`, `option.value`
 */
export async function parseForm(
  chunks: AsyncIterable<Buffer>,
  type: string,
  files: readonly string[],
): Promise<Record<string, unknown>> {
  const fields = new Map<string, string | GatheredBytes>();
  /** What is wrong; looked at after every chunk. */
  let fault: Fault | undefined;
  const refuse = (problem: string, cause?: unknown) => {
    fault ??= new Fault('http.body', { problem }, cause);
  };
  const parser = openParser(type, files.length);
  const keep = (name: string, value: string | GatheredBytes) => {
    if (fields.has(name)) refuse(`it has the field ${name} twice`);
    fields.set(name, value);
  };
  parser.on('field', (name, value, isNameCut, isValueCut) => {
    if (isNameCut) refuse(`it has a field whose name is longer than ${LONGEST_NAME} bytes`);
    if (isValueCut) refuse(`its field ${name} is longer than ${LONGEST_VALUE} bytes`);
    keep(name, value);
  });
  parser.on('file', (name, file) => {
    const bytes = new GatheredBytes();
    keep(name, bytes);
    file.on('data', (chunk: Buffer) => bytes.add(chunk));
    // Told by the parser as well.
    file.on('error', () => {});
  });
  for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
    parser.on(limit, () => refuse(`it has more than ${PARTS} fields or ${files.length} files`));
  }
  const finished = new Promise<void>((resolve) => {
    parser.once('finish', () => resolve());
    parser.on('error', (error) => {
      refuse('it is not a valid form', error);
      resolve();
    });
  });
  for await (const chunk of chunks) {
    // A thousand parts fit into one chunk; a slice has no more of them than a form may have.
    for (let at = 0; at < chunk.length; at += SLICE) {
      parser.write(chunk.subarray(at, at + SLICE));
      if (fault !== undefined) throw fault;
    }
  }
  parser.end();
  await finished;
  if (fault !== undefined) throw fault;
  const read = async ([name, value]: readonly [string, string | GatheredBytes]) => {
    if (typeof value !== 'string') return [name, asBytes(await value.whole())] as const;
    return [name, files.includes(name) ? await decodeBase64(Buffer.from(value), name) : value] as const;
  };
  return Object.fromEntries(await Promise.all([...fields].map(read)));
}

function openParser(type: string, files: number): InstanceType<typeof Busboy> {
  const limits: BusboyConfig['limits'] = {
    fieldNameSize: LONGEST_NAME,
    fieldSize: LONGEST_VALUE,
    fields: PARTS,
    files,
    parts: PARTS,
    headerPairs: 10,
    headerSize: 4096,
  };
  try {
    return new Busboy({ headers: { 'content-type': type } as BusboyHeaders, limits });
  } catch (error) {
    throw new Fault('http.body', { problem: 'it is not a valid form' }, error);
  }
}
