/** A file of tensors by the name that most of them have; see `tensor-file.ts`. */
export {
  openTensorFile as openSafetensors,
  type TensorFile as SafetensorsFile,
  unreadable,
} from './tensor-file.ts';
