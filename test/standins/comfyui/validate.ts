/** What a ComfyUI looks at before it takes a workflow: that it knows the nodes, and has the files that they name. */

export type Nodes = Readonly<
  Record<string, { class_type: string; inputs: Readonly<Record<string, unknown>> }>
>;

/** The nodes that the stand-in knows; those that name a file with the input and the folders it may lie in. */
const KNOWN: Readonly<Record<string, readonly [input: string, folders: readonly string[]][]>> = {
  CheckpointLoaderSimple: [['ckpt_name', ['checkpoints']]],
  UNETLoader: [['unet_name', ['diffusion_models', 'unet']]],
  VAELoader: [['vae_name', ['vae']]],
  DualCLIPLoader: [1, 2].map((n) => [`clip_name${n}`, ['text_encoders', 'clip']]),
  TripleCLIPLoader: [1, 2, 3].map((n) => [`clip_name${n}`, ['text_encoders', 'clip']]),
  LoraLoader: [['lora_name', ['loras']]],
  ControlNetLoader: [['control_net_name', ['controlnet']]],
  ...Object.fromEntries(
    [
      'CLIPTextEncode',
      'KSampler',
      'EmptySD3LatentImage',
      'EmptyImage',
      'ModelSamplingSD3',
      'SkipLayerGuidanceSD3',
      'LoadImage',
      'ImageScale',
      'ImageToMask',
      'MaskToImage',
      'InvertMask',
      'MaskComposite',
      'ImageCompositeMasked',
      'ImagePadForOutpaint',
      'SetLatentNoiseMask',
      'VAEEncode',
      'VAEDecode',
      'LatentUpscale',
      'RepeatLatentBatch',
      'LatentFromBatch',
      'ControlNetApplyAdvanced',
      'Canny',
      'PreviewImage',
      'SaveImage',
    ].map((name) => [name, []]),
  ),
};

/** The error that a ComfyUI answers with; undefined where it takes the workflow. */
export function refusalOf(
  nodes: Nodes,
  files: Readonly<Record<string, readonly string[]>>,
  uploads: ReadonlyMap<string, Buffer>,
): object | undefined {
  const refuse = (type: string, details: string) => ({ type, message: type, details, extra_info: {} });
  let ends = 0;
  for (const [id, { class_type, inputs }] of Object.entries(nodes)) {
    const named = KNOWN[class_type];
    if (named === undefined) return refuse('missing_node_type', class_type);
    for (const [input, folders] of named) {
      const value = String(inputs[input]);
      if (!folders.some((folder) => files[folder]?.includes(value)))
        return refuse('value_not_in_list', `${id} ${input}: ${value}`);
    }
    if (class_type === 'LoadImage' && !uploads.has(placeOf(String(inputs.image))))
      return refuse('custom_validation_failed', `Invalid image file: ${inputs.image}`);
    for (const value of Object.values(inputs))
      if (Array.isArray(value) && nodes[String(value[0])] === undefined)
        return refuse('bad_linked_input', `${id}: ${value}`);
    if (/^(Preview|Save)Image$/.test(class_type)) ends++;
  }
  return ends === 0 ? refuse('prompt_no_outputs', '') : undefined;
}

/** `folder/name [temp]` */
function placeOf(image: string): string {
  const [, path, type = 'input'] = /^(.*?)(?: \[(input|temp|output)\])?$/.exec(image)!;
  return `${type}/${path}`;
}
