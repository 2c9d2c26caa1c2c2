/** Whose naming a file follows. */

/** Whose names: the official code's, diffusers', open_clip's and OpenAI's, llama.cpp's, or transformers' without `text_model.`. */
export type Layout = 'official' | 'diffusers' | 'openclip' | 'llama' | 'bare';
