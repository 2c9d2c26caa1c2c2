/**
 * The one door to onnxruntime. It is loaded late, so that a process that only asks never pays for it, and with
 * its telemetry (on by default since 1.29: a device id, a queue under ~/.cache, uploads) switched off first.
 */
import type * as Onnxruntime from 'onnxruntime-node';

export type NativeOptions = Onnxruntime.InferenceSession.SessionOptions;

let loading: Promise<typeof Onnxruntime> | undefined;

export function loadOnnxruntime(): Promise<typeof Onnxruntime> {
  process.env.ORT_DISABLE_TELEMETRY = '1';
  loading ??= import('onnxruntime-node');
  return loading;
}
