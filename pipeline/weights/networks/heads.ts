/** Attention heads: what a geometry file says, or else the official rule of a fixed head size. */
import { Fault } from '../../../config/faults.ts';

/** Features a head in every official SD3.5 network. */
export const OFFICIAL_HEAD_SIZE = 64;

/**
 * @param said the number of heads in the geometry file
 * @throws Fault weights.heads when the width is no multiple
 */
export function headCount(width: number, said: number | undefined, file: string, network: string): number {
  const heads = said ?? width / OFFICIAL_HEAD_SIZE;
  if (Number.isInteger(heads) && width % heads === 0) return heads;
  throw new Fault('weights.heads', {
    file,
    network,
    width,
    rule: said === undefined ? `heads of ${OFFICIAL_HEAD_SIZE}` : `${said} heads`,
  });
}
