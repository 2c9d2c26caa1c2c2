/** What the driver's own tool says of the NVIDIA cards. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Milliseconds for an answer. */
const PATIENCE = 10_000;

/** A row for each card, its values in the order of the fields; none without the tool. @param fields as `nvidia-smi` names them */
export async function askDriver(fields: readonly string[], format = 'csv,noheader'): Promise<string[][]> {
  try {
    const query = [`--query-gpu=${fields.join(',')}`, `--format=${format}`];
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: PATIENCE });
    const rows = stdout.trim().split('\n');
    return rows.map((row) => row.split(',').map((value) => value.trim()));
  } catch {
    return [];
  }
}
