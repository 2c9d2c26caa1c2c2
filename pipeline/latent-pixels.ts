/** Pixels of a picture to one of its latent, across and down: the VAE halves both three times. */
export const LATENT_PIXELS = 8;
