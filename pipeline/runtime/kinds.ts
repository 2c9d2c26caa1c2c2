/** What is held in a device's memory, by how gladly it is let go: the first kinds leave first. */
export const KINDS = ['text', 'control', 'preview', 'transformer', 'vae'] as const;
export type Kind = (typeof KINDS)[number];
