/** What a set of workflow cases holds besides the cases: groups of one line each. */
import { brownian } from './brownian.ts';
import type { ParityLine } from './group.ts';
import { loras } from './loras.ts';
import { resize } from './resize.ts';
import { uiForm } from './ui-form.ts';
import type { WorkflowSet } from './workflow-set.ts';

export type WorkflowGroup = (set: WorkflowSet) => Promise<readonly ParityLine[]>;

export const WORKFLOW_GROUPS: Readonly<Record<string, WorkflowGroup>> = {
  brownian: ({ reference }) => brownian(reference),
  resize: ({ reference }) => resize(reference),
  loras,
  ui_form: uiForm,
};
