/** The files that a workflow came with: where its names lead was found out before it crossed to this process. */
import { Fault } from '../../config/faults.ts';
import type { WorkflowRequest } from '../request.ts';
import type { Lookup } from './check.ts';
import type { FileKind } from './inputs.ts';

/** The name of a file in `WorkflowRequest.files`. */
export function fileKey(kind: FileKind, name: string): string {
  return `${kind}/${name}`;
}

/** What a graph's files and pictures are. */
export type GivenFiles = Lookup & { bytes(name: string): Uint8Array };

export function givenFiles(workflow: WorkflowRequest | undefined): GivenFiles {
  const find = <T>(table: Readonly<Record<string, T>> | undefined, key: string, name: string): T => {
    if (table && Object.hasOwn(table, key)) return table[key]!;
    throw new Fault('workflow.file', { file: name, folders: ['the files that came with it'] });
  };
  const bytes = (name: string) => find(workflow?.pictures, name, name);
  return {
    file: (kind, name) => find(workflow?.files, fileKey(kind, name), name),
    picture(name) {
      bytes(name);
    },
    bytes,
  };
}
