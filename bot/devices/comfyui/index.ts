/** What opens a ComfyUI server as a device; loaded only where one is configured. */
export { ComfyUi } from './comfyui.ts';
export { openComfyHttp } from './http.ts';
export { ServerWatch } from './server-watch.ts';
