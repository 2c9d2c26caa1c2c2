/**
 * The page's scripts and styles, each with all that it imports in one file: fifty small ones would take a phone fifty
 * answers, six at a time, over a network on which each takes half a second.
 */
import path from 'node:path';

/** Of the scripts. Styles stay as they are written. */
const TARGET = 'es2022';

/**
 * @param folder where the sources lie
 * @param entries such as `main.js`
 * @returns by those names, without spaces and comments
 */
export async function bundlePage(
  folder: string,
  entries: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { build, stop } = await import('esbuild');
  try {
    const { outputFiles } = await build({
      absWorkingDir: folder,
      entryPoints: [...entries],
      // Nothing is written: the names alone are looked at.
      ...{ outdir: folder, write: false, allowOverwrite: true },
      ...{ bundle: true, minify: true, format: 'esm', target: TARGET, logLevel: 'silent' },
    });
    return new Map(outputFiles.map((file) => [path.basename(file.path), file.contents]));
  } finally {
    // Its process would stay for as long as ours.
    await stop();
  }
}
