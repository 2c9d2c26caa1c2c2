/** Where models and tokenizers lie; see `model-folders.ts` and `tokenizer-files.ts`. */
export { EMBEDDED_FOLDER, type ModelFolders } from './model-folders.ts';
export { findTokenizers } from './tokenizer-files.ts';
