/** Devices with what they are, or why they cannot be used; models with what they lack. */
import { cpus, totalmem } from 'node:os';
import { bytesInWords } from '../../config/faults.ts';
import { comfyuiAddress, isProcessor } from '../../config/settings.ts';
import type { DeviceTraits } from '../../pipeline/runtime/arithmetic.ts';
import { fileOf, openCatalogue } from '../catalogue.ts';
import { lookAt } from '../devices/choose-devices.ts';
import { askDriver } from '../devices/nvidia-driver.ts';
import { ENCODER_NAMES } from '../models/choose-files.ts';
import type { Check, Finding } from './doctor-check.ts';
import { checkServers } from './doctor-comfyui.ts';

export const checkDevices: Check = async (settings, { fetch }) => {
  const { devices } = settings;
  const named = devices === 'auto' ? [] : devices.filter((name) => comfyuiAddress(name) === undefined);
  const candidates = devices === 'auto' ? ['cuda:0', 'webgpu', 'cpu'] : named;
  const cards = await nvidiaCards();
  const findings: Finding[] = [];
  for (const device of candidates) {
    const isNamed = named.includes(device);
    const report = isProcessor(device) ? undefined : await lookAt(device, isNamed);
    const about = `device ${device}`;
    if (report && 'reason' in report)
      findings.push({ about, state: isNamed ? 'fault' : 'note', text: `not used: ${report.reason}` });
    else
      findings.push({
        about,
        state: 'ok',
        text: `${describe(device, cards)}; its results are right${report ? arithmeticOf(report.traits) : ''}`,
      });
  }
  return [...findings, ...(await checkServers(settings, fetch))];
};

function arithmeticOf({ float16, fusedAttention }: DeviceTraits): string {
  return `, the transformer in ${float16 ? 'float16' : 'float32'}${fusedAttention ? '' : ', attention written out because its own is wrong'}`;
}

function describe(device: string, cards: readonly string[]): string {
  if (isProcessor(device)) {
    const [first] = cpus();
    return `${first?.model.trim() ?? 'processor'}, ${cpus().length} threads, ${bytesInWords(totalmem())} of memory, float32`;
  }
  const other = OTHERS[device];
  if (other !== undefined) return other;
  return cards[Number(device.slice('cuda:'.length))] ?? 'a CUDA device';
}

const OTHERS: Readonly<Record<string, string>> = {
  webgpu: 'a graphics device through WebGPU',
  dml: 'a graphics device through DirectML',
  coreml: 'the Mac’s own processors through Core ML',
};

/** Name and memory of each card. */
async function nvidiaCards(): Promise<string[]> {
  const rows = await askDriver(['name', 'memory.total', 'driver_version']);
  return rows.map(([name, memory, driver]) => `${name}, ${memory} of memory, driver ${driver}`);
}

export const checkModels: Check = (settings) => {
  const { models } = openCatalogue(settings);
  const findings = models.flatMap((model): Finding[] => {
    const { entry, choice, files, problem, card } = model;
    const about = `model ${entry.name}`;
    const isOwn = entry.named !== undefined && !entry.embedded && !entry.found;
    if (problem !== undefined) return [{ about, state: isOwn ? 'fault' : 'note', text: problem }];
    if (files === undefined) {
      const lacks = choice.missing.map(({ what }) => what).join('; ');
      const text = `lacks ${lacks}`;
      // What somebody wrote into models.json is configured; the built-in table is only an offer.
      return [{ about, state: isOwn && choice.missing.some(({ named }) => named) ? 'fault' : 'note', text }];
    }
    const licensed = entry.licence === 'own' || settings.stabilityLicenseAccepted;
    if (!licensed)
      return [
        {
          about,
          state: 'note',
          text: 'is here; its licence must be accepted: set STABILITY_LICENSE_ACCEPTED=yes (https://stability.ai/license)',
        },
      ];
    const type = card?.type ? `, ${card.type}` : '';
    const without =
      choice.without.length === 0
        ? ''
        : `; without ${choice.without.map((part) => ENCODER_NAMES[part]).join(', ')}`;
    return [
      {
        about,
        state: choice.without.length === 0 ? 'ok' : 'note',
        text: `${fileOf(files)}${type}${without}`,
      },
    ];
  });
  const first = models.find(
    ({ entry, files, problem }) =>
      files !== undefined &&
      problem === undefined &&
      (entry.licence === 'own' || settings.stabilityLicenseAccepted),
  );
  const standard: Finding = {
    about: 'models',
    state: 'ok',
    text: `${first?.entry.name ?? 'nano'} is used when nobody names a model`,
  };
  return [...findings, standard];
};
