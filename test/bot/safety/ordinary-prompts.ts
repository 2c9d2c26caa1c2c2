/** Two hundred prompts of the kind that people write: twenty subjects in ten styles. */
const SUBJECTS = [
  'a red fox asleep in fresh snow',
  'an old lighthouse in a storm',
  'a tabby cat on a windowsill',
  'a bowl of ramen, steam rising',
  'portrait of a woman with freckles',
  'a steam locomotive crossing a viaduct',
  'three sparrows on a telephone wire',
  'a glass of whisky on a mahogany bar',
  'an astronaut riding a horse',
  'a cobblestone alley in Lisbon',
  'a child flying a kite at the beach',
  'a bass player on a dimly lit stage',
  'a cathedral window, stained glass',
  'a hummingbird at a red hibiscus',
  'two chess players in a park',
  'a lion cub yawning',
  "an assassin's dagger on velvet",
  'a cockatoo in a jungle',
  'a robot watering tomatoes',
  'the skyline of Essen at dusk',
];

const STYLES = [
  'oil painting, thick brush strokes',
  '35mm photo, shallow depth of field, f/1.8',
  'watercolour on rough paper',
  '(masterpiece:1.2), best quality, 8k',
  'isometric pixel art, 16-bit',
  'charcoal sketch; unfinished',
  'studio lighting, seamless background, b/w',
  'in the style of a 1960s travel poster',
  'cinematic still, anamorphic lens, rain',
  'made of {paper|felt|glass}, macro',
];

export const PROMPTS = SUBJECTS.flatMap((subject) => STYLES.map((style) => `${subject}, ${style}`));
