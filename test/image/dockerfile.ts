/** Reads a Dockerfile as far as ours goes: stages, and their instructions in order. */

export interface Instruction {
  readonly name: string;
  /** What follows the name; continued lines are joined. */
  readonly rest: string;
  readonly line: number;
}

export interface Stage {
  readonly name: string;
  /** An image, or the stage before that it is built upon. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

const KNOWN = ['COPY', 'RUN', 'ENV', 'WORKDIR', 'USER', 'VOLUME', 'EXPOSE', 'HEALTHCHECK', 'CMD'];

/** @throws Error one sentence: what is not understood */
export function readDockerfile(text: string): readonly Stage[] {
  const args = new Map<string, string>();
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructionsOf(text)) {
    const { name, rest, line } = instruction;
    if (name === 'ARG' && stages.length === 0) {
      const [key = '', value = ''] = rest.split('=');
      args.set(key, value);
    } else if (name === 'FROM') {
      const [image = '', , stage] = rest.split(/\s+/);
      const from = image.startsWith('${') ? args.get(image.slice(2, -1)) : image;
      if (from === undefined || stage === undefined)
        throw new Error(`line ${line}: "FROM ${rest}" has an unknown image, or no name`);
      stages.push({ name: stage, from, instructions: [] });
    } else if (KNOWN.includes(name) && stages.length > 0) stages.at(-1)!.instructions.push(instruction);
    else throw new Error(`line ${line}: "${name}" is not understood there`);
  }
  return stages;
}

function instructionsOf(text: string): Instruction[] {
  const found: Instruction[] = [];
  let open: { text: string; line: number } | undefined;
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const started: { text: string; line: number } = open ?? { text: '', line: i + 1 };
    const isContinued = line.endsWith('\\');
    started.text += isContinued ? `${line.slice(0, -1).trim()} ` : line.trim();
    open = isContinued ? started : undefined;
    if (open !== undefined) continue;
    const space = started.text.indexOf(' ');
    const name = started.text.slice(0, space).toUpperCase();
    found.push({ name, rest: started.text.slice(space + 1).trim(), line: started.line });
  }
  return found;
}

/** The words of an instruction in JSON or in shell form. */
export function commandOf(rest: string): readonly string[] {
  return rest.startsWith('[') ? (JSON.parse(rest) as string[]) : ['/bin/sh', '-c', rest];
}
