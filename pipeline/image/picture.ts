/** A finished picture as a PNG file that says what made it, for people and for tools of both worlds. */
import { PROGRAM } from '../../config/program.ts';
import type { PictureRequest, Pixels } from '../request.ts';
import { writeInfotext } from './infotext.ts';
import { encodePng, type TextChunk } from './png.ts';
import { writeUiWorkflow, writeWorkflow } from './workflow.ts';

/** The PNG file of one picture, with its text chunks. @param index which picture of the batch, from 0. */
export function encodePicture(pixels: Pixels, request: PictureRequest, index = 0): Promise<Uint8Array> {
  return encodePng(pixels, describePicture(request, index));
}

/** The text chunks of a picture: infotext, ComfyUI's workflow in both of its forms, and the program's name. */
export function describePicture(request: PictureRequest, index = 0): TextChunk[] {
  return [
    { keyword: 'parameters', text: writeInfotext(request, index) },
    { keyword: 'prompt', text: toAscii(request.workflow?.json ?? JSON.stringify(writeWorkflow(request))) },
    { keyword: 'workflow', text: toAscii(JSON.stringify(writeUiWorkflow(request))) },
    { keyword: 'Software', text: `${PROGRAM.name} ${PROGRAM.version}` },
  ];
}

/** JSON in ASCII, as Python's json.dumps and so ComfyUI writes it: some readers know tEXt only, which is Latin-1. */
function toAscii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
