/** Draws the house from its imports: rooms as boxes on floors, arrows from who knows to who is known. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { allImports, ROOT, sourceFiles } from './import-graph.ts';

export const PICTURE = path.join(ROOT, 'docs/architecture.svg');

interface Room {
  readonly name: string;
  readonly says: string;
  readonly holds: RegExp;
}

/** From the doors at the top to what knows nothing at the bottom. */
const FLOORS: readonly (readonly Room[])[] = [
  [{ name: 'bot', says: 'puts it together', holds: /^bot\/[^/]+$/ }],
  [
    { name: 'bot/discord', says: 'adapter', holds: /^bot\/discord\// },
    { name: 'bot/slack', says: 'adapter', holds: /^bot\/slack\// },
    { name: 'bot/web', says: 'adapter and page', holds: /^bot\/web\// },
    { name: 'bot/terminal', says: 'npm run imagine', holds: /^bot\/terminal\// },
  ],
  [
    { name: 'bot/chat', says: 'one interaction layer', holds: /^bot\/chat\// },
    { name: 'bot/messages', says: 'cards, delivery', holds: /^bot\/messages\// },
    { name: 'bot/http', says: 'bodies, streams, faults', holds: /^bot\/http\// },
    { name: 'bot/ops', says: 'log, metrics, health', holds: /^bot\/ops\// },
  ],
  [
    { name: 'bot/jobs', says: 'record, queue, runner', holds: /^bot\/jobs\// },
    { name: 'bot/store', says: 'journal, pictures', holds: /^bot\/store\// },
    { name: 'bot/devices', says: 'one worker a device', holds: /^bot\/devices\// },
    { name: 'bot/safety', says: 'words, files, addresses', holds: /^bot\/safety\// },
  ],
  [{ name: 'commands', says: 'what can be asked for', holds: /^commands\// }],
  [{ name: 'pipeline', says: 'one request to pixels', holds: /^pipeline\// }],
  [{ name: 'config', says: 'settings, sentences', holds: /^config\// }],
];

const WIDTH = 920;
const BOX = { width: 190, height: 64 };
const FLOOR = 112;

interface Box extends Room {
  readonly x: number;
  readonly y: number;
  readonly files: number;
}

function boxes(): Box[] {
  const files = sourceFiles();
  return FLOORS.flatMap((rooms, floor) => {
    const gap = (WIDTH - rooms.length * BOX.width) / (rooms.length + 1);
    return rooms.map((room, i) => ({
      ...room,
      x: Math.round(gap + i * (BOX.width + gap)),
      y: 24 + floor * FLOOR,
      files: files.filter((file) => room.holds.test(file)).length,
    }));
  });
}

/** The three rooms at the bottom are known to all above them: only the way down from each is drawn. */
function isForEverybody(from: Box, to: Box): boolean {
  return !to.name.startsWith('bot') && to.y - from.y > FLOOR;
}

interface Arrow {
  readonly from: Box;
  readonly to: Box;
  readonly count: number;
}

function arrows(all: readonly Box[]): Arrow[] {
  const roomOf = (file: string) => all.find(({ holds }) => holds.test(file));
  const counts = new Map<string, number>();
  for (const { from, to } of allImports()) {
    const [a, b] = [roomOf(from), roomOf(to)];
    if (a === undefined || b === undefined || a === b || isForEverybody(a, b)) continue;
    const key = `${a.name} ${b.name}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const named = (name: string) => all.find((box) => box.name === name)!;
  return [...counts].map(([key, count]) => {
    const [from = '', to = ''] = key.split(' ');
    return { from: named(from), to: named(to), count };
  });
}

/** Side by side: along the floor, in a bow; else from the lower edge to the upper one. */
function drawArrow({ from, to, count }: Arrow): string {
  const width = Math.min(5, 0.8 + Math.log2(count) * 0.6).toFixed(1);
  const ends = `stroke-width="${width}" marker-end="url(#tip)"`;
  if (from.y === to.y) {
    const isRight = to.x > from.x;
    const [a, b] = isRight ? [from.x + BOX.width, to.x - 4] : [from.x, to.x + BOX.width + 4];
    const y = from.y + BOX.height / 2 + (isRight ? -8 : 8);
    const bow = Math.abs(b - a) > 60 ? 46 : 0;
    return `<path d="M${a} ${y} Q${(a + b) / 2} ${y - bow} ${b} ${y}" ${ends}/>`;
  }
  const isDown = to.y > from.y;
  const shift = (to.x - from.x) / 14;
  const [x1, x2] = [from.x + BOX.width / 2 + shift, to.x + BOX.width / 2 - shift];
  const [y1, y2] = isDown ? [from.y + BOX.height, to.y - 5] : [from.y, to.y + BOX.height + 5];
  const isFar = Math.abs(to.y - from.y) > FLOOR;
  const fade = isFar ? ' opacity="0.35"' : '';
  return `<path d="M${x1.toFixed(0)} ${y1} L${x2.toFixed(0)} ${y2}" ${ends}${fade}/>`;
}

function drawBox({ name, says, files, x, y }: Box): string {
  const middle = x + BOX.width / 2;
  return [
    `<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="10"/>`,
    `<text x="${middle}" y="${y + 26}" class="name">${name}/</text>`,
    `<text x="${middle}" y="${y + 46}">${says} · ${files}</text>`,
  ].join('\n');
}

/** The picture, the same for the same imports. */
export function drawHouse(): string {
  const all = boxes();
  const height = 24 + FLOORS.length * FLOOR;
  const style = [
    'svg{background:#fbfaf7;font:13px system-ui,sans-serif}',
    'rect{fill:#fff;stroke:#3b3a36;stroke-width:1.4}',
    'text{fill:#57554e;text-anchor:middle}.name{fill:#1d1c1a;font-weight:600;font-size:15px}',
    'path{fill:none;stroke:#c2582d}marker path{fill:#c2582d;stroke:none}',
  ].join('');
  const tip =
    '<marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" ' +
    'orient="auto"><path d="M0 0L8 4L0 8z"/></marker>';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="The rooms of Darkroom and who knows whom">`,
    `<style>${style}</style><defs>${tip}</defs>`,
    ...arrows(all).map(drawArrow),
    ...all.map(drawBox),
    '</svg>',
    '',
  ].join('\n');
}

if (process.argv[1] === import.meta.filename) writeFileSync(PICTURE, drawHouse());
