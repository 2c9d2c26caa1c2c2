/** A file system of its own that can be filled and freed: a real ENOSPC, where this user may mount one. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, rmSync, statfsSync } from 'node:fs';
import path from 'node:path';

const MEGABYTES = 192;
const BALLAST = 'ballast';

export class SmallDisk {
  private readonly folder: string;
  private readonly isMounted: boolean;

  /** @param folder exists and is empty */
  constructor(folder: string) {
    this.folder = folder;
    const mount = ['-t', 'tmpfs', '-o', `size=${MEGABYTES}m`, 'tmpfs', folder];
    this.isMounted = process.platform === 'linux' && spawnSync('mount', mount).status === 0;
  }

  /** @returns false where there is no such disk */
  fill(): boolean {
    if (!this.isMounted) return false;
    const { bavail, bsize } = statfsSync(this.folder);
    try {
      appendFileSync(path.join(this.folder, BALLAST), new Uint8Array(bavail * bsize));
      appendFileSync(path.join(this.folder, BALLAST), new Uint8Array(bsize));
    } catch {
      // That is the point.
    }
    return true;
  }

  free(): void {
    rmSync(path.join(this.folder, BALLAST), { force: true });
  }

  unmount(): void {
    if (this.isMounted) spawnSync('umount', ['-l', this.folder]);
  }
}
