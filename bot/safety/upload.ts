/** Somebody's picture on its way in: never more than the limit in memory, and what it says of itself checked. */
import { LIMITS } from '../../config/defaults.ts';
import { Fault } from '../../config/faults.ts';
import { GatheredBytes } from './gathered-bytes.ts';

/** Length, type by content, size, a single frame; nothing is decoded yet. @throws Fault `image.*` */
export { checkUpload } from '../../pipeline/image/check-upload.ts';

/** All bytes of a stream. @param announced its length, where the sender says so @throws Fault `image.bytes` as soon as it is too long */
export async function readUpload(
  stream: AsyncIterable<Uint8Array>,
  announced = 0,
  image = 'The picture',
): Promise<Uint8Array> {
  const limit = LIMITS.uploadBytes;
  const gathered = new GatheredBytes();
  let bytes = announced;
  let received = 0;
  if (bytes > limit) throw new Fault('image.bytes', { image, bytes, limit });
  for await (const chunk of stream) {
    received += chunk.length;
    bytes = Math.max(bytes, received);
    if (bytes > limit) throw new Fault('image.bytes', { image, bytes, limit });
    gathered.add(chunk);
  }
  return gathered.whole();
}
