/** `npm run imagine`: one request from the command line through queue and worker to a PNG file. */
import { join } from 'node:path';
import { isStyleLeftOut } from '../../commands/read-imagine.ts';
import { Fault } from '../../config/faults.ts';
import { readStyles } from '../../config/styles.ts';
import { encodePng, sizeOf } from '../../pipeline/image/png.ts';
import type { PictureResult, Pixels } from '../../pipeline/request.ts';
import { writeSafetensors } from '../../pipeline/weights/write-safetensors.ts';
import { nearestWords, sayUnknown, unknownWords } from '../messages/known-words.ts';
import { promptNotes, sayPromptNotes } from '../messages/prompt-notes.ts';
import { helpText } from './help.ts';
import { loraNotes } from './lora-notes.ts';
import { makePlan, numberedPaths, type Plan } from './plan.ts';
import { duration, openProgress } from './progress-bar.ts';
import { readCommandLine } from './read-command-line.ts';
import type { JobEvent } from './render-queue.ts';
import type { Terminal } from './terminal.ts';
import { makeFolder, writeWhole } from './write-files.ts';

/** Runs the command. Resolves to the exit code: 0 done, 1 failed, 2 the command is wrong and nothing was done. */
export async function runImagine(terminal: Terminal): Promise<0 | 1 | 2> {
  const log: string[] = [];
  try {
    const line = readCommandLine(terminal.argv);
    if (line.help) {
      terminal.stdout.write(helpText());
      return 0;
    }
    const plan = await makePlan(line, terminal);
    const result = await render(plan, terminal, log);
    await report(plan, result, terminal);
    return 0;
  } catch (error) {
    const fault = error instanceof Fault ? error : new Fault('pipeline.failed', {}, error);
    terminal.stderr.write(`${fault.message}\n`);
    if (fault.blame === 'input') return 2;
    if (!(error instanceof Fault))
      log.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    if (fault.code !== 'cancelled' && log.length > 0) terminal.stderr.write(`${log.join('\n')}\n`);
    return 1;
  }
}

async function render(plan: Plan, terminal: Terminal, log: string[]): Promise<PictureResult> {
  const { request, line } = plan;
  const quiet = line.json && !terminal.stderr.isTTY;
  const progress = openProgress(quiet ? { write: () => {} } : terminal.stderr);
  const previews = plan.previews === undefined ? undefined : keepPreviews(plan.previews, request.steps);
  const renderQueue = await terminal.openRenderQueue(plan.settings, line.device, (text) => log.push(text));
  const stop = () => void renderQueue.close();
  terminal.signal.addEventListener('abort', stop, { once: true });
  try {
    const show = (event: JobEvent) => {
      progress.show(event);
      previews?.keep(event);
    };
    const result = await renderQueue.submit(request, show, terminal.signal);
    await previews?.done();
    return result;
  } catch (error) {
    throw terminal.signal.aborted ? new Fault('cancelled', {}, error) : error;
  } finally {
    terminal.signal.removeEventListener('abort', stop);
    await renderQueue.close();
    progress.end();
  }
}

/** Writes each step's preview as `step-NN.png` while the next step is computed; the folder is made with the first. */
function keepPreviews(folder: string, steps: number) {
  const digits = Math.max(2, String(steps).length);
  const writing: Promise<void>[] = [];
  async function write(index: number, preview: Pixels): Promise<void> {
    await makeFolder(folder);
    const name = `step-${String(index).padStart(digits, '0')}.png`;
    await writeWhole(join(folder, name), await encodePng(preview));
  }
  return {
    keep(event: JobEvent): void {
      if (event.type !== 'step' || event.preview === undefined) return;
      const written = write(event.index, event.preview);
      written.catch(() => {}); // reported by done(); until then nobody waits for it
      writing.push(written);
    },
    done: () => Promise.all(writing),
  };
}

async function report(plan: Plan, result: PictureResult, { stdout, stderr }: Terminal): Promise<void> {
  const { request, latents, line, settings } = plan;
  // A workflow may save more pictures than it says anywhere, or fewer.
  const pictures = numberedPaths(plan.out, result.pictures.length);
  for (const [i, picture] of result.pictures.entries()) await writeWhole(pictures[i]!, picture);
  if (latents !== undefined) await writeWhole(latents, writeSafetensors(result.tensors ?? {}));

  if (plan.without.length > 0) stderr.write(`${drawnWithout(plan.without)}\n`);
  const known = { styles: readStyles(settings.stylesFile), unknownWords };
  const isPlain = line.workflow === undefined && isStyleLeftOut(line.options.style, request, known);
  const noted = [...promptNotes(request), ...(isPlain ? (['style'] as const) : [])];
  const notes = [...sayPromptNotes(noted, 'en'), ...loraNotes(request)];
  for (const one of notes) stderr.write(`${one}.\n`);
  const unknown = unknownWords(request);
  const note = sayUnknown(unknown, 'en');
  if (note !== undefined) stderr.write(`${note}\n`);

  const { seed, steps, sampler, scheduler, cfg } = request;
  const { width, height } = sizeOf(result.pictures[0]) ?? request;
  const model = request.model.name;
  if (line.json) {
    const file = pictures[0];
    const { timings } = result;
    const facts = {
      file,
      files: pictures,
      seed,
      model,
      width,
      height,
      steps,
      sampler,
      scheduler,
      cfg,
      timings,
      ...(plan.without.length === 0 ? {} : { without: plan.without }),
      ...(unknown.length === 0 ? {} : { unknown_words: unknown, nearest_words: nearestWords(unknown) }),
      ...(notes.length === 0 ? {} : { notes }),
    };
    stdout.write(`${JSON.stringify(facts)}\n`);
    return;
  }
  const facts = [
    `seed ${seed}`,
    model,
    `${width}x${height}`,
    `${steps} steps`,
    duration(result.timings.total_ms),
  ];
  for (const path of pictures) stdout.write(`${path} · ${facts.join(' · ')}\n`);
}

const ENCODER_WORDS = { clip_l: 'CLIP-L', clip_g: 'CLIP-G', t5xxl: 'T5' } as const;

/** One line about the text encoders that a picture was made without, and what that means. */
function drawnWithout(without: Plan['without']): string {
  const names = without.map((role) => ENCODER_WORDS[role]).join(' and ');
  const loss = without.includes('t5xxl')
    ? 'long prompts and lettering lose by it'
    : 'prompts are followed less closely';
  return `Drawn without ${names}: no file of it was named or found, and ${loss}; npm run models lists what is here.`;
}
