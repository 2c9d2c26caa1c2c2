/** The limits and defaults of a request, one table: each figure with its unit and why it is what it is. */

export const LIMITS = Object.freeze({
  /** Characters (code points). The chat's field sizes; also what one A1111 text chunk is read back from comfortably. */
  prompt: 2000,
  /** Characters (code points). */
  negative: 1000,
  /** Characters of a style's or model's name: longer ones do not fit a chat's menu. */
  name: 100,
  /** Largest seed: the largest whole number that a JSON number carries exactly. */
  seed: Number.MAX_SAFE_INTEGER,
  /** Steps: 3 x the official Medium's 50; more only costs time. */
  steps: 150,
  /** Guidance factor: above 30 every model gives burnt colours only. */
  cfg: 30,
  /** Pictures of one batch: what one message can show side by side. */
  count: 4,
  /** Largest timestep shift; ComfyUI's own limit. */
  shift: 100,
  /** Largest skip-layer guidance scale; ComfyUI's own limit. */
  slgScale: 10,
  /** LoRA files of one picture. */
  loras: 8,
  /** Largest strength of a LoRA file, up and down: beyond it every picture is noise. */
  loraStrength: 10,
  /** Largest strength of a ControlNet; ComfyUI's own limit. */
  controlStrength: 10,
  /** Characters of a list of LoRA files, and of the name or path of one file. */
  loraList: 2000,
  fileName: 500,
  /** Pixels that are painted on one side of a start picture. */
  border: 2048,
  /** How many times as wide and high a second pass makes a picture. */
  upscale: 4,
  /** Pixels of a picture that is made larger, or beyond its start picture, at most: 4 megapixels. */
  largePixels: 4 * 1024 * 1024,
  /** Longer side over shorter side. */
  aspect: 4,
  /** Pixels: one latent patch is 2 x 2 latent pixels of 8 x 8 pixels each. */
  sizeStep: 16,
  /**
   * Characters of a typed value that is no text (a number, a name, a size...), blanks included: looked at before
   * anything else, so that nobody's long text meets a pattern.
   */
  value: 100,
  /** The same for a list of blocks. */
  layers: 400,
  /** Characters (UTF-16 units) of a whole typed line: prompt and negative prompt, all of it escaped, and every flag. */
  line: 16_000,
  /** Characters of a picture's address: the platforms' own take some hundred. */
  address: 2000,
  /** Bytes of an uploaded picture (10 MiB): the chats' own limit for everybody. */
  uploadBytes: 10 * 1024 * 1024,
  /** Chunks of an uploaded PNG in front of its pixels: real ones have a dozen. */
  uploadChunks: 1000,
  /** Pixels of an uploaded picture (4096 x 4096, 16.8 megapixels): decoded it takes 50 MB. */
  uploadPixels: 4096 * 4096,
  /** Steps of the whole schedule of which a small strength uses the end. */
  scheduleSteps: 20_000,
  /** Bytes of a models.json, geometry or styles file: such a file is some kilobytes. */
  tableBytes: 1024 * 1024,
  /** Rows of an operator's file of styles: more fit no menu, and rows that are not whole take the reader long. */
  styles: 5000,
});

export const DEFAULTS = Object.freeze({
  negative: '',
  style: 'none',
  count: 1,
  /** ComfyUI's `denoise` for image to image: keeps the layout, changes the rest (design: Vary). */
  strength: 0.6,
  /** The same for Vary (subtle) and Vary (strong): details change, or all but the idea. */
  subtle: 0.35,
  strong: 0.85,
  /** Upscale: times as wide and high, the most that is drawn; and how far it goes, so that even nano, beyond its size, keeps the picture. */
  upscaleTimes: Object.freeze([2, 1.5]),
  enlargeStrength: 0.25,
  /** Zoom out: what is added at each side, of the picture's own. */
  zoomBorder: 1 / 4,
  /** The same where a mask keeps the rest, or beyond a picture's border: what is painted anew is new. */
  repaintStrength: 1,
  /** `denoise` of the second pass: enough to sharpen what was only stretched, too little to change the layout. */
  upscaleStrength: 0.5,
  controlStrength: 1,
  /** ComfyUI's SkipLayerGuidanceSD3: layers and the fractions of the schedule between which it works. */
  slgLayers: Object.freeze([7, 8, 9]),
  slgStart: 0.01,
  slgEnd: 0.15,
});

/** How the service deals with jobs. Times in milliseconds. */
export const JOBS = Object.freeze({
  /** Jobs that wait in all, and of one person: more only makes everybody's estimate meaningless. */
  waiting: 64,
  waitingOfPerson: 3,
  /** Requests at once, and milliseconds until one more is allowed: a person who rerolls quickly, a channel in a game. */
  personRate: Object.freeze({ burst: 10, every: 2_000 }),
  channelRate: Object.freeze({ burst: 30, every: 500 }),
  /** How often a job is begun before it fails for good. */
  attempts: 3,
  /** How often a waiting job may be passed over for one whose model is loaded already, and for how long. */
  passedOver: 3,
  passedOverFor: 60_000,
  /** A worker that tells nothing for this long, or 10 x the longest silence measured, hangs. */
  silence: 60_000,
  silenceFactor: 10,
  /** The same where nothing was measured yet: the largest model's first step on a slow processor. */
  silenceUnmeasured: 900_000,
  /** How long a device whose worker died rests: doubled with each death in a row. */
  rest: Object.freeze({ first: 500, longest: 60_000 }),
  /** Whoever waited longer than this is told in a message of its own that it is over. */
  longWait: 60_000,
  /** Positions and estimates are told again at most this often. */
  positionsEvery: 1_000,
  /** A preview that takes longer is given up, so that it cannot hold up the final. */
  previewTimeout: 10_000,
  /** Waits between attempts to bring a final: doubled each time. */
  retry: Object.freeze({ first: 250, longest: 30_000 }),
  /** How long an event is remembered, so that its repetition makes nothing twice. */
  seen: 3_600_000,
  /** How long whoever cancels or deletes waits for the disk; what they asked for holds all the same. */
  answer: 3_000,
  /** How often the service may end by itself while a job is made, before the job is set aside. */
  crashes: 2,
  /** Shutdown: how long the running pictures, and then their messages, may take. */
  finishRendering: 20_000,
  finishDelivering: 5_000,
  /** Whoever wants to be forgotten waits this long for their messages to be removed; afterwards that goes on. */
  removing: 1_500,
});
