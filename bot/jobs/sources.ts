/** Which files of the picture store a request starts from. */
import type { StoredRequest } from './job.ts';

/** Names in the picture store of everything that a request starts from: uploads, and pictures of other jobs. */
export function sourcesOf({ init, control, workflow }: StoredRequest): readonly string[] {
  const files = [init?.file, init?.mask, control?.image, ...Object.values(workflow?.pictures ?? {})];
  return [...new Set(files.filter((file) => file !== undefined))];
}

/** Those of them that somebody brought along, for this job or for the one that it was made from. */
export function uploadsOf(request: StoredRequest): readonly string[] {
  return sourcesOf(request).filter((file) => file.endsWith('.upload'));
}

/** Whether the upload was brought along for that job. */
export function isUploadOf(file: string, job: string): boolean {
  return file === `${job}.upload` || (file.startsWith(`${job}-`) && file.endsWith('.upload'));
}
