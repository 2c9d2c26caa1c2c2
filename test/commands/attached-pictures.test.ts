import { expect, test } from 'vitest';
import { withPictures as assign } from '../../commands/attached-pictures.ts';
import type { Given } from '../../commands/command.ts';
import { OPTIONS } from '../../commands/options.ts';

const withPictures = (typed: Given, pictures: Parameters<typeof assign>[1]) =>
  assign(typed, pictures, OPTIONS);

const files = (...names: string[]) => names.map((name) => ({ name, picture: `https://files/${name}` }));
const alone = (given: Given) =>
  Object.fromEntries(Object.entries(withPictures(given, files())).filter(([, value]) => value !== undefined));

test('one picture is the start picture, a second one its mask', () => {
  expect(withPictures({ prompt: 'a fox' }, files('a.png'))).toEqual({
    prompt: 'a fox',
    image: 'https://files/a.png',
  });
  expect(withPictures({}, files('a.png', 'b.png'))).toEqual({
    image: 'https://files/a.png',
    mask: 'https://files/b.png',
  });
});

test('a file that is called so is the mask, wherever it stands; alone it is the start picture', () => {
  expect(withPictures({}, files('my-mask.png', 'a.png'))).toEqual({
    image: 'https://files/a.png',
    mask: 'https://files/my-mask.png',
  });
  expect(withPictures({}, files('mask.png'))).toEqual({ image: 'https://files/mask.png' });
  expect(withPictures({}, files('unmasked.png', 'b.png'))).toMatchObject({
    image: 'https://files/unmasked.png',
  });
});

test('a kind of control takes the picture that came along, and draws its edges for canny', () => {
  expect(withPictures({ prompt: 'a house', control: 'canny' }, files('photo.jpg'))).toEqual({
    prompt: 'a house',
    control: 'https://files/photo.jpg',
    'control-model': 'canny',
    'control-edges': 'yes',
  });
  expect(withPictures({ control: 'depth' }, files('a.png', 'depth-map.png'))).toEqual({
    image: 'https://files/a.png',
    control: 'https://files/depth-map.png',
    'control-model': 'depth',
  });
  expect(withPictures({ control: 'canny', 'control-edges': 'no' }, files('a.png'))).toMatchObject({
    'control-edges': 'no',
  });
});

test('two pictures beside a control: the first is the start picture', () => {
  expect(withPictures({ 'control-model': 'blur' }, files('a.png', 'b.png'))).toEqual({
    image: 'https://files/a.png',
    control: 'https://files/b.png',
    'control-model': 'blur',
  });
});

test('what was typed as an address stays what it is', () => {
  const given = { image: 'https://files/x.png', control: 'https://files/y.png', 'control-model': 'depth' };
  expect(alone(given)).toEqual(given);
  expect(withPictures({ image: 'https://files/x.png' }, files('mask.png'))).toEqual({
    image: 'https://files/x.png',
    mask: 'https://files/mask.png',
  });
});

test('a command without such an option takes the first picture alone', () => {
  const { image } = OPTIONS;
  expect(assign({}, files('a.png', 'mask.png'), { image })).toEqual({ image: 'https://files/a.png' });
});
